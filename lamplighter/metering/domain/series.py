"""Interval blocks of one flow as flat arrays, ready for the kernels."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.kernels import rolling_sums
from lamplighter.metering.domain.scaling import one_exponent, rescaled

HOUR_S = 3600


class DemandWindowTooOdd(Refusal):
    """Demand can be stated in kW only for windows that divide an hour and hold whole intervals."""


class MixedIntervals(Refusal):
    """Channels that are billed together have intervals of different length on the same day."""


@dataclass(frozen=True, slots=True)
class Series:
    """
    Rows of one length of interval and one power of ten, in order of usage point and day.

    :ivar offsets: where each row's intervals start in `values`, and one more for the end
    :ivar group: of each row: the number of its usage point
    :ivar day: of each row: its day, counted from the request's first
    :ivar window_s: how long a time each value is the sum over
    """

    values: NDArray[np.int64]
    offsets: NDArray[np.int32]
    group: NDArray[np.int32]
    day: NDArray[np.int32]
    step_s: int
    exponent: int
    window_s: int


def per_hour(window_s: int) -> int:
    """
    What the sum over a window is multiplied by to be a mean power.

    :raises DemandWindowTooOdd: if that is no whole number
    """
    if HOUR_S % window_s:
        raise DemandWindowTooOdd(
            f"{window_s} s is not a whole part of an hour.",
            remedy="Use meters or tariffs with windows of 5, 10, 15, 20, 30 or 60 minutes.",
        )
    return HOUR_S // window_s


def series_of(
    blocks: pa.Table,
    group: NDArray[np.int32],
    first_day: int,
    flow: str,
    channel: str | None = None,
    *,
    whole: bool = False,
) -> tuple[Series, ...]:
    """
    The blocks of a flow, or of one channel of it; several channels of a usage point are added up.

    :param group: of each row of `blocks`: the number of its usage point
    :param first_day: day 0, as days since 1970
    :param whole: rows that follow each other are in one series, in their order
    :raises MixedIntervals: if channels that would have to be added up do not match
    """
    wanted = _those_of(blocks.column("flow"), flow)
    if channel is not None:
        named = _those_of(blocks.column("channel"), channel)
        wanted = named if wanted is None else wanted if named is None else pc.and_(wanted, named)
    if wanted is not None:
        kept = np.flatnonzero(wanted.to_numpy(zero_copy_only=False))
        blocks, group = blocks.take(pa.array(kept)), group[kept]
    day = blocks.column("local_day").cast(pa.int32()).to_numpy() - np.int32(first_day)
    steps, exponents = blocks.column("step_s").to_numpy(), blocks.column("exponent").to_numpy()
    if not whole and _is_plain(group, day, steps, exponents):
        return tuple(_chunks(blocks, group, day))
    parts = tuple(_split(blocks, group, day, steps, exponents))
    if len(parts) > 1 and _share_a_day(parts):
        # Channels counted differently finely: only then is everything brought to the finest.
        blocks = rescaled(blocks, one_exponent(blocks))
        exponents = blocks.column("exponent").to_numpy()
        parts = tuple(_split(blocks, group, day, steps, exponents))
        if len(parts) > 1 and _share_a_day(parts):
            raise MixedIntervals(
                "Channels of one usage point have intervals of different length on the same day.",
                remedy="Bill them as separate channels.",
            )
    return tuple(_summed(part) for part in parts)


def _those_of(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray | None:
    """Which rows have a name; None if all do."""
    if pa.types.is_dictionary(column.type):
        if all(chunk.dictionary.to_pylist() == [name] for chunk in column.chunks):
            return None
        column = column.cast(pa.string())
    found = pc.equal(column, name)
    return None if pc.all(found).as_py() else found


def _is_plain(
    group: NDArray[np.int32], day: NDArray[np.int32], steps: NDArray[Any], exponents: NDArray[Any]
) -> bool:
    """One length of interval, one power of ten, and no day of a usage point twice."""
    if not group.size or len(_distinct(steps)) > 1 or len(_distinct(exponents)) > 1:
        return False
    place = _place(group, day)
    return bool((place[1:] > place[:-1]).all()) or len(np.unique(place)) == len(place)


def _chunks(blocks: pa.Table, group: NDArray[np.int32], day: NDArray[np.int32]) -> Iterator[Series]:
    """The blocks as they lie in memory, chunk by chunk: nothing is copied."""
    first = 0
    step, exponent = (int(blocks.column(name)[0].as_py()) for name in ("step_s", "exponent"))
    for chunk in blocks.column("values").chunks:
        rows = slice(first, first + len(chunk))
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy()
        yield Series(values, offsets, group[rows], day[rows], step, exponent, step)
        first += len(chunk)


def _split(
    blocks: pa.Table,
    group: NDArray[np.int32],
    day: NDArray[np.int32],
    steps: NDArray[Any],
    exponents: NDArray[Any],
) -> Iterator[Series]:
    kinds = _kinds(steps, exponents)
    for step, exponent in kinds:
        part, g, d = blocks, group, day
        if len(kinds) > 1:
            rows = np.flatnonzero((steps == step) & (exponents == exponent))
            part, g, d = blocks.take(pa.array(rows)), group[rows], day[rows]
        order = np.lexsort((d, g)) if _unordered(g, d) else None
        if order is not None:
            part, g, d = part.take(pa.array(order)), g[order], d[order]
        values, offsets = _flat(part)
        yield Series(values, offsets, g, d, step, exponent, step)


def _kinds(steps: NDArray[Any], exponents: NDArray[Any]) -> list[tuple[int, int]]:
    return [
        (int(step), int(exponent))
        for step in _distinct(steps)
        for exponent in _distinct(exponents[steps == step])
    ]


def _distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    # Nearly always there is one: then there is nothing to sort.
    if numbers.size and (numbers == numbers[0]).all():
        return numbers[:1]
    return np.unique(numbers)


def _unordered(group: NDArray[np.int32], day: NDArray[np.int32]) -> bool:
    place = _place(group, day)
    return bool((place[1:] < place[:-1]).any())


def _flat(blocks: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    column = blocks.column("values")
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    offsets = column.offsets.to_numpy()
    return column.values.to_numpy(), offsets


def _summed(series: Series) -> Series:
    """Add up rows of the same usage point and day: its several channels."""
    if len(series.group) < 2:
        return series
    new = np.ones(len(series.group), bool)
    new[1:] = (series.group[1:] != series.group[:-1]) | (series.day[1:] != series.day[:-1])
    if new.all():
        return series
    lengths = np.diff(series.offsets)
    target = np.cumsum(new) - 1
    if not np.array_equal(lengths, lengths[new][target]):
        msg = "blocks of one day and one length of interval have different numbers of intervals"
        raise ValueError(msg)
    offsets = np.concatenate([[0], np.cumsum(lengths[new])]).astype(np.int32)
    values = np.zeros(offsets[-1], np.int64)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    source = np.repeat(series.offsets[:-1], lengths) + within
    np.add.at(values, np.repeat(offsets[:-1][target], lengths) + within, series.values[source])
    return replace(
        series, values=values, offsets=offsets, group=series.group[new], day=series.day[new]
    )


def _share_a_day(parts: tuple[Series, ...]) -> bool:
    """Whether a usage point's day is in more than one of them."""
    places = [np.unique(_place(part.group, part.day)) for part in parts]
    return len(np.unique(np.concatenate(places))) < sum(map(len, places))


def _place(group: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """One number for a usage point and a day, in their order."""
    return (group.astype(np.int64) << 32) + day


def windowed(series: Series, window_s: int | None, *, rolling: bool) -> Series:
    """
    The same series as sums over demand windows.

    A window shorter than the interval leaves it as it is: nothing finer is known.

    :raises DemandWindowTooOdd: if whole intervals do not fill the window
    """
    if window_s is None or window_s <= series.step_s:
        return series
    if window_s % series.step_s:
        raise DemandWindowTooOdd(
            f"Intervals of {series.step_s} s do not fill a demand window of {window_s} s."
        )
    width = window_s // series.step_s
    if rolling:
        continues = np.zeros(len(series.group) + 1, bool)
        continues[1:-1] = (np.diff(series.group) == 0) & (np.diff(series.day) == 1)
        sums = np.empty_like(series.values)
        rolling_sums(series.values, series.offsets, continues, width, sums)
        return replace(series, values=sums, window_s=window_s)
    # Windows start at local midnight, and every day holds whole ones, also on days of 23 hours.
    flat = series.values[series.offsets[0] : series.offsets[-1]]
    sums = flat.reshape(-1, width).sum(axis=1)
    offsets = (series.offsets - series.offsets[0]) // width
    return replace(series, values=sums, offsets=offsets, step_s=window_s, window_s=window_s)
