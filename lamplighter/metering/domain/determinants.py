"""
Billing determinants: interval blocks in, sums and peaks by price band out, both as Arrow.

What to measure comes as a `Request`, so that metering needs to know nothing of tariffs. The same
function serves a single quote, a bill run, and a worker of a distributed engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lamplighter.metering.domain import kernels
from lamplighter.metering.domain.day_plans import BandPlan, LaidOut, lay_out
from lamplighter.metering.domain.series import Series, per_hour, series_of, windowed

CLIMB_EXPONENT: Final = -9
"""Tier bounds that depend on demand or time are kept to a millionth of a watt-hour."""

_UNBOUNDED: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Sum:
    """The energy of each band."""

    plan: BandPlan
    flow: str = "import"
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Peak:
    """
    The highest demand of each band, in units per hour (kW for kWh).

    A window longer than the meter's interval is the mean of several; one that is shorter is taken
    as the interval, as nothing finer is known. A rolling window belongs to the band it ends in.
    """

    plan: BandPlan
    flow: str = "import"
    window_s: int | None = None
    rolling: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """An upper bound of a tier: `value` times what is said, and at most `within` times the peak."""

    value: Decimal
    by_months: bool = False
    by_days: bool = False
    by_peak: bool = False
    within: Decimal | None = None

    def of(self, months: Fraction, days: int, kw: Decimal) -> Decimal:
        """The bound in a period of so many months and days, with this billing demand."""
        upper = self.value
        if self.by_months:
            upper = upper * months.numerator / months.denominator
        if self.by_days:
            upper *= days
        if self.by_peak:
            upper *= kw
        return upper if self.within is None else min(upper, self.within * kw)


@dataclass(frozen=True, slots=True)
class Climb:
    """The energy of each band in each tier, climbed in clock order. The last tier is unbounded."""

    plan: BandPlan
    bounds: tuple[tuple[Bound, ...], ...]
    flow: str = "import"
    channel: str | None = None
    peak: Peak | None = None


Measure = Sum | Peak | Climb


@dataclass(frozen=True, slots=True)
class Request:
    """
    What to measure, over which days.

    Day n is `first_day` + n. Period k takes the days from `period_starts[k]` up to
    `period_starts[k + 1]`, and counts for `months[k]` billing months.
    """

    zone: tzinfo
    first_day: date
    period_starts: tuple[int, ...]
    months: tuple[Fraction, ...]
    measures: tuple[Measure, ...]

    @property
    def days(self) -> int:
        return self.period_starts[-1]

    @property
    def periods(self) -> int:
        return len(self.period_starts) - 1


Key = tuple[str, str | None, int | None, bool]
"""Flow, channel, demand window and whether it rolls: what measures of one pass have in common."""


def determinants(blocks: pa.Table | pa.RecordBatch, request: Request) -> pa.Table:
    """
    Reduce interval blocks of any number of usage points.

    :param blocks: rows of schema `BLOCKS`; a usage point's rows are all in one call
    :return: one row per usage point and period, in order of appearance: `usage_point`, `period`,
        `days` (on which there is data of the first measure's flow) and, for measure n, a list
        column `m{n}` of int64: by band, for a climb by band and tier. The schema's metadata says
        under `e{n}` the power of ten that the numbers of `m{n}` are multiplied by.
    :raises DemandWindowTooOdd: if a peak is wanted over a window that does not fit
    :raises MixedIntervals: if channels that are to be added up do not match
    """
    table = pa.Table.from_batches([blocks]) if isinstance(blocks, pa.RecordBatch) else blocks
    names, group = _usage_points(table.column("usage_point"))
    reduction = _Reduction(request, table, group, len(names))
    columns = [reduction.measured(measure) for measure in request.measures]
    result = pa.table(
        {
            "usage_point": names.take(pa.array(np.repeat(np.arange(len(names)), request.periods))),
            "period": pa.array(np.tile(np.arange(request.periods, dtype=np.int32), len(names))),
            "days": pa.array(reduction.days_present().ravel()),
            **{f"m{n}": _lists(array) for n, (array, _) in enumerate(columns)},
        }
    )
    exponents = {f"e{n}": str(exponent) for n, (_, exponent) in enumerate(columns)}
    return result.replace_schema_metadata(exponents)


def _usage_points(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """The usage points that have rows, and of each row which of them it is about."""
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    names, group = encoded.dictionary, encoded.indices.to_numpy()
    # A part of a table keeps the dictionary of the whole, with names that none of its rows has.
    present = encoded.indices.unique().to_numpy()
    if len(present) == len(names):
        return names, group
    number = np.zeros(len(names), np.int32)
    number[present] = np.arange(len(present), dtype=np.int32)
    return names.take(pa.array(present)), number[group]


def _lists(array: NDArray[np.int64]) -> pa.Array:
    """[groups, periods, ...] as one list a row."""
    flat = np.ascontiguousarray(array).reshape(array.shape[0] * array.shape[1], -1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1])


@dataclass(frozen=True, slots=True)
class _Reduced:
    """Sums and peaks of some series, as [groups, periods, cells]."""

    sums: NDArray[np.int64]
    peaks: NDArray[np.int64]
    present: NDArray[np.int64]
    """[groups, periods]: on how many days there is data."""
    window_s: int
    exponent: int
    cells: tuple[tuple[int, ...], ...]


@dataclass
class _Reduction:
    """One call of `determinants`: measures that look at the same series share one pass."""

    request: Request
    blocks: pa.Table
    group: NDArray[np.int32]
    groups: int

    def __post_init__(self) -> None:
        self._series: dict[tuple[str, str | None, bool], tuple[Series, ...]] = {}
        self._laid: dict[tuple[tuple[BandPlan, ...], int], LaidOut] = {}
        self._passes: dict[Key, tuple[_Reduced, ...]] = {}

    @cached_property
    def period_of_day(self) -> NDArray[np.int32]:
        lengths = np.diff(self.request.period_starts)
        before = np.full(self.request.period_starts[0], -1, np.int32)
        return np.concatenate(
            [before, np.repeat(np.arange(self.request.periods, dtype=np.int32), lengths)]
        )

    def measured(self, measure: Measure) -> tuple[NDArray[np.int64], int]:
        """The numbers of a measure as [groups, periods, ...], and their exponent."""
        if isinstance(measure, Climb):
            return self._climbed(measure)
        passes = self._pass(_key(measure))
        exponent = min((reduced.exponent for reduced in passes), default=0)
        result = np.zeros((self.groups, self.request.periods, measure.plan.bands), np.int64)
        place = self._plans(_key(measure)).index(measure.plan)
        for reduced in passes:
            scale = 10 ** (reduced.exponent - exponent)
            for cell, bands in enumerate(reduced.cells):
                here = result[:, :, bands[place]]
                if isinstance(measure, Sum):
                    here += reduced.sums[:, :, cell] * scale
                else:
                    part = reduced.peaks[:, :, cell] * (scale * per_hour(reduced.window_s))
                    np.maximum(here, part, out=here)
        return result, exponent

    def days_present(self) -> NDArray[np.int64]:
        """On how many days of each period there is data of the first measure's flow."""
        flow, channel, _, _ = _key(self.request.measures[0])
        passes = self._pass((flow, channel, None, False))
        zero = np.zeros((self.groups, self.request.periods), np.int64)
        return sum((reduced.present for reduced in passes), zero)

    def _series_of(
        self, flow: str, channel: str | None, *, whole: bool = False
    ) -> tuple[Series, ...]:
        key = flow, channel, whole
        if key not in self._series:
            first_day = (self.request.first_day - date(1970, 1, 1)).days
            self._series[key] = series_of(
                self.blocks, self.group, first_day, flow, channel, whole=whole
            )
        return self._series[key]

    def _plans(self, key: Key) -> tuple[BandPlan, ...]:
        wanted = [m.peak if isinstance(m, Climb) else m for m in self.request.measures]
        return tuple(dict.fromkeys(m.plan for m in wanted if m is not None and _key(m) == key))

    def _lay_out(self, plans: tuple[BandPlan, ...], step_s: int) -> LaidOut:
        if (plans, step_s) not in self._laid:
            self._laid[plans, step_s] = lay_out(
                plans,
                first_day=self.request.first_day,
                days=self.request.days,
                step_s=step_s,
                zone=self.request.zone,
            )
        return self._laid[plans, step_s]

    def _days(self, laid: LaidOut) -> kernels.Days:
        return kernels.Days(self.period_of_day, laid.kind_of_day, laid.steps_of_kind, laid.cell_of)

    def _pass(self, key: Key) -> tuple[_Reduced, ...]:
        if key not in self._passes:
            flow, channel, window_s, rolling = key
            done: dict[tuple[int, int, int], _Reduced] = {}
            for series in self._series_of(flow, channel, whole=rolling):
                seen = windowed(series, window_s, rolling=rolling)
                kind = seen.step_s, seen.exponent, seen.window_s
                laid = self._lay_out(self._plans(key), seen.step_s)
                if kind not in done:
                    done[kind] = self._empty(seen, laid)
                self._reduce(seen, laid, done[kind])
            self._passes[key] = tuple(done.values())
        return self._passes[key]

    def _empty(self, series: Series, laid: LaidOut) -> _Reduced:
        shape = self.groups, self.request.periods, len(laid.cells)
        sums, peaks = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        present = np.zeros(shape[:2], np.int64)
        return _Reduced(sums, peaks, present, series.window_s, series.exponent, laid.cells)

    def _reduce(self, series: Series, laid: LaidOut, into: _Reduced) -> None:
        _check_lengths(series, laid)
        rows = kernels.Rows(series.values, series.offsets, series.group, series.day)
        kernels.sums_and_peaks(rows, self._days(laid), into.sums, into.peaks, into.present)

    def _climbed(self, measure: Climb) -> tuple[NDArray[np.int64], int]:
        tiers = max(len(bounds) for bounds in measure.bounds) + 1
        all_series = self._series_of(measure.flow, measure.channel, whole=True)
        exponent = min([CLIMB_EXPONENT, *(series.exponent for series in all_series)])
        by_band = self._bounds(measure, tiers, exponent)
        shape = self.groups, self.request.periods, measure.plan.bands, tiers
        climbed = np.zeros(shape, np.int64)
        reached = np.zeros(shape[:2], np.int64)
        for series, chosen in _in_clock_order(all_series):
            laid = self._lay_out((measure.plan,), series.step_s)
            _check_lengths(series, laid)
            band_of_cell = np.array([bands[0] for bands in laid.cells], np.int32)
            days = self._days(laid)._replace(cell_of=band_of_cell[laid.cell_of])
            rows = kernels.Rows(
                series.values, series.offsets[:-1][chosen], series.group[chosen], series.day[chosen]
            )
            scale = 10 ** (series.exponent - exponent)
            kernels.climb(rows, days, scale, by_band, reached, climbed)
        return climbed, exponent

    def _bounds(self, measure: Climb, tiers: int, exponent: int) -> NDArray[np.int64]:
        """Cumulative bounds as [groups, periods, bands, tiers], in units of the exponent."""
        shape = self.groups, self.request.periods, measure.plan.bands, tiers
        result = np.full(shape, _UNBOUNDED, np.int64)
        lengths = np.diff(self.request.period_starts).tolist()
        peaks, peak_exponent = np.zeros((1, shape[1]), np.int64), 0
        if measure.peak is not None:
            by_band, peak_exponent = self.measured(measure.peak)
            peaks = by_band.max(axis=2)
        for (g, k), peak in np.ndenumerate(peaks):
            kw = Decimal(int(peak)).scaleb(peak_exponent)
            whose = slice(None) if measure.peak is None else g
            for b, bounds in enumerate(measure.bounds):
                reached = Decimal(0)
                for t, bound in enumerate(bounds):
                    reached = max(reached, bound.of(self.request.months[k], lengths[k], kw))
                    result[whose, k, b, t] = int(reached.scaleb(-exponent).to_integral_value())
        return result


def _in_clock_order(
    all_series: tuple[Series, ...],
) -> Iterator[tuple[Series, slice | NDArray[np.bool_]]]:
    """Every row once, earlier days before later ones, also where the length of interval changed."""
    if len(all_series) == 1:
        yield all_series[0], slice(None)
        return
    for day in sorted({day for series in all_series for day in series.day.tolist()}):
        for series in all_series:
            yield series, series.day == day


def _key(measure: Measure) -> Key:
    match measure:
        case Peak():
            return measure.flow, None, measure.window_s, measure.rolling
        case Sum() | Climb():
            return measure.flow, measure.channel, None, False


def _check_lengths(series: Series, laid: LaidOut) -> None:
    """Blocks are made by `assembling`, so a day of the wrong length is a bug, never billed."""
    day, lengths = series.day, np.diff(series.offsets)
    if day.size and (day.min() < 0 or day.max() >= len(laid.kind_of_day)):
        inside = (day >= 0) & (day < len(laid.kind_of_day))
        day, lengths = day[inside], lengths[inside]
    if not np.array_equal(lengths, laid.steps_of_day[day]):
        msg = "a block has more or fewer intervals than its local day"
        raise ValueError(msg)
