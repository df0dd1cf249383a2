"""
The inner loops of billing determinants, compiled.

All take flat arrays as Arrow lays them out, and accumulate into arrays that the caller owns. Sums
are int64: exact, whatever the order. Nothing here knows of tariffs, files or databases.
"""

# Indices and accumulators are plain loops on purpose: this is what the compiler turns into vectors.
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@njit(cache=True, nogil=True, boundscheck=False)
def sums_and_peaks(
    values: Any,
    starts: Any,
    group: Any,
    day: Any,
    period_of_day: Any,
    kind_of_day: Any,
    steps_of_kind: Any,
    cell_of: Any,
    sums: Any,
    peaks: Any,
    present: Any,
) -> None:
    """
    Add the intervals of each row to the sum of their cell, and raise its peak.

    Days of one kind are first added up interval by interval, which runs in vectors, and spread
    over the cells when the usage point or the period changes.

    :param values: intervals of all rows, one after the other
    :param starts: where each row starts in `values`
    :param group: of each row: which usage point, the first index of `sums` and `peaks`
    :param day: of each row: which day of the request, or outside its range to leave the row out
    :param period_of_day: of each day: the second index, or -1 to leave the day out
    :param sums: int64 [groups, periods, cells], added to
    :param peaks: int64 [groups, periods, cells], raised
    :param present: int64 [groups, periods], the number of days with data, added to
    """
    kinds, width = cell_of.shape
    # Unsigned indices: the compiler makes vectors of loops only where no index can be negative.
    wide = np.uint64(width)
    day_sums = np.zeros(kinds * width, np.int64)
    day_peaks = np.zeros(kinds * width, np.int64)
    seen = np.zeros(kinds, np.bool_)
    last_g, last_p = -1, -1
    for row in range(group.shape[0] + 1):
        g, p = -1, -1
        if row < group.shape[0]:
            d = day[row]
            if d < 0 or d >= period_of_day.shape[0] or period_of_day[d] < 0:
                continue
            g, p = group[row], period_of_day[d]
        if g != last_g or p != last_p:
            for kind in range(kinds):
                if seen[kind]:
                    first = np.uint64(kind) * wide
                    for i in range(np.uint64(steps_of_kind[kind])):
                        c, at = cell_of[kind, i], first + i
                        sums[last_g, last_p, c] += day_sums[at]
                        peaks[last_g, last_p, c] = max(peaks[last_g, last_p, c], day_peaks[at])
                        day_sums[at] = 0
                        day_peaks[at] = 0
                    seen[kind] = False
            last_g, last_p = g, p
        if g >= 0:
            kind = kind_of_day[d]
            seen[kind] = True
            present[g, p] += 1
            first, base = np.uint64(kind) * wide, np.uint64(starts[row])
            for i in range(np.uint64(steps_of_kind[kind])):
                value = values[base + i]
                day_sums[first + i] += value
                day_peaks[first + i] = max(day_peaks[first + i], value)


@njit(cache=True, nogil=True, boundscheck=False)
def climb(
    values: Any,
    starts: Any,
    group: Any,
    day: Any,
    period_of_day: Any,
    kind_of_day: Any,
    steps_of_kind: Any,
    cell_of: Any,
    scale: int,
    bounds: Any,
    reached: Any,
    climbed: Any,
) -> None:
    """
    Let usage climb tiers in clock order. Rows come in order of the day within each group.

    :param scale: what values are multiplied by to be in the unit of `bounds`
    :param bounds: int64 [groups, periods, cells, tiers], cumulative upper bounds
    :param reached: int64 [groups, periods], the usage so far, added to
    :param climbed: int64 [groups, periods, cells, tiers], added to
    """
    tiers = bounds.shape[3]
    for row in range(group.shape[0]):
        d = day[row]
        if d < 0 or d >= period_of_day.shape[0] or period_of_day[d] < 0:
            continue
        g, p, base, kind = group[row], period_of_day[d], starts[row], kind_of_day[d]
        for i in range(steps_of_kind[kind]):
            c = cell_of[kind, i]
            low = reached[g, p]
            high = low + values[base + i] * scale
            for t in range(tiers):
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
