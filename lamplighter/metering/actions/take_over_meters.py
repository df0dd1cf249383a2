"""Many meters at once: when a utility moves in from another system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers import queries as customers
from lamplighter.customers.queries import UsagePointUnknown
from lamplighter.kernel import Event, Place, new_id
from lamplighter.metering.actions.add_meter import MeterAlreadyKnown, check_meter
from lamplighter.metering.actions.installing import (
    ChannelAlreadyMeasured,
    CommodityDiffers,
    InTheFuture,
    RemovedBeforeInstalled,
)
from lamplighter.metering.domain.registers import RegisterPlan
from lamplighter.metering.events import MeterInstalled, MeterRemoved
from lamplighter.metering.models import Installation, Meter, Register
from lamplighter.platform import audit, outbox
from lamplighter.platform.bulk import insert_rows

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeter:
    """A meter with all that it counts, and where it hangs."""

    serial: str
    make: str
    commodity: str
    registers: tuple[RegisterPlan, ...]
    usage_point_id: UUID
    installed_at: datetime
    removed_at: datetime | None = None


@transaction.atomic
def take_over_meters(meters: Sequence[NewMeter], *, by: str, at: datetime) -> list[UUID]:
    """
    Enter all of these meters where they hang, or none.

    :return: their ids, in the same order
    :raises BadMeter, CommodityDiffers, RemovedBeforeInstalled, InTheFuture: naming the row
    :raises UsagePointUnknown: if there is none of an id
    :raises MeterAlreadyKnown: if make and serial number are there already, or twice among them
    :raises ChannelAlreadyMeasured: if a channel would be measured by two meters at a time
    """
    _check(meters, at=at)
    ids = [new_id() for _ in meters]
    _insert(meters, ids)
    events: list[Event] = []
    for key, new in zip(ids, meters, strict=True):
        where = {"meter_id": key, "usage_point_id": new.usage_point_id}
        events.append(MeterInstalled(**where, installed_at=new.installed_at))
        if new.removed_at is not None:
            events.append(MeterRemoved(**where, removed_at=new.removed_at))
    outbox.publish_all(events, at=at)
    audit.record(
        actor=by,
        action="metering.take_over_meters",
        subject=f"{len(ids)} meters",
        detail={"count": len(ids)},
        at=at,
    )
    return ids


def _check(meters: Sequence[NewMeter], *, at: datetime) -> None:
    delivers: dict[UUID, str] = {}
    points = sorted({new.usage_point_id for new in meters})
    for start in range(0, len(points), _AT_ONCE):
        found = customers.usage_points_of_ids(points[start : start + _AT_ONCE])
        delivers |= {key: point.commodity for key, point in found.items()}
    for row, new in enumerate(meters, start=1):
        check_meter(
            serial=new.serial,
            make=new.make,
            commodity=new.commodity,
            registers=new.registers,
            row=row,
        )
        if new.usage_point_id not in delivers:
            raise UsagePointUnknown(places=(Place(row=row, field="usage_point_id"),))
        if delivers[new.usage_point_id] != new.commodity:
            raise CommodityDiffers(places=(Place(row=row, field="commodity"),))
        if new.removed_at is not None and new.removed_at <= new.installed_at:
            raise RemovedBeforeInstalled(places=(Place(row=row, field="removed_at"),))
        if max(new.installed_at, new.removed_at or new.installed_at) > at:
            raise InTheFuture(places=(Place(row=row, field="installed_at"),))


def _insert(meters: Sequence[NewMeter], ids: list[UUID]) -> None:
    new = list(zip(ids, meters, strict=True))
    registers = ((key, plan, plan.dials) for key, one in new for plan in one.registers)
    try:
        with transaction.atomic():
            insert_rows(
                Meter,
                ("id", "serial", "make", "commodity"),
                ((key, one.serial, one.make, one.commodity) for key, one in new),
            )
    except IntegrityError:
        raise MeterAlreadyKnown(
            "One of these is another meter.",
            remedy="Leave out the meters that are there already.",
        ) from None
    insert_rows(
        Register,
        ("id", "meter", "channel", "flow", "unit", "dials", "decimals", "multiplier"),
        (
            (new_id(), key, p.channel, p.flow, p.unit, d.dials, d.decimals, d.multiplier)
            for key, p, d in registers
        ),
    )
    try:
        with transaction.atomic():
            insert_rows(
                Installation,
                ("id", "meter", "usage_point", "installed_at", "removed_at"),
                (
                    (new_id(), key, one.usage_point_id, one.installed_at, one.removed_at)
                    for key, one in new
                ),
            )
    except IntegrityError:
        # The meters are new: only another meter at the same place is left to object.
        raise ChannelAlreadyMeasured(
            "Two meters would measure one channel of a usage point at the same time."
        ) from None
