"""What customers tells others."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePointAdded(Event):
    """A commodity can be delivered, and metered, at a new point."""

    usage_point_id: UUID
    reference: str
    commodity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Event):
    """Somebody can be billed."""

    account_id: UUID
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed(Event):
    """Somebody is no longer served under this account."""

    account_id: UUID
    closed_on: date
