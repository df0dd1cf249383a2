"""What can be done in metering."""

from lamplighter.metering.actions.add_meter import add_meter
from lamplighter.metering.actions.compact_readings import compact_readings
from lamplighter.metering.actions.exchange_meter import exchange_meter
from lamplighter.metering.actions.import_readings import import_readings
from lamplighter.metering.actions.install_meter import install_meter
from lamplighter.metering.actions.record_register_reading import record_register_reading
from lamplighter.metering.actions.remove_meter import remove_meter
from lamplighter.metering.actions.take_over_meters import NewMeter, take_over_meters
from lamplighter.metering.actions.take_over_readings import take_over_readings
from lamplighter.metering.actions.take_over_register_readings import (
    TakenReading,
    take_over_register_readings,
)

__all__ = [
    "NewMeter",
    "TakenReading",
    "add_meter",
    "compact_readings",
    "exchange_meter",
    "import_readings",
    "install_meter",
    "record_register_reading",
    "remove_meter",
    "take_over_meters",
    "take_over_readings",
    "take_over_register_readings",
]
