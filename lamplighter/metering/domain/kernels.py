"""
The inner loops of billing determinants, compiled.

All take flat arrays as Arrow lays them out, and accumulate into arrays that the caller owns. Sums
are int64: exact, whatever the order. Nothing here knows of tariffs, files or databases.
"""

# Indices and accumulators are plain loops on purpose: this is what the compiler turns into vectors.
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Rows(NamedTuple):
    """Interval blocks as flat arrays."""

    values: Any
    """The intervals of all rows, one after the other."""
    starts: Any
    """Of each row: where its intervals start in `values`."""
    group: Any
    """Of each row: the number of its usage point."""
    day: Any
    """Of each row: its day of the request; a row outside the request is left out."""


class Days(NamedTuple):
    """What is asked of each day."""

    period_of_day: Any
    """The number of the period, or -1 to leave the day out."""
    kind_of_day: Any
    steps_of_kind: Any
    cell_of: Any
    """The cell of each interval, by kind of day."""


@njit(cache=True, nogil=True, boundscheck=False)
def sums_and_peaks(rows: Rows, days: Days, sums: Any, peaks: Any, present: Any) -> None:
    """
    Add the intervals of each row to the sum of their cell, and raise its peak.

    Days of one kind are first added up interval by interval, which runs in vectors, and spread
    over the cells when the usage point or the period changes.

    :param sums: int64 [groups, periods, cells], added to
    :param peaks: int64 [groups, periods, cells], raised
    :param present: int64 [groups, periods], the number of days with data, added to
    """
    kinds, width = days.cell_of.shape
    # Unsigned indices: the compiler makes vectors of loops only where no index can be negative.
    wide = np.uint64(width)
    day_sums, day_peaks = np.zeros(kinds * width, np.int64), np.zeros(kinds * width, np.int64)
    seen = np.zeros(kinds, np.bool_)
    g, p = -1, -1
    for row in range(rows.group.shape[0]):
        d = rows.day[row]
        if d < 0 or d >= days.period_of_day.shape[0] or days.period_of_day[d] < 0:
            continue
        if g != rows.group[row] or p != days.period_of_day[d]:
            _spread(seen, day_sums, day_peaks, days, g, p, sums, peaks)
            g, p = rows.group[row], days.period_of_day[d]
        kind = days.kind_of_day[d]
        seen[kind] = True
        present[g, p] += 1
        first, base = np.uint64(kind) * wide, np.uint64(rows.starts[row])
        for i in range(np.uint64(days.steps_of_kind[kind])):
            value = rows.values[base + i]
            day_sums[first + i] += value
            day_peaks[first + i] = max(day_peaks[first + i], value)
    _spread(seen, day_sums, day_peaks, days, g, p, sums, peaks)


@njit(cache=True, nogil=True, boundscheck=False)
def _spread(
    seen: Any, day_sums: Any, day_peaks: Any, days: Days, g: int, p: int, sums: Any, peaks: Any
) -> None:
    """Hand what was added up of each kind of day to its cells, and start over."""
    width = days.cell_of.shape[1]
    for kind in range(seen.shape[0]):
        if seen[kind]:
            seen[kind] = False
            for i in range(days.steps_of_kind[kind]):
                c, at = days.cell_of[kind, i], kind * width + i
                sums[g, p, c] += day_sums[at]
                peaks[g, p, c] = max(peaks[g, p, c], day_peaks[at])
                day_sums[at] = 0
                day_peaks[at] = 0


@njit(cache=True, nogil=True, boundscheck=False)
def climb(rows: Rows, days: Days, scale: int, bounds: Any, reached: Any, climbed: Any) -> None:
    """
    Let usage climb tiers in clock order. Rows come in order of the day within each group.

    :param scale: what values are multiplied by to be in the unit of `bounds`
    :param bounds: int64 [groups, periods, cells, tiers], cumulative upper bounds
    :param reached: int64 [groups, periods], the usage so far, added to
    :param climbed: int64 [groups, periods, cells, tiers], added to
    """
    for row in range(rows.group.shape[0]):
        d = rows.day[row]
        if d < 0 or d >= days.period_of_day.shape[0] or days.period_of_day[d] < 0:
            continue
        g, p, base = rows.group[row], days.period_of_day[d], rows.starts[row]
        kind = days.kind_of_day[d]
        for i in range(days.steps_of_kind[kind]):
            c = days.cell_of[kind, i]
            low = reached[g, p]
            high = low + rows.values[base + i] * scale
            for t in range(bounds.shape[3]):
                upper = bounds[g, p, c, t]
                if low < upper:
                    part = min(high, upper) - low
                    climbed[g, p, c, t] += part
                    low += part
                if low >= high:
                    break
            reached[g, p] = high


@njit(cache=True, nogil=True, boundscheck=False)
def rolling_sums(values: Any, offsets: Any, continues: Any, width: int, out: Any) -> None:
    """
    The sum of each interval and the `width - 1` before it, over midnight where a row continues.

    A window that would reach back before the data starts counts what there is.

    :param continues: of each row: whether it is the day after the row before it, of the same series
    """
    for row in range(offsets.shape[0] - 1):
        first = offsets[row]
        floor = first
        back = row
        while continues[back] and first - floor < width - 1:
            back -= 1
            floor = offsets[back]
        for i in range(first, offsets[row + 1]):
            total = np.int64(0)
            for j in range(max(floor, i - width + 1), i + 1):
                total += values[j]
            out[i] = total
