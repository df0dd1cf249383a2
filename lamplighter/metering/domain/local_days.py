"""Local days and local times of a time zone, for whole columns of instants at once."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import IntEnum
from typing import Final

import numpy as np

from lamplighter.kernel import time_zone_named
from lamplighter.metering.domain.readings import Int8s, Int64s
from lamplighter.metering.domain.refusals import UnknownTimeZone

DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)

EARLIEST_S: Final = -2_208_988_800
"""1900-01-01. A meter reading that claims to be older, or to be from after 2200, is not one."""
LATEST_S: Final = 7_258_118_400


def zone_named(name: str) -> tzinfo:
    """:raises UnknownTimeZone: if the time zone database has no zone of this name"""
    zone = time_zone_named(name)
    if zone is None:
        raise UnknownTimeZone(
            f"{name!r} is not a time zone.", remedy="Use a name such as Europe/Berlin or UTC."
        )
    return zone


class Happened(IntEnum):
    """How often a local time happened."""

    ONCE = 0
    NEVER = 1
    TWICE = 2


class LocalDays:
    """Where the local days of a zone begin, and which instants its local times mean."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._midnights: dict[int, int] = {}

    def starts(self, first: int, last: int) -> Int64s:
        """The instants at which the days `first` to `last` (days since 1970) begin."""
        return np.array([self._midnight(day) for day in range(first, last + 1)], np.int64)

    def day_of(self, instants: Int64s) -> Int64s:
        """The local day (days since 1970) on which each instant falls."""
        if not len(instants):
            return np.zeros(0, np.int64)
        # No zone is a whole day away from UTC, so the neighbours are enough.
        first = int(instants.min()) // DAY_S - 1
        starts = self.starts(first, int(instants.max()) // DAY_S + 2)
        return first + np.searchsorted(starts, instants, side="right") - 1

    def instants(self, local_s: Int64s) -> tuple[Int64s, Int8s]:
        """
        The instants that local times (as seconds since 1970 of that clock) mean, and how often
        each happened. Of a time that happened twice it is the first; of one that never did, the
        instant at which the clock was put forward over it, were it still on the old time.
        """
        days, which = np.unique(local_s // DAY_S, return_inverse=True)
        offset = np.array([day * DAY_S - self._midnight(int(day)) for day in days], np.int64)
        after = np.array([(day + 1) * DAY_S - self._midnight(int(day) + 1) for day in days])
        result: Int64s = local_s - offset[which]
        happened = np.zeros(len(local_s), np.int8)
        for i in np.flatnonzero((offset != after)[which]):
            result[i], happened[i] = self._instant(int(local_s[i]))
        return result, happened

    def second_time(self, local_s: int) -> int:
        """The later instant of a local time that happened twice."""
        local = datetime.fromtimestamp(local_s, UTC).replace(tzinfo=self.zone, fold=1)
        return local_s - self._offset(local)

    def _instant(self, local_s: int) -> tuple[int, Happened]:
        local = datetime.fromtimestamp(local_s, UTC).replace(tzinfo=self.zone)
        first, second = self._offset(local), self._offset(local.replace(fold=1))
        if first == second:
            happened = Happened.ONCE
        else:
            happened = Happened.TWICE if first > second else Happened.NEVER
        return local_s - first, happened

    def _midnight(self, day: int) -> int:
        found = self._midnights.get(day)
        if found is None:
            local = datetime.combine(_EPOCH + timedelta(days=day), time.min, self.zone)
            found = self._midnights[day] = day * DAY_S - self._offset(local)
        return found

    def _offset(self, local: datetime) -> int:
        return int((self.zone.utcoffset(local) or timedelta()).total_seconds())


def as_date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
