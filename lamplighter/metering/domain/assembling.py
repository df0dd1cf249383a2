"""Assembling interval blocks, one row a local day, out of readings in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.metering.domain.readings import (
    PERIODS,
    Bools,
    Int8s,
    Int64s,
    Series,
    Usage,
    joined,
)
from lamplighter.metering.domain.refusals import (
    Faults,
    IntervalsDoNotFitTheDay,
    TooManyDigits,
    UnitNotStated,
)

_MOST_ROWS: Final = 50_000
"""So many days in one Arrow batch: about 2.5 million half hours."""


class Assembling:
    """
    Turns settled readings into interval blocks in the local days of one zone.

    A day in which at least one interval is known comes out whole: the others are missing. The last
    day of each series is held back until more readings or the end come.
    """

    def __init__(self, source: str, days: LocalDays) -> None:
        self._source = source
        self._days = days
        self.zone = days.zone
        self._held: Usage | None = None

    def add(self, usage: Usage) -> Iterator[Any]:
        if self._held is not None:
            usage = _merged(self._held, usage)
        day = self._days.day_of(usage.start_s)
        held = _in_last_day(usage, day)
        self._held = usage.take(held)
        yield from self._blocks(usage.take(~held), day[~held])

    def end(self) -> Iterator[Any]:
        if self._held is not None:
            held, self._held = self._held, None
            yield from self._blocks(held, self._days.day_of(held.start_s))

    def _blocks(self, usage: Usage, day: Int64s) -> Iterator[Any]:
        if not len(usage):
            return
        faults = Faults(self._source)
        _refuse_without_unit(usage, faults)
        grid = _grid(usage, day, self._days, faults)
        values = _common_scale(usage, grid, faults)
        faults.check()
        yield from _batches(usage, grid, values)


def _merged(held: Usage, usage: Usage) -> Usage:
    """What was held back and what follows it, in order by series again."""
    both = joined([held, usage])
    if held.of[-1] <= usage.of[0]:
        return both
    return both.take(np.argsort(both.of, kind="stable"))


def _in_last_day(usage: Usage, day: Int64s) -> Bools:
    """The readings of the last day of each series."""
    ends = np.flatnonzero(np.append(np.diff(usage.of) != 0, True))
    last = np.full(len(usage.series), np.iinfo(np.int64).min, np.int64)
    last[usage.of[ends]] = day[ends]
    held: Bools = day == last[usage.of]
    return held


def _refuse_without_unit(usage: Usage, faults: Faults) -> None:
    unitless = np.array([not one.unit for one in usage.series], np.bool_)[usage.of]
    for i in np.flatnonzero(unitless)[:1]:
        faults.add(
            UnitNotStated,
            "Usage without a unit cannot be kept as interval data.",
            row=int(usage.row[i]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Which day block each reading belongs to, and its place in there."""

    group: Int64s
    """Of each reading: the number of its block."""
    place: Int64s
    """Of each reading: the number of its interval in the day."""
    first: Int64s
    """Of each block: its first reading."""
    day: Int64s
    step_s: Int64s
    intervals: Int64s


def _grid(usage: Usage, day: Int64s, days: LocalDays, faults: Faults) -> _Grid:
    fresh = np.append(True, (np.diff(usage.of) != 0) | (np.diff(day) != 0))
    first = np.flatnonzero(fresh)
    group = np.cumsum(fresh) - 1
    known, which = np.unique(day[first], return_inverse=True)
    bounds = np.array([days.starts(int(d), int(d) + 1) for d in known], np.int64)[which]
    length = bounds[:, 1] - bounds[:, 0]
    step = usage.duration_s[first]
    since = usage.start_s - bounds[group, 0]
    unfit: Bools = (
        (usage.duration_s != step[group]) | (since % step[group] != 0) | (length % step != 0)[group]
    )
    for i in np.flatnonzero(unfit):
        faults.add(
            IntervalsDoNotFitTheDay,
            f"An interval of {usage.duration_s[i]} s that begins {since[i]} s after local midnight"
            f" does not fit a day of {length[group[i]]} s in steps of {step[group[i]]} s.",
            row=int(usage.row[i]),
            remedy="Give the time zone that the meter counts its days in.",
        )
    return _Grid(
        group=group, place=since // step[group], first=first, day=day[first], step_s=step,
        intervals=length // step,
    )  # fmt: skip


def _common_scale(usage: Usage, grid: _Grid, faults: Faults) -> tuple[Int64s, Int8s]:
    """Each reading at the smallest exponent of its block, and that exponent of each block."""
    lowest = np.minimum.reduceat(usage.exponent, grid.first)
    up = (usage.exponent - lowest[grid.group]).astype(np.int64)
    if not up.any():
        return usage.value, lowest
    most = np.iinfo(np.int64).max
    room: Bools = (up <= 18) & (np.abs(usage.value) <= most // 10 ** np.minimum(up, 18))
    for i in np.flatnonzero(~room & (usage.value != 0)):
        faults.add(
            TooManyDigits,
            "This value and the others of its day together have more digits than can be kept.",
            row=int(usage.row[i]),
        )
    return np.where(room, usage.value * 10 ** np.minimum(up, 18), 0), lowest


def _batches(usage: Usage, grid: _Grid, scaled: tuple[Int64s, Int8s]) -> Iterator[Any]:
    values, exponent = scaled
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(grid.intervals)])
    flat = np.zeros(int(offsets[-1]), np.int64)
    quality = np.full(int(offsets[-1]), Quality.MISSING, np.int8)
    at = offsets[grid.group] + grid.place
    flat[at], quality[at] = values, usage.quality
    flat[quality == Quality.MISSING] = 0
    names = _Names(usage.series)
    for begin in range(0, len(grid.day), _MOST_ROWS):
        rows = slice(begin, begin + _MOST_ROWS)
        bounds = offsets[begin : begin + len(grid.day[rows]) + 1]
        span = slice(int(bounds[0]), int(bounds[-1]))
        lists = pa.array((bounds - bounds[0]).astype(np.int32))
        columns = [
            *names.columns(usage.of[grid.first[rows]]),
            pa.array(grid.day[rows].astype(np.int32), pa.int32()).cast(pa.date32()),
            pa.array(grid.step_s[rows].astype(np.int32)),
            pa.array(exponent[rows]),
            pa.ListArray.from_arrays(lists, pa.array(flat[span]), BLOCKS.field("values").type),
            pa.ListArray.from_arrays(lists, pa.array(quality[span]), BLOCKS.field("quality").type),
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=BLOCKS)


class _Names:
    """The names of series as columns."""

    def __init__(self, series: tuple[Series, ...]) -> None:
        self._fields = [
            pa.array(field, pa.string()) for field in list(zip(*series, strict=True))[:4]
        ]

    def columns(self, of: Any) -> list[Any]:
        which = pa.array(of)
        return [field.take(which) for field in self._fields]


def periods(usage: Usage) -> Any:
    """Usage over long periods as an Arrow batch of the schema PERIODS."""
    names = _Names(usage.series).columns(usage.of)
    seconds = pa.timestamp("s", tz="UTC")
    columns = [
        *names,
        pa.array(usage.start_s).cast(seconds),
        pa.array(usage.start_s + usage.duration_s).cast(seconds),
        pa.array(usage.value),
        pa.array(usage.exponent),
        pa.array(usage.quality),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=PERIODS)
