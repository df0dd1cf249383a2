"""Usage over time: in intervals, hours, days, months, years, as local clocks cut them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.queries.intervals import blocks
from lamplighter.metering.queries.register_days import register_days
from lamplighter.metering.queries.usage_now import intervals_of

HOUR_S: Final = 3600


class Resolution(StrEnum):
    """How finely usage is told."""

    INTERVAL = "interval"
    """As it was measured. Only where there are interval readings."""
    HOUR = "hour"
    """Only where there are interval readings."""
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


DAYS_MAX: Final[Mapping[Resolution, int]] = {
    Resolution.INTERVAL: 31,
    Resolution.HOUR: 92,
    Resolution.DAY: 800,
    Resolution.MONTH: 3700,
    Resolution.YEAR: 3700,
}
"""How many days can be asked for at once."""


class PeriodTooLong(Refusal):
    """So many days are too many at this resolution."""


class PeriodBackwards(Refusal):
    """A period ends after it begins."""


@dataclass(slots=True)
class UsagePart:
    """What passed one channel in an hour, a day, …"""

    channel: str
    flow: str
    unit: str
    start: datetime
    end: datetime
    quantity: Decimal = Decimal(0)
    qualities: dict[str, int] = field(default_factory=dict)
    """
    How many intervals have each quality; of registers, how many days were `shared` out between
    readings.
    """

    def add(self, quantity: Decimal, quality: str) -> None:
        self.quantity += quantity
        self.qualities[quality] = self.qualities.get(quality, 0) + 1


def check_days(days: tuple[date, date], resolution: Resolution) -> None:
    """
    :raises PeriodBackwards: if the first day is not before the one after the last
    :raises PeriodTooLong: if there are more of them than can be told at once
    """
    count = (days[1] - days[0]).days
    if count < 1:
        raise PeriodBackwards(places=(Place(field="before"),))
    if count > DAYS_MAX[resolution]:
        raise PeriodTooLong(
            f"It is {count} days, and at most {DAYS_MAX[resolution]} can be told.",
            remedy="Ask for less at once, or for longer parts.",
            places=(Place(field="before"),),
        )


def usage_over(
    *, usage_point_id: UUID, days: tuple[date, date], zone: ZoneInfo, resolution: Resolution
) -> list[UsagePart]:
    """
    Tell what passed a usage point, channel by channel, the earliest first.

    By interval readings where there are any in these days, else by its registers' readings, whose
    differences are shared out over days. Days of which nothing is known are left out.

    :param days: the first one, and the one after the last, by the point's own clocks
    """
    rows = blocks(usage_points=[usage_point_id], days=days).to_pylist()
    if rows:
        parts = _by_intervals(rows, zone, resolution)
    elif resolution in (Resolution.INTERVAL, Resolution.HOUR):
        parts = []
    else:
        parts = _by_registers(usage_point_id, days, zone, resolution)
    return sorted(parts, key=lambda part: (part.channel, part.flow, part.unit, part.start))


def _by_intervals(
    rows: Iterable[Mapping[str, Any]], zone: ZoneInfo, resolution: Resolution
) -> list[UsagePart]:
    parts: dict[tuple[str, str, str, datetime], UsagePart] = {}
    for row in rows:
        names = row["channel"], row["flow"], row["unit"]
        for start, end, quantity, quality in _pieces(row, zone, resolution):
            part = parts.get((*names, start))
            if part is None:
                part = parts[*names, start] = UsagePart(*names, start, end)
            part.add(quantity, quality.name.lower())
    return list(parts.values())


def _pieces(
    row: Mapping[str, Any], zone: ZoneInfo, resolution: Resolution
) -> Iterator[tuple[datetime, datetime, Decimal, Quality]]:
    """The intervals of a block, each with the span of the part that it belongs to."""
    whole = None if _is_finer(resolution) else span_of(row["local_day"], zone, resolution)
    for one in intervals_of(row, zone):
        if whole is not None:
            start, end = whole
        elif resolution is Resolution.HOUR and row["step_s"] < HOUR_S:
            start = one.start.replace(minute=0, second=0)
            end = start + timedelta(hours=1)
        else:
            start, end = one.start, one.end
        yield start, end, one.value, one.quality


def _by_registers(
    usage_point_id: UUID, days: tuple[date, date], zone: ZoneInfo, resolution: Resolution
) -> list[UsagePart]:
    parts: dict[tuple[str, str, str, datetime], UsagePart] = {}
    for channel in register_days(usage_point_id=usage_point_id, days=days, zone=zone):
        names = channel.channel, channel.flow, channel.unit
        for day in channel.days:
            if not day.measured:
                continue
            start, end = span_of(day.day, zone, resolution)
            part = parts.setdefault((*names, start), UsagePart(*names, start, end))
            part.add(day.used, "shared")
    return list(parts.values())


def _is_finer(resolution: Resolution) -> bool:
    return resolution in (Resolution.INTERVAL, Resolution.HOUR)


def span_of(day: date, zone: ZoneInfo, resolution: Resolution) -> tuple[datetime, datetime]:
    """The local day, month or year of a day: a day has 23, 24 or 25 hours."""
    first, after = day, day + timedelta(1)
    if resolution is Resolution.MONTH:
        first = day.replace(day=1)
        after = (first + timedelta(32)).replace(day=1)
    elif resolution is Resolution.YEAR:
        first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    start, end = (datetime.combine(one, time.min, zone).astimezone(UTC) for one in (first, after))
    return start, end
