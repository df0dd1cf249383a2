"""The intervals of a month, by the clocks of the town."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

ZONE: Final = ZoneInfo("America/New_York")
FIRST_DAY: Final = date(2025, 5, 1)
"""The first day with readings."""
MONTHS: Final = 18
"""So many calendar months of readings: up to the end of October 2026."""
_HALF_A_DAY: Final = timedelta(hours=12)
_CLOSED: Final = {(1, 1), (7, 4), (12, 25)}
"""New Year's Day, Independence Day, Christmas Day."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """
    All intervals of a month, one after the other: T of them, in D days.

    On the day the clocks go forward there are 23 hours, and 25 when they go back: then the hour
    from 1 to 2 o'clock comes twice.
    """

    first_day: date
    step_s: int
    counts: Any
    """How many intervals each day has: (D,)."""
    day: Any
    """The day of each interval, from 0 on: (T,)."""
    hour: Any
    """Where the clock stands in the middle of each interval, from 0 to 24: (T,)."""
    days_since_1970: Any
    """Of each day: (D,)."""
    rest: Any
    """Whether each day is a Saturday (1), a Sunday or holiday (2) or neither (0): (D,)."""
    summer_time: Any
    """Whether the clocks are put forward at noon of each day: (D,)."""

    @property
    def days(self) -> int:
        return len(self.counts)

    @property
    def size(self) -> int:
        return len(self.hour)

    def place(self, on: date) -> int:
        """The number of a day, from 0 on; it may lie outside."""
        return (on - self.first_day).days


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month that comes so many months later."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def months(count: int = MONTHS) -> Iterator[date]:
    """The first days of the months that have readings."""
    return (month_after(FIRST_DAY, n) for n in range(count))


def midnight(on: date) -> datetime:
    """When a local day begins."""
    return datetime.combine(on, time.min, ZONE)


@lru_cache(maxsize=8)
def grid(month: date, step_s: int) -> Grid:
    """The intervals of the month that begins on a day."""
    every = [month + timedelta(n) for n in range((month_after(month) - month).days)]
    bounds = [int(midnight(d).timestamp()) for d in [*every, month_after(month)]]
    lengths = np.diff(np.array(bounds))
    counts = lengths // step_s
    day = np.repeat(np.arange(len(every)), counts)
    starts = np.arange(bounds[0], bounds[-1], step_s)
    return Grid(
        first_day=month,
        step_s=step_s,
        counts=counts,
        day=day,
        hour=np.array([_clock(int(at)) for at in starts]) + step_s / 7200,
        days_since_1970=np.array([(d - date(1970, 1, 1)).days for d in every]),
        rest=np.array([_rest(d) for d in every]),
        summer_time=np.array([bool((midnight(d) + _HALF_A_DAY).dst()) for d in every]),
    )


def _clock(instant: int) -> float:
    local = datetime.fromtimestamp(instant, UTC).astimezone(ZONE)
    return local.hour + local.minute / 60


def _rest(on: date) -> int:
    if (on.month, on.day) in _CLOSED:
        return 2
    return max(on.weekday() - 4, 0)
