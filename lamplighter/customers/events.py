"""What customers tells others."""

from dataclasses import dataclass
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePointAdded(Event):
    """A commodity can be delivered, and metered, at a new point."""

    usage_point_id: UUID
    reference: str
    commodity: str
