"""A meter stops measuring a usage point."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from lamplighter.metering.actions.install_meter import NONE
from lamplighter.metering.actions.installing import locked_meter, take_down
from lamplighter.metering.actions.reading_registers import read_all
from lamplighter.platform import audit


@transaction.atomic
def remove_meter(
    *,
    meter_id: UUID,
    removed_at: datetime,
    readings: Mapping[str, Decimal] = NONE,
    by: str,
    at: datetime,
) -> None:
    """
    Remove a meter from where it is installed.

    :param readings: what its registers show at that instant, by channel
    :raises MeterUnknown: if there is none of this id
    :raises MeterNotInstalled: if it is nowhere
    :raises RemovedBeforeInstalled, ReadAfterRemoval, InTheFuture: if `removed_at` cannot be
    """
    meter = locked_meter(meter_id)
    installation = take_down(meter, removed_at=removed_at, at=at)
    read_all(installation, readings, read_at=removed_at, source="removal", at=at)
    audit.record(
        actor=by,
        action="metering.remove_meter",
        subject=f"meter:{meter_id}",
        detail={
            "usage_point": str(installation.usage_point_id),
            "removed_at": removed_at.isoformat(),
            "readings": {channel: str(shown) for channel, shown in readings.items()},
        },
        at=at,
    )
