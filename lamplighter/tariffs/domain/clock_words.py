"""Clocks in words: which band holds in which season, on which days, from when to when."""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from lamplighter.tariffs.domain.clock import HOLIDAY, Clock, Holidays, Season, SeasonalClock

_DAYS: Final = (*calendar.day_name, "holidays")


def month_names(numbers: Iterable[int]) -> list[str]:
    """Of months counted from 0."""
    return [calendar.month_name[number + 1] for number in numbers]


def times_in_words(clock: Clock) -> Iterator[str]:
    """A line for each season and each group of days that go alike."""
    if not isinstance(clock, SeasonalClock):
        yield f"Times: {' and '.join(clock.bands)}."
        return
    for season in clock.seasons:
        begin = f"{_season(season)}, " if len(clock.seasons) > 1 or season.name else ""
        for days, profile in _day_groups(season, clock):
            yield f"{begin}{days}: {_day(clock.profiles[profile], clock.bands)}."
    if clock.holidays != Holidays():
        yield f"Holidays are {_holidays(clock.holidays)}."


def _season(season: Season) -> str:
    start = f"from {season.from_day} {calendar.month_name[season.from_month]}"
    return f"{season.name} ({start})" if season.name else start


def _day_groups(season: Season, clock: SeasonalClock) -> Iterator[tuple[str, int]]:
    """Days that follow one another and go alike: Monday to Friday, Saturday and Sunday."""
    last = HOLIDAY if clock.holidays == Holidays() else HOLIDAY + 1
    profiles = season.profiles[:last]
    if len(set(profiles)) == 1:
        yield "every day", profiles[0]
        return
    for profile, group in groupby(range(HOLIDAY), key=lambda day: profiles[day]):
        days = [_DAYS[day] for day in group]
        between = " to " if len(days) > 2 else " and "
        yield between.join(dict.fromkeys([days[0], days[-1]])), profile
    if last > HOLIDAY:
        yield _DAYS[HOLIDAY], profiles[HOLIDAY]


def _day(profile: Sequence[int], bands: Sequence[str]) -> str:
    if len(set(profile)) == 1:
        return bands[profile[0]]
    spans = []
    start = 0
    for band, slots in groupby(profile):
        end = start + len(list(slots))
        spans.append(f"{_time(start, len(profile))}-{_time(end, len(profile))} {bands[band]}")
        start = end
    return ", ".join(spans)


def _time(slot: int, slots: int) -> str:
    hours, minutes = divmod(slot * 24 * 60 // slots, 60)
    return f"{hours:02}:{minutes:02}"


def _holidays(holidays: Holidays) -> str:
    place = " ".join(part for part in (holidays.country, holidays.subdivision) if part)
    named = ", ".join(day.isoformat() for day in sorted(holidays.named))
    return " and ".join(part for part in (place and f"those of {place}", named) if part)
