"""Which meters are where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from lamplighter.kernel import Period
from lamplighter.metering.domain.registers import RegisterPlan
from lamplighter.metering.models import Installation
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


def meters_at(*, usage_point_id: UUID, period: Period) -> tuple[InstalledMeter, ...]:
    """Every meter that was at a usage point at some time of the period, the earliest first."""
    found = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gt=period.start),
        usage_point_id=usage_point_id,
        installed_at__lt=period.end,
    )
    return tuple(
        InstalledMeter(
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
        for one in found.select_related("meter")
        .prefetch_related("meter__registers")
        .order_by("installed_at", "id")
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
