"""The 12 x 24 schedules of a URDB record as clocks."""

from collections.abc import Sequence

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.urdb_values import Record, decimal, listed, within
from lamplighter.tariffs.domain.clock import SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.refusals import HourWithoutBand, InvalidTariff

Table = Sequence[tuple[int, ...]]
"""The bands of the hours of each month."""


def urdb_clock(fields: Record, what: str, at: Place) -> SeasonalClock:
    """
    The clock of `{what}weekdayschedule` and `{what}weekendschedule`.

    URDB knows no holidays: they follow their weekday.
    """
    bands = len(fields[f"{what}ratestructure"])
    weekday = _table(fields, f"{what}weekdayschedule", bands, at)
    weekend = _table(fields, f"{what}weekendschedule", bands, at)
    return _by_month(bands, weekday, weekend)


def monthly_clock(fields: Record, at: Place) -> SeasonalClock:
    """The clock of `flatdemandmonths`: one band a month."""
    if "flatdemandmonths" not in fields:
        raise InvalidTariff(
            "It has flat demand rates and does not say which month has which.",
            places=(within(at, "flatdemandmonths"),),
        )
    bands = len(fields["flatdemandstructure"])
    months = listed(fields["flatdemandmonths"], "flatdemandmonths", 12, at)
    table = [(band,) for band in _numbers(months, bands, "flatdemandmonths", at)]
    return _by_month(bands, table, table)


def coincident_clock(fields: Record, at: Place) -> SeasonalClock:
    """The clock of the coincident schedule, which has had several names: all days alike."""
    names = ("coincidentschedule", "coincidentratesched", "coincidentrateschedule")
    field = next((name for name in names if name in fields), names[0])
    bands = len(fields["coincidentratestructure"])
    table = _table(fields, field, bands, at)
    return _by_month(bands, table, table)


def _by_month(bands: int, weekday: Table, weekend: Table) -> SeasonalClock:
    names = tuple(f"band {n}" for n in range(bands)) if bands > 1 else ("all hours",)
    seasons = [
        SeasonDays(month, 1, (work,) * 5 + (rest,) * 2 + (work,))
        for month, (work, rest) in enumerate(zip(weekday, weekend, strict=True), start=1)
    ]
    return SeasonalClock.of(names, seasons)


def _table(fields: Record, field: str, bands: int, at: Place) -> Table:
    if field not in fields:
        raise HourWithoutBand(f"The record has no {field}.", places=(within(at, field),))
    table = listed(fields[field], field, 12, at)
    return [
        _numbers(listed(hours, f"{field}[{month}]", 24, at), bands, f"{field}[{month}]", at)
        for month, hours in enumerate(table)
    ]


def _numbers(values: list[object], bands: int, field: str, at: Place) -> tuple[int, ...]:
    """The numbers of bands."""
    return tuple(
        value
        if type(value) is int and 0 <= value < bands
        else _band(value, bands, f"{field}[{n}]", at)
        for n, value in enumerate(values)
    )


def _band(value: object, bands: int, field: str, at: Place) -> int:
    number = decimal(value, field, at)
    if number < 0 or number != int(number):
        raise InvalidTariff(f"{number} is not the number of a band.", places=(within(at, field),))
    if number >= bands:
        raise HourWithoutBand(
            f"Band {number} has no rates: there are {bands}, counted from 0.",
            places=(within(at, field),),
        )
    return int(number)
