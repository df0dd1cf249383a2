"""Writing down what registers show: what recording, installing, removing and exchanging share."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the dials showed, when, and who says so."""

    value: Decimal
    read_at: datetime
    source: str
    rolled_over: bool = False
    quality: Quality = Quality.ACTUAL


def read_all(
    installation: Installation,
    readings: Mapping[str, Decimal],
    *,
    read_at: datetime,
    source: str,
    at: datetime,
) -> None:
    for channel, value in readings.items():
        read(installation, channel, Shown(value=value, read_at=read_at, source=source), at=at)


def read(installation: Installation, channel: str, shown: Shown, *, at: datetime) -> UUID:
    """Write a reading down, unless it is known; a different one is a new version; and tell."""
    register = Register.objects.filter(meter_id=installation.meter_id, channel=channel).first()
    if register is None:
        raise RegisterUnknown(
            f"The meter has no register {channel}.", places=(Place(field="channel"),)
        )
    dials = dials_of(register)
    reading = RegisterReading(
        register=register,
        at=shown.read_at,
        count=dials.count(shown.value),
        rolled_over=shown.rolled_over,
        quality=shown.quality,
        source=shown.source,
        recorded_at=at,
    )
    near = _Near.of(reading, installation)
    if near.known is not None and _same(near.known, reading):
        return near.known.id
    check_between(
        as_dial_reading(reading),
        before=None if near.before is None else as_dial_reading(near.before),
        after=None if near.after is None else as_dial_reading(near.after),
        dials=dials,
    )
    if near.known is not None:
        # Later than the version it corrects, even where a clock has been put back.
        reading.recorded_at = max(at, near.known.recorded_at + timedelta(microseconds=1))
    reading.save(force_insert=True)
    _tell(installation, reading, near, at=at)
    return reading.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """The readings of a register around one instant, while its meter hung where it hung then."""

    before: RegisterReading | None
    known: RegisterReading | None
    """Of the instant itself."""
    after: RegisterReading | None

    @classmethod
    def of(cls, reading: RegisterReading, installation: Installation) -> "_Near":
        here = reading.register.readings.filter(at__gte=installation.installed_at)
        if installation.removed_at is not None:
            here = here.filter(at__lte=installation.removed_at)
        return cls(
            before=here.filter(at__lt=reading.at).order_by("-at", "-recorded_at").first(),
            known=here.filter(at=reading.at).order_by("-recorded_at").first(),
            after=here.filter(at__gt=reading.at).order_by("at", "-recorded_at").first(),
        )


def _same(known: RegisterReading, reading: RegisterReading) -> bool:
    return (known.count, known.rolled_over, known.quality) == (
        reading.count,
        reading.rolled_over,
        reading.quality,
    )


def _tell(
    installation: Installation, reading: RegisterReading, near: _Near, *, at: datetime
) -> None:
    """A reading changes the usage from the one before it to the one after it."""
    zone = ZoneInfo(customers.usage_point_of_id(installation.usage_point_id).time_zone)
    first, last = near.before or reading, near.after or reading
    outbox.publish(
        MeterDataChanged(
            usage_point_id=installation.usage_point_id,
            channel=reading.register.channel,
            first_day=first.at.astimezone(zone).date(),
            last_day=last.at.astimezone(zone).date(),
            recorded_at=reading.recorded_at,
        ),
        at=at,
    )
