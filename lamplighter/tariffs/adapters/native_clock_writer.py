"""Clocks as native tariff documents write them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lamplighter.tariffs.adapters.native_words import DAY_TYPES, SLOTS, time_of
from lamplighter.tariffs.domain.clock import HOLIDAY, Clock, Holidays, Season, SeasonalClock


def clock_document(clock: Clock) -> dict[str, Any]:
    """
    The document of a clock.

    :raises TypeError: if it is a clock that is worked out, not written down
    """
    if not isinstance(clock, SeasonalClock):
        msg = f"a {type(clock).__name__} is worked out for a bill, and not written down"
        raise TypeError(msg)
    document: dict[str, Any] = {"bands": list(clock.bands)}
    if clock.holidays != Holidays():
        document["holidays"] = _holidays(clock.holidays)
    document["seasons"] = [_season(season, clock) for season in clock.seasons]
    return document


def _holidays(holidays: Holidays) -> dict[str, Any]:
    found = {
        "country": holidays.country,
        "subdivision": holidays.subdivision,
        "dates": [day.isoformat() for day in sorted(holidays.named)] or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _season(season: Season, clock: SeasonalClock) -> dict[str, Any]:
    document: dict[str, Any] = {"name": season.name} if season.name else {}
    document["from"] = f"{season.from_month:02}-{season.from_day:02}"
    days = HOLIDAY if clock.holidays == Holidays() else HOLIDAY + 1
    left = set(range(days))
    for day_type, numbers in DAY_TYPES.items():
        profiles = {season.profiles[number] for number in numbers if number < days}
        if len(profiles) == 1 and left.issuperset(n for n in numbers if n < days):
            document[day_type] = _day(clock.profiles[profiles.pop()], clock.bands)
            left -= set(numbers)
    return document


def _day(profile: Sequence[int], bands: Sequence[str]) -> str | dict[str, Any]:
    """The band of the whole day, or the times of each band."""
    if SLOTS % len(profile):
        msg = f"{len(profile)} slots a day are no steps of five minutes"
        raise TypeError(msg)
    if len(set(profile)) == 1:
        return bands[profile[0]]
    width = SLOTS // len(profile)
    spans: dict[str, list[str]] = {}
    start = 0
    for band, slots in groupby(profile):
        end = start + width * len(list(slots))
        spans.setdefault(bands[band], []).append(f"{time_of(start)}-{time_of(end)}")
        start = end
    return {name: times if len(times) > 1 else times[0] for name, times in spans.items()}
