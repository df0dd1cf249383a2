"""The present: the latest interval and reading, today so far, the last 24 hours."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Q, Subquery

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.models import Register, RegisterReading
from lamplighter.metering.queries.intervals import blocks
from lamplighter.metering.queries.register_usage import dials_of

LOOKS_BACK_DAYS: Final = 7
"""How long ago the latest interval may be."""
DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNow:
    """A channel with intervals, as far as they are known."""

    channel: str
    flow: str
    unit: str
    latest: Decimal
    """Of the latest interval that is known."""
    latest_ends_at: datetime
    quality: str
    today: Decimal
    """Of the intervals known since local midnight."""
    last_24_hours: Decimal
    """Of the intervals known that began in the 24 hours before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterNow:
    """A register, and what it showed when it was read last."""

    meter: str
    channel: str
    flow: str
    unit: str
    shown: Decimal
    read_at: datetime
    quality: str


@dataclass(frozen=True, slots=True)
class _Interval:
    start: datetime
    end: datetime
    value: Decimal
    quality: Quality


def channels_now(
    zones: Mapping[UUID, ZoneInfo], *, at: datetime
) -> dict[UUID, tuple[ChannelNow, ...]]:
    """
    Tell the channels of usage points that have had intervals of late.

    :param zones: by whose clocks the days of each usage point begin
    """
    if not zones:
        return {}
    days = sorted(at.astimezone(zone).date() for zone in zones.values())
    table = blocks(
        usage_points=zones, days=(days[0] - timedelta(LOOKS_BACK_DAYS), days[-1] + timedelta(1))
    )
    rows: dict[tuple[UUID, str, str, str], list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        key = UUID(row["usage_point"]), row["channel"], row["flow"], row["unit"]
        rows.setdefault(key, []).append(row)
    found: dict[UUID, tuple[ChannelNow, ...]] = {}
    for (point, *names), some in sorted(rows.items()):
        now = _channel(names, some, zones[point], at=at)
        if now is not None:
            found[point] = (*found.get(point, ()), now)
    return found


def registers_now(usage_point_ids: Collection[UUID]) -> dict[UUID, tuple[RegisterNow, ...]]:
    """What the registers of the meters that hang at these usage points showed last."""
    readings = RegisterReading.objects.filter(
        register=OuterRef("pk"), at__gte=OuterRef("meter__installations__installed_at")
    )
    registers = (
        Register.objects.filter(
            Q(meter__installations__removed_at=None),
            meter__installations__usage_point__in=usage_point_ids,
        )
        .annotate(
            usage_point=F("meter__installations__usage_point"),
            latest=Subquery(readings.order_by("-at", "-recorded_at").values("id")[:1]),
        )
        .select_related("meter")
        .order_by("meter__serial", "channel")
    )
    shown = RegisterReading.objects.in_bulk([one.latest for one in registers if one.latest])
    found: dict[UUID, tuple[RegisterNow, ...]] = {}
    for register in registers:
        reading = shown.get(register.latest)
        if reading is not None:
            told = _register(register, reading)
            found[register.usage_point] = (*found.get(register.usage_point, ()), told)
    return found


def _register(register: Register, reading: RegisterReading) -> RegisterNow:
    return RegisterNow(
        meter=str(register.meter),
        channel=register.channel,
        flow=register.flow,
        unit=register.unit,
        shown=dials_of(register).shown(reading.count),
        read_at=reading.at,
        quality=Quality(reading.quality).name.lower(),
    )


def _channel(
    names: list[str], rows: list[dict[str, Any]], zone: ZoneInfo, *, at: datetime
) -> ChannelNow | None:
    intervals = [one for row in rows for one in intervals_of(row, zone) if one.start < at]
    known = [one for one in intervals if one.quality is not Quality.MISSING]
    if not known:
        return None
    latest = max(known, key=lambda one: one.end)
    midnight = datetime.combine(at.astimezone(zone).date(), time.min, zone).astimezone(UTC)
    channel, flow, unit = names
    return ChannelNow(
        channel=channel,
        flow=flow,
        unit=unit,
        latest=latest.value,
        latest_ends_at=latest.end,
        quality=latest.quality.name.lower(),
        today=sum((one.value for one in known if one.start >= midnight), Decimal(0)),
        last_24_hours=sum((one.value for one in known if one.start >= at - DAY), Decimal(0)),
    )


def intervals_of(row: Mapping[str, Any], zone: ZoneInfo) -> Iterator[_Interval]:
    """The intervals of a block, a local day, one after the other as time really passes."""
    start = datetime.combine(row["local_day"], time.min, zone).astimezone(UTC)
    step = timedelta(seconds=row["step_s"])
    for n, (value, quality) in enumerate(zip(row["values"], row["quality"], strict=True)):
        began = start + n * step
        yield _Interval(
            began, began + step, Decimal(value).scaleb(row["exponent"]), Quality(quality)
        )
