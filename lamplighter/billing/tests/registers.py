"""Meters that are read now and then, in the village."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from lamplighter.billing.tests.village import ZONE, Home
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.registers import Dials, RegisterPlan

CHANNEL = "1.8.0"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def meter(serial: str, *, decimals: int = 1) -> UUID:
    """A meter with one register that counts kWh."""
    plan = RegisterPlan(
        channel=CHANNEL, flow="import", unit="kWh", dials=Dials(dials=6, decimals=decimals)
    )
    return metering.add_meter(
        serial=serial,
        make="Lamp",
        commodity="electricity",
        registers=[plan],
        by="test",
        at=midnight(date(2025, 1, 1)),
    )


def hang(home: Home, day: date, shown: str, *, serial: str = "M1") -> UUID:
    """Install a meter, read at midnight."""
    meter_id = meter(serial)
    metering.install_meter(
        meter_id=meter_id,
        usage_point_id=home.point,
        installed_at=midnight(day),
        readings={CHANNEL: Decimal(shown)},
        by="test",
        at=midnight(day) + timedelta(hours=8),
    )
    return meter_id


def read(meter_id: UUID, day: date, shown: str) -> None:
    """Read a meter at midnight; it is known in the morning."""
    metering.record_register_reading(
        meter_id=meter_id,
        channel=CHANNEL,
        read_at=midnight(day),
        shown=Decimal(shown),
        source="round",
        by="test",
        at=midnight(day) + timedelta(hours=1),
    )


def exchange(old: UUID, new: UUID, day: date, *, final: str, first: str) -> None:
    metering.exchange_meter(
        old_meter_id=old,
        new_meter_id=new,
        exchanged_at=midnight(day),
        final_readings={CHANNEL: Decimal(final)},
        first_readings={CHANNEL: Decimal(first)},
        by="test",
        at=midnight(day) + timedelta(hours=1),
    )
