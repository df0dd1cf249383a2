"""What happens to tariffs."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersionPublished(Event):
    """A tariff bills by these rates, from a day on and until a day (exclusive)."""

    version_id: UUID
    tariff: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersionEndMoved(Event):
    """A published version ends on another day than before: another took over, or no longer does."""

    version_id: UUID
    tariff: str
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersionWithdrawn(Event):
    """A version that has billed nothing is no longer in force."""

    version_id: UUID
    tariff: str
