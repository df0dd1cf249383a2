"""Somebody has read a register."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.actions.installing import check_happened, locked_meter
from lamplighter.metering.actions.reading_registers import Shown, read
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.models import Installation, Meter
from lamplighter.platform import audit


class NotInstalledThen(Refusal):
    """A meter is read where it is installed, and this one was not installed then."""


@transaction.atomic
def record_register_reading(
    *,
    meter_id: UUID,
    channel: str,
    read_at: datetime,
    shown: Decimal,
    rolled_over: bool = False,
    quality: Quality = Quality.ACTUAL,
    source: str,
    by: str,
    at: datetime,
) -> UUID:
    """
    Write down what a register showed. The same once more changes nothing; another value for the
    same instant is a new version, and the old one can still be asked for.

    :param shown: as it stands on the dials, the multiplier left aside
    :param rolled_over: whether the dials passed from all nines to all zeros since the last reading
    :param source: who or what read it
    :returns: the id of the reading
    :raises MeterUnknown, RegisterUnknown: if there is none such
    :raises NotInstalledThen, InTheFuture: if it cannot have been read at that time
    :raises BadRegisterReading: if the dials cannot show that
    :raises RegisterRunsBackwards, RegisterDidNotRollOver: if it does not go with its neighbours
    """
    check_happened(read_at, at=at, field="read_at")
    meter = locked_meter(meter_id)
    reading_id = read(
        _installation_at(meter, read_at),
        channel,
        Shown(
            value=shown, read_at=read_at, source=source, rolled_over=rolled_over, quality=quality
        ),
        at=at,
    )
    audit.record(
        actor=by,
        action="metering.record_register_reading",
        subject=f"meter:{meter_id}",
        detail={"channel": channel, "read_at": read_at.isoformat(), "shown": str(shown)},
        at=at,
    )
    return reading_id


def _installation_at(meter: Meter, read_at: datetime) -> Installation:
    """The latest one of that instant: the last reading at one place may be the first at another."""
    there = Installation.objects.filter(
        Q(removed_at=None) | Q(removed_at__gte=read_at), meter=meter, installed_at__lte=read_at
    )
    found = there.order_by("-installed_at").first()
    if found is None:
        raise NotInstalledThen(
            f"{meter} was not installed at {read_at:%Y-%m-%d %H:%M %Z}.",
            places=(Place(field="read_at"),),
        )
    return found
