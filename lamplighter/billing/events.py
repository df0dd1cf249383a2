"""What billing tells others."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BillIssued(Event):
    """A bill has a number and is owed; a cancellation gives back what it cancels."""

    bill_id: UUID
    number: str
    kind: str
    account_id: UUID
    total_minor: int
    """Negative: a credit."""
    currency: str
    first_day: date
    after_last: date
    issued_on: date
    due_on: date
    cancels: UUID | None = None
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillsIssued(Event):
    """Bills were issued together: each is told by a `BillIssued` of its own as well."""

    series: str
    bill_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillHeld(Event):
    """A bill waits for a person to decide."""

    held_bill_id: UUID
    account_id: UUID
    checks: tuple[str, ...]
    """Their codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingFailed(Event):
    """An account could not be billed."""

    account_id: UUID
    first_day: date
    after_last: date
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementMade(Event):
    """An account pays for a usage point by a tariff from a day on."""

    agreement_id: UUID
    account_id: UUID
    usage_point_id: UUID
    tariff: str
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnded(Event):
    """An account no longer pays for a usage point from a day on."""

    agreement_id: UUID
    account_id: UUID
    ends_on: date
