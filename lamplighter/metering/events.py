"""What metering tells the rest of the house."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterDataChanged(Event):
    """
    Something new is known of what passed a usage point: new readings, or other ones than before.

    Whoever used readings of these days as they were known before `recorded_at` may look again.
    """

    usage_point_id: UUID
    channel: str
    first_day: date
    """Local to the usage point."""
    last_day: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterInstalled(Event):
    """A meter began to measure a usage point."""

    meter_id: UUID
    usage_point_id: UUID
    installed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRemoved(Event):
    """A meter has stopped measuring a usage point."""

    meter_id: UUID
    usage_point_id: UUID
    removed_at: datetime
