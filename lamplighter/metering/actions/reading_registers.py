"""Writing down what registers show: what recording, installing, removing and exchanging share."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from lamplighter.customers import queries as customers
from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import check_between
from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import Installation, Register, RegisterReading
from lamplighter.metering.queries.register_usage import as_dial_reading, dials_of
from lamplighter.platform import outbox


class RegisterUnknown(Refusal):
    """The meter has no register of this channel."""

    status = 404


def read_all(
    installation: Installation,
    readings: Mapping[str, Decimal],
    *,
    read_at: datetime,
    source: str,
    at: datetime,
) -> None:
    for channel, shown in readings.items():
        read(installation, channel, shown, read_at=read_at, source=source, at=at)


def read(
    installation: Installation,
    channel: str,
    shown: Decimal,
    *,
    read_at: datetime,
    source: str,
    at: datetime,
    rolled_over: bool = False,
    quality: Quality = Quality.ACTUAL,
) -> UUID:
    """Write a reading down, unless it is known; a different one is a new version; and tell."""
    register = Register.objects.filter(meter_id=installation.meter_id, channel=channel).first()
    if register is None:
        raise RegisterUnknown(
            f"The meter has no register {channel}.", places=(Place(field="channel"),)
        )
    dials = dials_of(register)
    reading = RegisterReading(
        register=register,
        at=read_at,
        count=dials.count(shown),
        rolled_over=rolled_over,
        quality=quality,
        source=source,
        recorded_at=at,
    )
    here = register.readings.filter(at__gte=installation.installed_at)
    if installation.removed_at is not None:
        here = here.filter(at__lte=installation.removed_at)
    before = here.filter(at__lt=read_at).order_by("-at", "-recorded_at").first()
    known = here.filter(at=read_at).order_by("-recorded_at").first()
    after = here.filter(at__gt=read_at).order_by("at", "-recorded_at").first()
    if known is not None and _same(known, reading):
        return known.id
    check_between(
        as_dial_reading(reading),
        before=None if before is None else as_dial_reading(before),
        after=None if after is None else as_dial_reading(after),
        dials=dials,
    )
    if known is not None:
        # Later than the version it corrects, even where a clock has been put back.
        reading.recorded_at = max(at, known.recorded_at + timedelta(microseconds=1))
    reading.save(force_insert=True)
    _tell(installation, reading, before=before, after=after, channel=channel, at=at)
    return reading.id


def _same(known: RegisterReading, reading: RegisterReading) -> bool:
    return (known.count, known.rolled_over, known.quality) == (
        reading.count,
        reading.rolled_over,
        reading.quality,
    )


def _tell(
    installation: Installation,
    reading: RegisterReading,
    *,
    before: RegisterReading | None,
    after: RegisterReading | None,
    channel: str,
    at: datetime,
) -> None:
    """A reading changes the usage from the one before it to the one after it."""
    zone = ZoneInfo(customers.usage_point_of_id(installation.usage_point_id).time_zone)
    first, last = before or reading, after or reading
    outbox.publish(
        MeterDataChanged(
            usage_point_id=installation.usage_point_id,
            channel=channel,
            first_day=first.at.astimezone(zone).date(),
            last_day=last.at.astimezone(zone).date(),
            recorded_at=reading.recorded_at,
        ),
        at=at,
    )
