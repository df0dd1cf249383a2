"""Which meters are where."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from lamplighter.kernel import Period, Place, Refusal
from lamplighter.metering.domain.registers import RegisterPlan
from lamplighter.metering.models import Installation, Register
from lamplighter.metering.queries.register_usage import dials_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledMeter:
    """A meter at a usage point, and for how long."""

    meter_id: UUID
    make: str
    serial: str
    commodity: str
    installed_at: datetime
    removed_at: datetime | None
    """None while it is there."""
    registers: tuple[RegisterPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReading:
    """A register, and what it showed when it was read last."""

    channel: str
    unit: str
    dials: int
    decimals: int
    read_at: datetime | None
    """None: it has not been read where it is."""
    shown: Decimal | None


class MeterNotThere(Refusal):
    """There is no such meter at this place."""

    status = 404


def meters_at(*, usage_point_id: UUID, period: Period) -> tuple[InstalledMeter, ...]:
    """Every meter that was at a usage point at some time of the period, the earliest first."""
    return meters_at_points([usage_point_id], period=period).get(usage_point_id, ())


def meters_at_points(
    usage_point_ids: Collection[UUID], *, period: Period
) -> dict[UUID, tuple[InstalledMeter, ...]]:
    """Every meter that was at each of these usage points at some time of the period."""
    found = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=period.start),
        usage_point_id__in=usage_point_ids,
        installed_at__lt=period.end,
    )
    meters: dict[UUID, list[InstalledMeter]] = defaultdict(list)
    for one in (
        found.select_related("meter")
        .prefetch_related("meter__registers")
        .order_by("installed_at", "id")
    ):
        meters[one.usage_point_id].append(_installed(one))
    return {point_id: tuple(some) for point_id, some in meters.items()}


def _installed(one: Installation) -> InstalledMeter:
    return InstalledMeter(
        meter_id=one.meter_id,
        make=one.meter.make,
        serial=one.meter.serial,
        commodity=one.meter.commodity,
        installed_at=one.installed_at,
        removed_at=one.removed_at,
        registers=tuple(
            RegisterPlan(
                channel=register.channel,
                flow=register.flow,
                unit=register.unit,
                dials=dials_of(register),
            )
            for register in one.meter.registers.all()
        ),
    )


def usage_points_with_meter(serial: str) -> tuple[UUID, ...]:
    """Every usage point at which a meter of this serial number is, or was, whoever made it."""
    found = Installation.objects.filter(meter__serial=serial).order_by("installed_at", "id")
    return tuple(dict.fromkeys(found.values_list("usage_point_id", flat=True)))


def meters_of(*, usage_point_ids: Collection[UUID], at: datetime) -> dict[UUID, tuple[UUID, ...]]:
    """The meters that hang at each of these usage points at an instant."""
    found = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=at),
        usage_point__in=usage_point_ids,
        installed_at__lte=at,
    )
    result: dict[UUID, tuple[UUID, ...]] = {}
    for point, meter in found.order_by("installed_at", "id").values_list(
        "usage_point_id", "meter_id"
    ):
        result[point] = (*result.get(point, ()), meter)
    return result


def last_readings(*, meter_id: UUID) -> tuple[LastReading, ...]:
    """
    What each register of a meter showed when it was read last where the meter is now.

    :raises MeterNotThere: if it is installed nowhere
    """
    here = Installation.objects.filter(meter_id=meter_id, removed_at=None).first()
    if here is None:
        raise MeterNotThere(places=(Place(field="meter_id"),))
    registers = Register.objects.filter(meter_id=meter_id).order_by("channel")
    return tuple(_last_reading(register, here) for register in registers)


def meter_with_channel(*, usage_point_id: UUID, channel: str, at: datetime) -> InstalledMeter:
    """
    The meter that measures a channel of a usage point at an instant.

    :raises MeterNotThere: if there is none
    """
    period = Period(at, at + timedelta(microseconds=1))
    for meter in reversed(meters_at(usage_point_id=usage_point_id, period=period)):
        if any(register.channel == channel for register in meter.registers):
            return meter
    raise MeterNotThere(
        f"No meter with a register {channel!r} was there at {at:%Y-%m-%d %H:%M %Z}.",
        places=(Place(field="channel"),),
    )


def _last_reading(register: Register, here: Installation) -> LastReading:
    dials = dials_of(register)
    last = (
        register.readings.filter(at__gte=here.installed_at).order_by("-at", "-recorded_at").first()
    )
    return LastReading(
        channel=register.channel,
        unit=register.unit,
        dials=dials.dials,
        decimals=dials.decimals,
        read_at=None if last is None else last.at,
        shown=None if last is None else dials.shown(last.count),
    )
