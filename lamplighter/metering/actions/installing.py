"""Putting a meter on the wall and taking it off: what installing, removing and exchanging share."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from lamplighter.customers import queries as customers
from lamplighter.kernel import Place, Refusal
from lamplighter.metering.events import MeterInstalled, MeterRemoved
from lamplighter.metering.models import Installation, Meter, RegisterReading
from lamplighter.metering.queries.meter_lists import MeterUnknown
from lamplighter.platform import outbox


class MeterNotInstalled(Refusal):
    """This meter is not installed."""

    status = 409


class MeterAlreadyInstalled(Refusal):
    """A meter is in one place at a time."""

    status = 409


class ChannelAlreadyMeasured(Refusal):
    """Another meter measures this channel of the usage point at that time."""

    status = 409


class CommodityDiffers(Refusal):
    """A meter measures what its usage point delivers."""


class InTheFuture(Refusal):
    """This has not happened yet."""


class RemovedBeforeInstalled(Refusal):
    """A meter is removed after it was installed."""


class ReadAfterRemoval(Refusal):
    """The meter was read at this place later than that."""

    status = 409


def locked_meter(meter_id: UUID) -> Meter:
    """
    Hold a meter until the transaction is over: two who change where it is, or what it showed, do
    so one after the other.
    """
    meter = Meter.objects.select_for_update().filter(id=meter_id).first()
    if meter is None:
        raise MeterUnknown(places=(Place(field="meter_id"),))
    return meter


def check_happened(when: datetime, *, at: datetime, field: str, row: int | None = None) -> None:
    if when > at:
        raise InTheFuture(
            f"{when:%Y-%m-%d %H:%M %Z} is later than now.", places=(Place(row=row, field=field),)
        )


def put_up(
    meter: Meter, *, usage_point_id: UUID, installed_at: datetime, at: datetime
) -> Installation:
    """Install a locked meter, and tell."""
    check_happened(installed_at, at=at, field="installed_at")
    usage_point = customers.usage_point_of_id(usage_point_id)
    if usage_point.commodity != meter.commodity:
        raise CommodityDiffers(
            f"{usage_point.reference} delivers {usage_point.commodity}, and the meter {meter}"
            f" measures {meter.commodity}."
        )
    _check_free(meter, usage_point_id=usage_point_id, from_=installed_at)
    installation = Installation.objects.create(
        meter=meter, usage_point_id=usage_point_id, installed_at=installed_at
    )
    outbox.publish(
        MeterInstalled(meter_id=meter.id, usage_point_id=usage_point_id, installed_at=installed_at),
        at=at,
    )
    return installation


def take_down(meter: Meter, *, removed_at: datetime, at: datetime) -> Installation:
    """Remove a locked meter from where it is, and tell."""
    check_happened(removed_at, at=at, field="removed_at")
    installation = Installation.objects.filter(meter=meter, removed_at=None).first()
    if installation is None:
        raise MeterNotInstalled(f"{meter} is not installed.", places=(Place(field="meter_id"),))
    if removed_at <= installation.installed_at:
        raise RemovedBeforeInstalled(
            f"{meter} was installed at {installation.installed_at:%Y-%m-%d %H:%M %Z}.",
            places=(Place(field="removed_at"),),
        )
    later = RegisterReading.objects.filter(register__meter=meter, at__gt=removed_at).first()
    if later is not None:
        raise ReadAfterRemoval(
            f"{meter} was read at {later.at:%Y-%m-%d %H:%M %Z}.",
            places=(Place(field="removed_at"),),
        )
    installation.removed_at = removed_at
    installation.save(update_fields=["removed_at"])
    outbox.publish(
        MeterRemoved(
            meter_id=meter.id, usage_point_id=installation.usage_point_id, removed_at=removed_at
        ),
        at=at,
    )
    return installation


def _check_free(meter: Meter, *, usage_point_id: UUID, from_: datetime) -> None:
    """The database refuses the same, without saying it so well."""
    still_there = Installation.objects.filter(Q(removed_at=None) | Q(removed_at__gt=from_))
    elsewhere = still_there.filter(meter=meter).first()
    if elsewhere is not None:
        raise MeterAlreadyInstalled(
            f"{meter} is installed from {elsewhere.installed_at:%Y-%m-%d %H:%M %Z} on.",
            remedy="Remove it first, or install it after it was removed.",
            places=(Place(field="meter_id"),),
        )
    channels = meter.registers.values("channel")
    other = still_there.filter(
        usage_point_id=usage_point_id, meter__registers__channel__in=channels
    ).first()
    if other is not None:
        raise ChannelAlreadyMeasured(
            f"The meter {other.meter} is there from {other.installed_at:%Y-%m-%d %H:%M %Z} on.",
            remedy="Exchange it, or remove it first.",
            places=(Place(field="usage_point_id"),),
        )
