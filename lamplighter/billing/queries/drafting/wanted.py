"""What is to be billed, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.checks import Check
from lamplighter.billing.domain.drafts import Draft
from lamplighter.billing.domain.spans import Span
from lamplighter.billing.queries.cycles import Cycle
from lamplighter.kernel import Refusal


class NothingToBill(Refusal):
    """All days of this account are billed, or are not over yet."""

    status = 409


class NoReadings(Refusal):
    """Nothing is known of what this usage point has used, now or before."""


class NoMeter(Refusal):
    """This usage point has no meter and no readings, and its tariff bills usage."""


class EarlierBillHeld(Refusal):
    """An earlier bill of this account waits for somebody to decide."""

    status = 409


class CurrencyDiffers(Refusal):
    """The tariff is in another currency than the account."""


class AmountOutOfBounds(Refusal):
    """A bill of this much cannot be right."""


class Broken(Refusal):
    """Something broke while this bill was made."""

    status = 500


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Bills that are wanted: of these accounts, for all that is not billed up to a day."""

    accounts: Sequence[UUID]
    until: date
    """Exclusive."""
    cycle: Cycle
    kind: BillKind = BillKind.REGULAR
    known_at: datetime
    """Go by readings as they were known then."""
    spans: Mapping[UUID, Sequence[Span]] | None = None
    """Exactly these, by account, whatever is billed: to bill them once more."""
    refers_to: str | None = None
    checked: bool = True
    """Whether what is odd is to be found."""

    @cached_property
    def earliest(self) -> date:
        """What was used before this day is not charged any more."""
        months = self.cycle.rules.back_billing_months
        first = next(
            (p.first_day for p in self.cycle.periods if p.first_day < self.until <= p.after_last),
            self.until,
        )
        years, month = divmod(first.year * 12 + first.month - 1 - months, 12)
        return date(years, month + 1, min(first.day, 28))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A bill that can be issued, or is to be held for what the checks have found."""

    draft: Draft
    checks: tuple[Check, ...]
    addressee: str
    """`domain.bills.Addressee` in canonical JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbillable:
    """An account that no bill can be made for, and why."""

    account_id: UUID
    refusal: Refusal
    first_day: date
    after_last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What became of each account; one without anything to bill is in neither list."""

    ready: list[Ready] = field(default_factory=list)
    unbillable: list[Unbillable] = field(default_factory=list)
