"""The clocks of a native tariff document: seasons, day types, and the times of each band."""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lamplighter.tariffs.adapters.native_fields import Fields, path_of
from lamplighter.tariffs.adapters.native_words import (
    DAY_TYPES,
    OTHER_TIMES,
    SLOT_MINUTES,
    SLOTS,
    time_of,
)
from lamplighter.tariffs.domain.clock import (
    ALWAYS,
    HOLIDAY,
    Holidays,
    SeasonalClock,
    SeasonDays,
)
from lamplighter.tariffs.domain.refusals import (
    HourWithoutBand,
    InvalidTariff,
    OverlappingBands,
    OverlappingSeasons,
    UnknownName,
)

_TIMES: Final = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_COUNTRY: Final = re.compile(r"[A-Z]{2,3}")
_MONTH_DAY: Final = re.compile(r"([0-9]{2})-([0-9]{2})")
_DAYS_IN: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Day = tuple[int | None, ...]
"""The band of each slot, or None where there is none."""


@dataclass(frozen=True, slots=True)
class _Season:
    fields: Fields
    start: tuple[int, int]
    name: str
    days: dict[int, Day]


def read_clock(fields: Fields) -> SeasonalClock | None:
    """
    A clock. Where it has mistakes, one with the same bands, so that rates can still be checked
    against them; None if not even those can be read.
    """
    before = len(fields.mistakes)
    bands = fields.texts("bands")
    holidays = _holidays(fields.object("holidays")) if "holidays" in fields else Holidays()
    parts = fields.objects("seasons")
    alone = len(parts) == 1
    seasons = [_season(part, bands, alone=alone) for part in parts if not part.broken]
    fields.done()
    _check_starts(seasons)
    for season in seasons:
        _check_holidays(season, holidays)
        _check_gaps(season, holidays)
    if fields.broken or not seasons or len(fields.mistakes) > before:
        return SeasonalClock(bands, ((0,),), ALWAYS.seasons) if bands else None
    return SeasonalClock.of(bands, [*_in_order(seasons)], holidays)


def _in_order(seasons: Sequence[_Season]) -> Iterator[SeasonDays]:
    for season in sorted(seasons, key=lambda season: season.start):
        days = tuple(
            tuple(band for band in season.days.get(day, season.days[0]) if band is not None)
            for day in range(HOLIDAY + 1)
        )
        yield SeasonDays(*season.start, days, season.name)


def _season(fields: Fields, bands: Sequence[str], *, alone: bool) -> _Season:
    name = fields.text("name", "")
    start = _month_day(fields, "01-01" if alone else None)
    days: dict[int, Day] = {}
    for day_type, numbers in DAY_TYPES.items():
        if day_type in fields:
            path = path_of(fields.path, day_type)
            day = _day(fields, path, fields.take(day_type), bands)
            days.update(dict.fromkeys(numbers, day))
        fields.take(day_type)
    fields.done()
    return _Season(fields, start, name, days)


def _month_day(fields: Fields, default: str | None) -> tuple[int, int]:
    written = fields.text("from", default)
    found = _MONTH_DAY.fullmatch(written)
    month, day = (int(found[1]), int(found[2])) if found else (0, 0)
    if 1 <= month <= 12 and 1 <= day <= _DAYS_IN[month - 1]:
        return month, day
    if "from" in fields:
        fields.wrong("from", f"{written[:40]!r} is not a day of the year.", remedy="Use 06-15.")
    return 0, 0


def _day(fields: Fields, path: str, value: object, bands: Sequence[str]) -> Day:
    """How one day goes: a band's name, or the times of each band."""
    if isinstance(value, str):
        value = {value: ["00:00-24:00"]}
    times = Fields.of(value, path, fields.mistakes)
    slots: list[int | None] = [None] * SLOTS
    rest: int | None = None
    for name in map(str, times):
        here = path_of(path, name)
        spans = times.take(name)
        if name not in bands:
            detail = f"There is no band {name[:40]!r}."
            remedy = f"They are: {', '.join(bands)}."
            fields.mistakes.add(UnknownName, here, detail, remedy=remedy)
        elif spans == OTHER_TIMES:
            if rest is not None:
                detail = f"{bands[rest]} has all other times already."
                fields.mistakes.add(OverlappingBands, here, detail)
            rest = bands.index(name)
        else:
            for span in spans if isinstance(spans, list) else [spans]:
                _fill(fields, here, span, bands, bands.index(name), slots)
    return tuple(rest if slot is None else slot for slot in slots)


def _fill(
    fields: Fields,
    path: str,
    span: object,
    bands: Sequence[str],
    band: int,
    slots: list[int | None],
) -> None:
    found = _TIMES.fullmatch(span) if isinstance(span, str) else None
    start, end = (_slot(found[1], found[2]), _slot(found[3], found[4])) if found else (None, None)
    if start is None or end is None:
        fields.mistakes.add(
            InvalidTariff, path, f"{str(span)[:40]!r} is not a time of the day.",
            remedy=f"Write 07:00-15:30, in steps of five minutes, or {OTHER_TIMES!r}.",
        )  # fmt: skip
        return
    if start >= end:
        fields.mistakes.add(
            InvalidTariff, path, f"{span} does not end after it begins.",
            remedy=f"Write {str(span)[:5]}-24:00 and 00:00-{str(span)[6:]}.",
        )  # fmt: skip
        return
    taken = {slots[n] for n in range(start, end)} - {None}
    for other in sorted(number for number in taken if number is not None):
        detail = f"{span} is {bands[other]} already."
        fields.mistakes.add(OverlappingBands, path, detail)
    slots[start:end] = [band] * (end - start)


def _slot(hour: str, minute: str) -> int | None:
    minutes = int(hour) * 60 + int(minute)
    fits = int(minute) < 60 and minutes <= 24 * 60 and minutes % SLOT_MINUTES == 0
    return minutes // SLOT_MINUTES if fits else None


def _check_starts(seasons: Sequence[_Season]) -> None:
    begun: dict[tuple[int, int], str] = {}
    for season in seasons:
        if season.start != (0, 0) and season.start in begun:
            detail = f"A season begins on this day already: {begun[season.start] or 'unnamed'}."
            season.fields.wrong("from", detail, reason=OverlappingSeasons)
        begun[season.start] = season.name


def _check_holidays(season: _Season, holidays: Holidays) -> None:
    if "holiday" in season.fields and holidays == Holidays():
        season.fields.wrong(
            "holiday",
            "It says what holds on holidays, and the clock does not say which days those are.",
            remedy='State "holidays" of the clock.',
        )


def _check_gaps(season: _Season, holidays: Holidays) -> None:
    """Name every stretch of every day type that belongs to no band."""
    names = [f"{name}s" for name in calendar.day_name] + ["holidays"]
    gaps: dict[str, list[str]] = {}
    for day in range(HOLIDAY + (holidays != Holidays())):
        for span in _empty(season.days.get(day, (None,) * SLOTS)):
            gaps.setdefault(span, []).append(names[day])
    for span, days in gaps.items():
        which = " and ".join(_together(days, names)) + (f" in {season.name}" if season.name else "")
        detail = f"No band has {which}, {span}."
        season.fields.mistakes.add(HourWithoutBand, season.fields.path, detail)


def _empty(day: Day) -> Iterator[str]:
    start = None
    for slot, band in enumerate((*day, 0)):
        if band is None and start is None:
            start = slot
        elif band is not None and start is not None:
            yield f"{time_of(start)}-{time_of(slot)}"
            start = None


def _together(days: Sequence[str], names: Sequence[str]) -> list[str]:
    """Monday to Friday as one word."""
    if not set(names[:5]) <= set(days):
        return list(days)
    return ["weekdays", *(day for day in days if day not in names[:5])]


def _holidays(fields: Fields) -> Holidays:
    country, subdivision = fields.optional_text("country"), fields.optional_text("subdivision")
    dates = fields.items("dates") if "dates" in fields else Fields({}, "", fields.mistakes)
    named = frozenset(day for n in dates if (day := dates.day(n)) is not None)
    fields.done()
    if country is None and not named:
        fields.wrong("country", "It names neither a country nor dates.")
    elif country is None and subdivision:
        fields.wrong("subdivision", "It names a part of no country.")
    elif country and not _is_known(country, subdivision):
        place = f"{country} {subdivision}" if subdivision else country
        fields.wrong("country", f"The holidays of {place} are not known.", reason=UnknownName)
    return Holidays(country, subdivision, named)


def _is_known(country: str, subdivision: str | None) -> bool:
    from holidays import country_holidays

    if not _COUNTRY.fullmatch(country):
        return False
    try:
        country_holidays(country, subdiv=subdivision, years=2025)
    except NotImplementedError:
        return False
    return True
