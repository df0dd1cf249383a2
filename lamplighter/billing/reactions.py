"""What billing does when others tell something."""

from datetime import datetime

from lamplighter.billing.actions.late_readings import note_changed_readings
from lamplighter.metering.events import MeterDataChanged
from lamplighter.platform.outbox import on


@on(MeterDataChanged)
def when_meter_data_changed(event: MeterDataChanged, *, at: datetime) -> None:
    """Days that were billed by other readings than are known now have to be looked at again."""
    note_changed_readings(
        usage_point_id=event.usage_point_id,
        first_day=event.first_day,
        last_day=event.last_day,
        recorded_at=event.recorded_at,
        at=at,
    )
