"""One meter takes the place of another."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.actions.installing import locked_meter, put_up, take_down
from lamplighter.metering.actions.reading_registers import read_all
from lamplighter.metering.models import Meter
from lamplighter.platform import audit


class ExchangeNotRead(Refusal):
    """At an exchange every register of both meters is read: else usage falls between them."""


@transaction.atomic
def exchange_meter(
    *,
    old_meter_id: UUID,
    new_meter_id: UUID,
    exchanged_at: datetime,
    final_readings: Mapping[str, Decimal],
    first_readings: Mapping[str, Decimal],
    by: str,
    at: datetime,
) -> UUID:
    """
    Remove a meter and install another one in its place, at the same instant.

    :param final_readings: what the old one shows, by channel
    :param first_readings: what the new one shows, by channel
    :returns: the id of the new installation
    :raises ExchangeNotRead: if the reading of a register is missing
    :raises Refusal: as `remove_meter` and `install_meter` do
    """
    meters = {meter_id: locked_meter(meter_id) for meter_id in sorted({old_meter_id, new_meter_id})}
    old, new = meters[old_meter_id], meters[new_meter_id]
    _check_read(old, final_readings, field="final_readings")
    _check_read(new, first_readings, field="first_readings")
    before = take_down(old, removed_at=exchanged_at, at=at)
    read_all(before, final_readings, read_at=exchanged_at, source="exchange", at=at)
    after = put_up(new, usage_point_id=before.usage_point_id, installed_at=exchanged_at, at=at)
    read_all(after, first_readings, read_at=exchanged_at, source="exchange", at=at)
    audit.record(
        actor=by,
        action="metering.exchange_meter",
        subject=f"usage_point:{before.usage_point_id}",
        detail={
            "old_meter": str(old_meter_id),
            "new_meter": str(new_meter_id),
            "exchanged_at": exchanged_at.isoformat(),
            "final_readings": {channel: str(shown) for channel, shown in final_readings.items()},
            "first_readings": {channel: str(shown) for channel, shown in first_readings.items()},
        },
        at=at,
    )
    return after.id


def _check_read(meter: Meter, readings: Mapping[str, Decimal], *, field: str) -> None:
    channels = set(meter.registers.values_list("channel", flat=True))
    unread = sorted(channels - readings.keys())
    if unread:
        raise ExchangeNotRead(
            f"{meter} has no reading of {', '.join(unread)}.", places=(Place(field=field),)
        )
