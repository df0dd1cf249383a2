"""How long the intervals of a table are: said by a column, or told from their starts."""

from typing import Any, Final

import numpy as np

from lamplighter.kernel import Place
from lamplighter.metering.adapters.columns import Columns
from lamplighter.metering.adapters.times import Times
from lamplighter.metering.domain import decimals
from lamplighter.metering.domain.local_days import DAY_S, LocalDays
from lamplighter.metering.domain.readings import PERIOD_FROM_S, Bools, Int32s, Int64s
from lamplighter.metering.domain.refusals import Faults, StepUnknown, WrongTime

_SHORTEST_S: Final = 60
_REMEDY: Final = "Add a column `end`, or `interval_minutes`."


class Steps:
    """Finds the duration of every interval of one table."""

    def __init__(
        self, columns: Columns, source: str, days: LocalDays | None, start: Times, faults: Faults
    ) -> None:
        self._columns = columns
        self._source = source
        self._start = start
        self._faults = faults
        self._step: int | None = None
        self._end = (
            None if columns.end is None else Times(source, columns.names[columns.end], days, faults)
        )

    def durations(
        self, cells: list[Any], rows: Int64s, starts: Int64s, shown: Int64s, of: Int32s
    ) -> Int64s:
        """
        The duration of each interval in seconds; 1 where it is wrong.

        :raises StepUnknown: if nothing says it
        """
        end, step = self._columns.end, self._columns.step
        if end is not None and self._end is not None:
            return self._until_end(self._end, end, cells[end], rows, starts, shown)
        if step is not None:
            return self._said(step, cells[step], rows)
        if self._faults:
            return np.ones(len(rows), np.int64)
        return self._told_from(starts, of, rows)

    def _until_end(
        self, end: Times, index: int, texts: Any, rows: Int64s, starts: Int64s, shown: Int64s
    ) -> Int64s:
        ends, end_shown, _ = end.parsed(texts, rows)
        durations: Int64s = ends - starts
        if end.local and self._start.local and len(durations):
            durations = _around_clock_changes(end, durations, end_shown, starts, shown)
        for i in np.flatnonzero(durations <= 0):
            self._faults.add(
                WrongTime,
                "This interval ends before it begins.",
                row=int(rows[i]),
                field=self._columns.names[index],
            )
        return np.maximum(durations, 1)

    def _said(self, index: int, texts: Any, rows: Int64s) -> Int64s:
        number = decimals.parsed(texts)
        seconds: Int64s = number.value * self._columns.step_unit_s
        wrong: Bools = (
            number.wrong | (number.exponent < 0) | (seconds < _SHORTEST_S) | (seconds > 400 * DAY_S)
        )
        for i in np.flatnonzero(wrong):
            self._faults.add(
                StepUnknown,
                f"{texts[int(i)].as_py()[:40]!r} is not a whole number of minutes or seconds.",
                row=int(rows[i]),
                field=self._columns.names[index],
            )
        return np.where(wrong, 1, seconds)

    def _told_from(self, starts: Int64s, of: Int32s, rows: Int64s) -> Int64s:
        """The usual distance between two starts of one series, found once and kept."""
        if self._step is None:
            self._step = self._usual(starts, of, rows)
        if self._step < PERIOD_FROM_S:
            return np.full(len(starts), self._step, np.int64)
        midnight, following = self._start.midnights(starts)
        off = np.flatnonzero(starts != midnight)
        if len(off):
            raise self._unknown(int(rows[off[0]]))
        return following - starts

    def _usual(self, starts: Int64s, of: Int32s, rows: Int64s) -> int:
        order = np.lexsort((starts, of))
        apart = np.diff(starts[order])[np.diff(of[order]) == 0]
        distances, times = np.unique(apart[apart > 0], return_counts=True)
        step = int(distances[np.argmax(times)]) if len(distances) else 0
        daily = PERIOD_FROM_S <= step <= 25 * 3600 and bool(self._start.local)
        if not daily and (step < _SHORTEST_S or 3600 % step):
            raise self._unknown(int(rows[0]))
        return step

    def _unknown(self, row: int) -> StepUnknown:
        field = self._columns.names[self._columns.start]
        return StepUnknown(
            remedy=_REMEDY, places=(Place(source=self._source, row=row, field=field),)
        )


def _around_clock_changes(
    end: Times, durations: Int64s, end_shown: Int64s, starts: Int64s, shown: Int64s
) -> Int64s:
    """
    Where clocks change, local ends can be read in several ways: take the one that makes the
    interval as long as the others.
    """
    lengths, times = np.unique(durations, return_counts=True)
    usual = lengths[np.argmax(times)]
    result: Int64s = durations.copy()
    for i in np.flatnonzero((durations != usual) & (durations < DAY_S)).tolist():
        later = end.second_time(int(end_shown[i]))
        if usual in (later - starts[i], end_shown[i] - shown[i]):
            result[i] = usual
    return result
