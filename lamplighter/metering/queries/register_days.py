"""What registers say of local days: for usage points that have no interval readings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db.models import Q

from lamplighter.kernel import Period
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.daily_usage import DayUsage, Passed, daily_usage
from lamplighter.metering.domain.registers import Dials, steps_between
from lamplighter.metering.models import Installation, Register
from lamplighter.metering.queries.register_usage import dials_of, least_trusted, readings_of

LOOKS_BACK: Final = timedelta(days=800)
"""How far before the first wanted day readings are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Two readings of a register, and what passed it between them."""

    meter: str
    channel: str
    unit: str
    period: Period
    from_shown: Decimal
    to_shown: Decimal
    used: Decimal
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDays:
    """The wanted days of one channel."""

    channel: str
    flow: str
    unit: str
    days: tuple[DayUsage, ...]
    between: tuple[Between, ...]
    """The readings that they go by, the earliest first."""


def register_days(
    *,
    usage_point_id: UUID,
    days: tuple[date, date],
    zone: tzinfo,
    as_of: datetime | None = None,
) -> tuple[RegisterDays, ...]:
    """
    Share what passed between readings out over local days, channel by channel.

    Days before the first reading are left out; those after the last one go on as before.

    :param days: the first one, and the one after the last
    :param as_of: go by the readings as they were known then
    """
    first, after = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in days)
    # The reading that ends the last day may be taken some days after it.
    span = Period(first - LOOKS_BACK, after + LOOKS_BACK)
    found: dict[tuple[str, str, str], list[Between]] = {}
    finest: dict[tuple[str, str, str], int] = {}
    for register, dials, between in _between(usage_point_id, span, as_of):
        key = register.channel, register.flow, register.unit
        found.setdefault(key, []).append(between)
        finest[key] = min(finest.get(key, 0), _exponent(dials))
    return tuple(
        RegisterDays(
            channel=channel,
            flow=flow,
            unit=unit,
            days=daily_usage(
                [Passed(one.period, one.used) for one in between],
                first_day=days[0],
                after_last=days[1],
                zone=zone,
                exponent=finest[channel, flow, unit],
            ),
            between=_those_around(between, first, after),
        )
        for (channel, flow, unit), between in found.items()
    )


def _between(
    usage_point_id: UUID, span: Period, as_of: datetime | None
) -> Iterator[tuple[Register, Dials, Between]]:
    installations = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=span.start),
        usage_point_id=usage_point_id,
        installed_at__lt=span.end,
    )
    for installation in installations.select_related("meter").order_by("installed_at"):
        for register in installation.meter.registers.order_by("channel"):
            dials = dials_of(register)
            readings = readings_of(register, installation, span, as_of)
            for earlier, later in pairwise(readings):
                steps = steps_between(earlier, later, dials=dials)
                yield (
                    register,
                    dials,
                    Between(
                        meter=str(installation.meter.serial),
                        channel=register.channel,
                        unit=register.unit,
                        period=Period(earlier.at, later.at),
                        from_shown=dials.shown(earlier.count),
                        to_shown=dials.shown(later.count),
                        used=dials.quantity(steps),
                        quality=least_trusted(earlier.quality, later.quality),
                    ),
                )


def _exponent(dials: Dials) -> int:
    exponent = dials.quantity(1).normalize().as_tuple().exponent
    return min(int(exponent), 0)


def _those_around(between: list[Between], first: datetime, after: datetime) -> tuple[Between, ...]:
    """Those that overlap the days, else the latest before them."""
    inside = [one for one in between if one.period.start < after and first < one.period.end]
    return tuple(inside or between[-1:])
