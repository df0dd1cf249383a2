"""A meter begins to measure a usage point."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.metering.actions.installing import locked_meter, put_up
from lamplighter.metering.actions.reading_registers import read_all
from lamplighter.platform import audit

NONE: Final[Mapping[str, Decimal]] = MappingProxyType({})


@transaction.atomic
def install_meter(
    *,
    meter_id: UUID,
    usage_point_id: UUID,
    installed_at: datetime,
    readings: Mapping[str, Decimal] = NONE,
    by: str,
    at: datetime,
) -> UUID:
    """
    Install a meter at a usage point from an instant on.

    :param readings: what its registers show at that instant, by channel
    :raises MeterUnknown, UsagePointUnknown: if there is none of this id
    :raises CommodityDiffers: if the usage point delivers something else
    :raises MeterAlreadyInstalled: if it is somewhere then, or will be
    :raises ChannelAlreadyMeasured: if another meter there has one of its channels
    :raises InTheFuture: if `installed_at` is
    """
    meter = locked_meter(meter_id)
    installation = put_up(meter, usage_point_id=usage_point_id, installed_at=installed_at, at=at)
    read_all(installation, readings, read_at=installed_at, source="installation", at=at)
    audit.record(
        actor=by,
        action="metering.install_meter",
        subject=f"meter:{meter_id}",
        detail={
            "usage_point": str(usage_point_id),
            "installed_at": installed_at.isoformat(),
            "readings": {channel: str(shown) for channel, shown in readings.items()},
        },
        at=at,
    )
    return installation.id
