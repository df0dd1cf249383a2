"""
Coincident demand: what a customer draws at the moments of the system's own peak.

Those moments are known only afterwards. A schedule with a coincident charge cannot be billed until
they are stated; then it is a schedule like any other, whose clock knows the moments.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from math import gcd
from typing import Final
from zoneinfo import ZoneInfo

from lamplighter.kernel import Period, Refusal
from lamplighter.tariffs.domain.clock import Clock
from lamplighter.tariffs.domain.schedule import DemandCharge, RateSchedule, Tier

_DAY: Final = 24 * 60
_MINUTE: Final = timedelta(minutes=1)


class NotAMoment(Refusal):
    """A moment of the system's peak takes whole minutes, and at most a day."""


@dataclass(frozen=True, slots=True)
class SystemPeakClock:
    """
    Another clock's bands at the moments of the system's peak; all other time is band 0.

    Each band's peak is the highest demand in any of its moments. Wall-clock time is all a clock
    knows: in the night when the clocks go back, a moment stands for both of its hours.
    """

    bands: tuple[str, ...]
    profiles: tuple[tuple[int, ...], ...]
    """The first is that of days without a moment."""
    days: tuple[date, ...]
    """Those with a moment, in order; day n follows profile n + 1."""
    otherwise: Clock
    """The clock that says which band a moment belongs to."""

    def profile_on(self, day: date) -> int:
        place = bisect_left(self.days, day)
        return place + 1 if place < len(self.days) and self.days[place] == day else 0


def at_system_peaks(schedule: RateSchedule, moments: Sequence[Period]) -> RateSchedule:
    """
    The schedule with its coincident charges bound to the moments of the system's peak.

    :param moments: of all the time that is to be billed; in the schedule's time zone they choose
        the band, in their own if it states none
    :raises NotAMoment: if one of them has seconds, or is longer than a day
    """
    zone = None if schedule.time_zone is None else ZoneInfo(schedule.time_zone)
    return replace(
        schedule,
        components=tuple(
            _bound_to(component, moments, zone)
            if isinstance(component, DemandCharge) and component.coincident
            else component
            for component in schedule.components
        ),
    )


def _bound_to(charge: DemandCharge, moments: Sequence[Period], zone: tzinfo | None) -> DemandCharge:
    clock, bands = charge.clock, charge.bands
    if isinstance(clock, SystemPeakClock):
        clock, bands = clock.otherwise, bands[1:]
    free = (Tier(rate=Decimal(0)),)
    return replace(charge, by_band=True, clock=_clock(clock, moments, zone), bands=(free, *bands))


def _clock(clock: Clock, moments: Sequence[Period], zone: tzinfo | None) -> SystemPeakClock:
    minutes: dict[date, set[int]] = {}
    for moment in moments:
        for local in _local_minutes(moment, zone):
            minutes.setdefault(local.date(), set()).add(local.hour * 60 + local.minute)
    days = sorted(minutes)
    return SystemPeakClock(
        bands=("other time", *(f"{name}, at the system's peak" for name in clock.bands)),
        profiles=((0,), *(_profile(clock, day, minutes[day]) for day in days)),
        days=tuple(days),
        otherwise=clock,
    )


def _local_minutes(moment: Period, zone: tzinfo | None) -> Iterator[datetime]:
    start, end = moment.start.astimezone(UTC), moment.end.astimezone(UTC)
    whole = not (start.second or start.microsecond or end.second or end.microsecond)
    if not whole or end - start > timedelta(days=1):
        raise NotAMoment(f"{moment.start.isoformat()} to {moment.end.isoformat()} is none.")
    local = zone or moment.start.tzinfo
    while start < end:
        yield start.astimezone(local)
        start += _MINUTE


def _profile(clock: Clock, day: date, minutes: set[int]) -> tuple[int, ...]:
    usual = clock.profiles[clock.profile_on(day)]
    edges = [m for m in range(_DAY + 1) if (m in minutes) != (m - 1 in minutes)]
    width = gcd(_DAY // gcd(_DAY, len(usual)), *edges)
    return tuple(
        usual[m * len(usual) // _DAY] + 1 if m in minutes else 0 for m in range(0, _DAY, width)
    )
