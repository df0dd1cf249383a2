"""Clocks: which price band a moment of local time belongs to."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, Protocol, Self

HOLIDAY: Final = 7
"""The day type after Monday (0) to Sunday (6)."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays of a place, by the `holidays` library, and those that a tariff names."""

    country: str | None = None
    subdivision: str | None = None
    named: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return day in self.named or day in _public(self.country, self.subdivision, day.year)


@lru_cache(maxsize=256)
def _public(country: str | None, subdivision: str | None, year: int) -> frozenset[date]:
    if country is None:
        return frozenset()
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


class Clock(Protocol):
    """
    Divides time into bands.

    A profile is one way that a day goes: the band of each of its slots, which are equally long and
    together 24 hours of wall-clock time.
    """

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands; a band's number is its place here."""

    @property
    def profiles(self) -> tuple[tuple[int, ...], ...]:
        """The bands of each profile's slots."""

    def profile_on(self, day: date) -> int:
        """The number of the profile that a local day follows."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year, from a day of it on, and the profile of each day type within."""

    from_month: int
    from_day: int
    profiles: tuple[int, int, int, int, int, int, int, int]
    """Of Monday to Sunday and of holidays."""
    name: str = ""
    """What people call it."""


@dataclass(frozen=True, slots=True)
class SeasonDays:
    """A season as a tariff sheet states it: how each day type goes, whatever other seasons say."""

    from_month: int
    from_day: int
    days: tuple[tuple[int, ...], ...]
    """The bands of Monday to Sunday and of holidays, each in any number of equal slots."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class SeasonalClock:
    """The clock of a tariff: by season, day type and time of day."""

    bands: tuple[str, ...]
    profiles: tuple[tuple[int, ...], ...]
    seasons: tuple[Season, ...]
    """In order of the year. Before the first one, the last one (of the year before) holds."""
    holidays: Holidays = Holidays()

    @classmethod
    def of(
        cls,
        bands: Sequence[str],
        seasons: Sequence[SeasonDays],
        holidays: Holidays = Holidays(),
    ) -> Self:
        """
        The clock of these seasons, which are in order of the year, in its one shortest form.

        Each way that a day goes is kept once, in as few slots as it needs. A season that goes like
        the one before it is no season of its own.
        """
        numbers: dict[tuple[int, ...], int] = {}
        found = []
        for season in _told_apart([_brief(season, holidays) for season in seasons]):
            mon, tue, wed, thu, fri, sat, sun, holiday = (
                numbers.setdefault(day, len(numbers)) for day in season.days
            )
            week = (mon, tue, wed, thu, fri, sat, sun, holiday)
            found.append(Season(season.from_month, season.from_day, week, season.name))
        return cls(tuple(bands), tuple(numbers), tuple(found), holidays)

    def profile_on(self, day: date) -> int:
        season = self.seasons[-1]
        for candidate in self.seasons:
            if (candidate.from_month, candidate.from_day) > (day.month, day.day):
                break
            season = candidate
        return season.profiles[HOLIDAY if day in self.holidays else day.weekday()]


def _brief(season: SeasonDays, holidays: Holidays) -> SeasonDays:
    days = [_shortest(day) for day in season.days]
    if holidays == Holidays():
        days[HOLIDAY] = days[0]
    return replace(season, days=tuple(days))


@lru_cache(maxsize=4096)
def _shortest(day: tuple[int, ...]) -> tuple[int, ...]:
    """The same day in as few equal slots as it can be told in."""
    for slots in range(1, len(day)):
        width, rest = divmod(len(day), slots)
        if not rest and all(band == day[n - n % width] for n, band in enumerate(day)):
            return day[::width]
    return day


def _told_apart(seasons: Sequence[SeasonDays]) -> list[SeasonDays]:
    """Without those that go on like the season before them."""
    kept: list[SeasonDays] = []
    for season in seasons:
        if not kept or not _alike(season, kept[-1]):
            kept.append(season)
    if len(kept) == 1:
        return [replace(kept[0], from_month=1, from_day=1)]
    # Before the first season of a year, the last one of the year before still holds.
    return kept[1:] if _alike(kept[0], kept[-1]) else kept


def _alike(one: SeasonDays, other: SeasonDays) -> bool:
    return (one.days, one.name) == (other.days, other.name)


@dataclass(frozen=True, slots=True)
class DatedClock:
    """The clock of what holds for a time: band 1 from `start` up to `end`, else band 0."""

    start: date | None
    end: date | None
    bands: tuple[str, ...] = ("not in force", "in force")
    profiles: tuple[tuple[int, ...], ...] = ((0,), (1,))

    def profile_on(self, day: date) -> int:
        return int(
            (self.start is None or day >= self.start) and (self.end is None or day < self.end)
        )


ALWAYS: Final = SeasonalClock(
    bands=("all hours",), profiles=((0,),), seasons=(Season(1, 1, (0, 0, 0, 0, 0, 0, 0, 0)),)
)
"""One band, day and night."""

MONTHS: Final = SeasonalClock(
    bands=tuple(calendar.month_name)[1:],
    profiles=tuple((month,) for month in range(12)),
    seasons=tuple(Season(m + 1, 1, (m, m, m, m, m, m, m, m)) for m in range(12)),
)
"""A band for each calendar month."""


def band_days(clock: Clock, days: Sequence[date]) -> tuple[int, ...]:
    """How many of these days begin in each band."""
    counts = [0] * len(clock.bands)
    for day in days:
        counts[clock.profiles[clock.profile_on(day)][0]] += 1
    return tuple(counts)


def bands_in_use(clock: Clock, days: Sequence[date]) -> frozenset[int]:
    """The bands that at least one moment of these days belongs to."""
    profiles = {clock.profile_on(day) for day in days}
    return frozenset(band for profile in profiles for band in clock.profiles[profile])
