"""What was used, going by what registers showed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db.models import Q

from lamplighter.kernel import Period, Quantity
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import DialReading, Dials, steps_between
from lamplighter.metering.models import Installation, Register, RegisterReading


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUsage:
    """What passed a register from one reading to the next one."""

    meter_id: UUID
    flow: str
    period: Period
    """From the earlier reading to the later one."""
    used: Quantity
    """In the register's unit, multiplier included, not rounded."""
    quality: Quality
    """Of the less trustworthy of the two readings."""


_LEAST_TRUSTED_FIRST: Final = (
    Quality.ESTIMATED,
    Quality.SUBSTITUTED,
    Quality.MANUAL,
    Quality.ACTUAL,
)


def register_usage(
    *, usage_point_id: UUID, channel: str, period: Period, as_of: datetime | None = None
) -> tuple[RegisterUsage, ...]:
    """
    Tell what passed a channel between the readings of a period, reading by reading, in order.

    Readings at the period's very start and end belong to it. After an exchange the new meter's
    readings follow the old one's. Nothing is shared out over time: before the first reading and
    after the last one nothing is known.

    :param as_of: go by the readings as they were known then
    """
    installations = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=period.start),
        usage_point_id=usage_point_id,
        installed_at__lt=period.end,
    )
    return tuple(
        usage
        for installation in installations.order_by("installed_at")
        for register in Register.objects.filter(meter_id=installation.meter_id, channel=channel)
        for usage in _usage(register, readings_of(register, installation, period, as_of))
    )


def dials_of(register: Register) -> Dials:
    return Dials(dials=register.dials, decimals=register.decimals, multiplier=register.multiplier)


def as_dial_reading(reading: RegisterReading) -> DialReading:
    return DialReading(
        at=reading.at,
        count=reading.count,
        rolled_over=reading.rolled_over,
        quality=Quality(reading.quality),
    )


def readings_of(
    register: Register, installation: Installation, period: Period, as_of: datetime | None
) -> list[DialReading]:
    """What a register showed in a period, while its meter hung there."""
    end = min(period.end, installation.removed_at or period.end)
    found = register.readings.filter(
        at__gte=max(period.start, installation.installed_at), at__lte=end
    )
    if as_of is not None:
        found = found.filter(recorded_at__lte=as_of)
    # Of each instant the version recorded last is the one that stays.
    versions = {reading.at: reading for reading in found.order_by("at", "recorded_at")}
    return [as_dial_reading(reading) for reading in versions.values()]


def _usage(register: Register, readings: list[DialReading]) -> Iterator[RegisterUsage]:
    dials = dials_of(register)
    for earlier, later in pairwise(readings):
        steps = steps_between(earlier, later, dials=dials)
        yield RegisterUsage(
            meter_id=register.meter_id,
            flow=register.flow,
            period=Period(earlier.at, later.at),
            used=Quantity(dials.quantity(steps), register.unit),
            quality=least_trusted(earlier.quality, later.quality),
        )


def least_trusted(*qualities: Quality) -> Quality:
    return next(one for one in _LEAST_TRUSTED_FIRST if one in qualities)
