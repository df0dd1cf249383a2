"""
Settling what a file says twice: readings in any order go in, each interval comes out once.

Memory is bounded: a file that fits is put in order whole; a larger one is settled in pieces, and
then must be in order itself, usage point by usage point or day by day.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from lamplighter.kernel import Place
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.readings import (
    PERIOD_FROM_S,
    Bools,
    Int32s,
    Int64s,
    Notes,
    Series,
    Usage,
    joined,
)
from lamplighter.metering.domain.refusals import (
    ChannelMeasuresTwoThings,
    ConflictingReadings,
    Faults,
    OverlappingReadings,
    TooFarOutOfOrder,
)

_NEVER: Final = np.iinfo(np.int64).min
_HELD_BACK_S: Final = 25 * 3600
MOST_READINGS: Final = 500_000


class Settling:
    """
    Puts readings in order by series and time, drops repeated ones, refuses contradictions.

    A strict one refuses every overlap. Otherwise usage over long periods may overlap, with a note:
    an inspection shows such a file, though nobody could bill from it.
    """

    def __init__(
        self, source: str, *, notes: Notes, strict: bool, most: int = MOST_READINGS
    ) -> None:
        self._source = source
        self._notes = notes
        self._strict = strict
        self._most = most
        self._waiting: list[Usage] = []
        self._index: dict[Series, int] = {}
        self._channels: dict[tuple[str, str], Series] = {}
        self._settled_to = np.zeros(0, np.int64)

    def add(self, batch: Usage) -> Iterator[Usage]:
        """Take a batch; yield what is settled by now."""
        if len(batch):
            self._waiting.append(self._renumbered(batch))
        if sum(map(len, self._waiting)) >= self._most:
            yield self._settled(whole=False)

    def end(self) -> Iterator[Usage]:
        """Yield what is left."""
        if self._waiting:
            yield self._settled(whole=True)

    def _renumbered(self, batch: Usage) -> Usage:
        """The same batch, its series numbered by their first appearance in the file."""
        for one in batch.series:
            if one not in self._index:
                self._index[one] = len(self._index)
                self._refuse_double_meaning(one)
        numbers = [self._index[one] for one in batch.series]
        # A reading that says "missing" gives way to any other one of its interval.
        version = np.where(batch.quality == Quality.MISSING, -1, batch.version)
        return replace(batch, of=np.array(numbers, np.int32)[batch.of], version=version)

    def _refuse_double_meaning(self, one: Series) -> None:
        first = self._channels.setdefault((one.usage_point, one.channel), one)
        if first == one:
            return
        what = f"Channel {one.channel!r} is {first.flow} in {first.unit or 'no unit'}"
        what += f" and {one.flow} in {one.unit or 'no unit'}."
        if self._strict:
            raise ChannelMeasuresTwoThings(what, places=(Place(source=self._source),))
        self._notes.add(what, series=one)

    def _settled(self, *, whole: bool) -> Usage:
        usage = joined(self._waiting)
        self._waiting = []
        usage = _in_order(replace(usage, series=tuple(self._index)))
        if not whole:
            usage = self._without_the_last(usage)
        faults = Faults(self._source)
        self._refuse_late(usage, faults)
        usage = self._without_repeats(usage, faults)
        self._refuse_overlaps(usage, faults)
        faults.check()
        np.maximum.at(self._settled_to, usage.of, usage.start_s + usage.duration_s)
        return usage

    def _without_the_last(self, usage: Usage) -> Usage:
        """
        Hold back the last day of every series, if that is not most of all: what is said twice is
        said close together, and a piece may end between the two.
        """
        last = np.full(len(self._index), _NEVER, np.int64)
        np.maximum.at(last, usage.of, usage.start_s)
        held: Bools = usage.start_s > last[usage.of] - _HELD_BACK_S
        if 2 * np.count_nonzero(held) > len(usage):
            return usage
        self._waiting = [usage.take(held)]
        return usage.take(~held)

    def _refuse_late(self, usage: Usage, faults: Faults) -> None:
        new = np.full(len(self._index) - len(self._settled_to), _NEVER, np.int64)
        self._settled_to = np.concatenate([self._settled_to, new])
        for i in np.flatnonzero(usage.start_s < self._settled_to[usage.of]):
            faults.add(
                TooFarOutOfOrder,
                f"This reading comes more than {self._most:,} readings after its place.",
                row=int(usage.row[i]),
                remedy="Sort the file by usage point and time.",
            )

    def _without_repeats(self, usage: Usage, faults: Faults) -> Usage:
        again = _same_interval(usage)
        if not again.any():
            return usage
        keep: Bools = ~np.append(again[1:], False)
        last = np.flatnonzero(keep)
        winner = last[np.searchsorted(last, np.arange(len(usage)))]
        same = _same_value(usage, winner)
        for i in np.flatnonzero(~keep & ~same & (usage.version == usage.version[winner])):
            if self._strict or usage.duration_s[i] < PERIOD_FROM_S:
                _contradiction(usage, int(i), int(winner[i]), faults)
            else:
                keep[i] = True
        self._note("{n} readings repeated, counted once", usage, ~keep & same)
        self._note("{n} readings superseded in the same file", usage, ~keep & ~same)
        return usage.take(keep)

    def _note(self, text: str, usage: Usage, where: Bools) -> None:
        for series, times in enumerate(np.bincount(usage.of[where]).tolist()):
            self._notes.add(text, series=usage.series[series], times=times)

    def _refuse_overlaps(self, usage: Usage, faults: Faults) -> None:
        ends = _latest_end_before(usage)
        overlaps: Bools = usage.start_s < ends
        gaps = (usage.start_s > ends) & (ends > _NEVER) & (usage.duration_s < PERIOD_FROM_S)
        self._note("{n} gaps in time", usage, gaps)
        if not self._strict:
            periods: Bools = overlaps & (usage.duration_s >= PERIOD_FROM_S)
            self._note("{n} periods begin before the one before them ends", usage, periods)
            overlaps &= ~periods
        for i in np.flatnonzero(overlaps):
            begins = datetime.fromtimestamp(int(usage.start_s[i]), UTC)
            faults.add(
                OverlappingReadings,
                f"The interval that begins at {begins:%Y-%m-%dT%H:%MZ} overlaps the one before.",
                row=int(usage.row[i]),
            )


def _in_order(usage: Usage) -> Usage:
    """By series, start, length and version; what is in order already is left alone."""
    keys = (usage.of, usage.start_s, usage.duration_s, usage.version)
    ordered = np.ones(max(len(usage) - 1, 0), np.bool_)
    equal = np.ones(max(len(usage) - 1, 0), np.bool_)
    for key in keys:
        ordered &= ~equal | (key[:-1] <= key[1:])
        equal &= key[:-1] == key[1:]
    if ordered.all():
        return usage
    return usage.take(np.lexsort(keys[::-1]))


def _same_interval(usage: Usage) -> Bools:
    """Where a reading is of the same interval as the one before it."""
    again = np.zeros(len(usage), np.bool_)
    again[1:] = (
        (usage.of[1:] == usage.of[:-1])
        & (usage.start_s[1:] == usage.start_s[:-1])
        & (usage.duration_s[1:] == usage.duration_s[:-1])
    )
    return again


def _same_value(usage: Usage, other: Int64s) -> Bools:
    same: Bools = usage.value == usage.value[other]
    scaled = usage.exponent != usage.exponent[other]
    for i in np.flatnonzero(scaled):
        same[i] = _scaled(usage, int(i)) == _scaled(usage, int(other[i]))
    return same


def _scaled(usage: Usage, i: int) -> int:
    """The value as a multiple of 10^-128, below which no exponent goes."""
    power: int = 10 ** (128 + int(usage.exponent[i]))
    return int(usage.value[i]) * power


def _contradiction(usage: Usage, i: int, other: int, faults: Faults) -> None:
    begins = datetime.fromtimestamp(int(usage.start_s[i]), UTC)
    rows = sorted({int(usage.row[i]), int(usage.row[other])})
    for row in rows:
        faults.add(
            ConflictingReadings,
            f"The interval that begins at {begins:%Y-%m-%dT%H:%MZ} has two values, in"
            f" {' and '.join(f'row {row}' for row in rows)}.",
            row=row,
        )


def _latest_end_before(usage: Usage) -> Int64s:
    """The latest end of the readings before each one of the same series."""
    ends = usage.start_s + usage.duration_s
    latest = np.full(len(usage), _NEVER, np.int64)
    if len(usage) > 1:
        same: Bools = usage.of[1:] == usage.of[:-1]
        latest[1:][same] = ends[:-1][same]
        if np.any(latest[1:] < latest[:-1]):
            latest = _running_maximum(latest, usage.of)
    return latest


def _running_maximum(values: Int64s, of: Int32s) -> Int64s:
    result = values.copy()
    for first, after in _runs(of):
        result[first:after] = np.maximum.accumulate(values[first:after])
    return result


def _runs(of: Int32s) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(of)) + 1
    yield from zip([0, *edges.tolist()], [*edges.tolist(), len(of)], strict=True)
