"""The 12 x 24 schedules of a URDB record as clocks."""

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.urdb_values import Record, listed, within
from lamplighter.tariffs.domain.clock import Season, SeasonalClock
from lamplighter.tariffs.domain.refusals import HourWithoutBand, InvalidTariff


def urdb_clock(fields: Record, what: str, at: Place) -> SeasonalClock:
    """
    The clock of `{what}weekdayschedule` and `{what}weekendschedule`.

    URDB knows no holidays: they follow their weekday.
    """
    bands = len(fields[f"{what}ratestructure"])
    weekday = _table(fields, f"{what}weekdayschedule", bands, at)
    weekend = _table(fields, f"{what}weekendschedule", bands, at)
    profiles: dict[tuple[int, ...], int] = {}
    seasons = []
    for month in range(12):
        work = profiles.setdefault(weekday[month], len(profiles))
        rest = profiles.setdefault(weekend[month], len(profiles))
        seasons.append(Season(month + 1, 1, (work, work, work, work, work, rest, rest, work)))
    return SeasonalClock(_names(bands), tuple(profiles), tuple(seasons))


def monthly_clock(fields: Record, at: Place) -> SeasonalClock:
    """The clock of `flatdemandmonths`: one band a month."""
    if "flatdemandmonths" not in fields:
        raise InvalidTariff(
            "It has flat demand rates and does not say which month has which.",
            places=(within(at, "flatdemandmonths"),),
        )
    bands = len(fields["flatdemandstructure"])
    months = listed(fields["flatdemandmonths"], "flatdemandmonths", 12, at)
    numbers = [_band(b, bands, f"flatdemandmonths[{m}]", at) for m, b in enumerate(months)]
    seasons = tuple(Season(m + 1, 1, (b, b, b, b, b, b, b, b)) for m, b in enumerate(numbers))
    return SeasonalClock(_names(bands), tuple((b,) for b in range(bands)), seasons)


def coincident_clock(fields: Record, at: Place) -> SeasonalClock:
    """The clock of `coincidentschedule` (in version 8 `coincidentRateSched`): all days alike."""
    field = "coincidentschedule" if "coincidentschedule" in fields else "coincidentratesched"
    bands = len(fields["coincidentratestructure"])
    table = _table(fields, field, bands, at)
    seasons = tuple(Season(m + 1, 1, (m, m, m, m, m, m, m, m)) for m in range(12))
    return SeasonalClock(_names(bands), tuple(table), seasons)


def _table(fields: Record, field: str, bands: int, at: Place) -> list[tuple[int, ...]]:
    if field not in fields:
        raise HourWithoutBand(f"The record has no {field}.", places=(within(at, field),))
    table = listed(fields[field], field, 12, at)
    return [
        tuple(
            _band(band, bands, f"{field}[{month}][{hour}]", at)
            for hour, band in enumerate(listed(hours, f"{field}[{month}]", 24, at))
        )
        for month, hours in enumerate(table)
    ]


def _band(value: object, bands: int, field: str, at: Place) -> int:
    written = str(value)
    if isinstance(value, bool) or not written.isascii() or not written.isdigit():
        raise InvalidTariff(
            f"{written[:40]!r} is not the number of a band.", places=(within(at, field),)
        )
    if int(written) >= bands:
        raise HourWithoutBand(
            f"Band {written} has no rates: there are {bands}, counted from 0.",
            places=(within(at, field),),
        )
    return int(written)


def _names(bands: int) -> tuple[str, ...]:
    return tuple(f"band {n}" for n in range(bands)) if bands > 1 else ("all hours",)
