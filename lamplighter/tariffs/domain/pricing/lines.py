"""Bill lines: a quantity, a rate, an amount, and why."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lamplighter.kernel import Currency


class Kind(StrEnum):
    """What sort of charge a line is."""

    FIXED = "fixed"
    ENERGY = "energy"
    DEMAND = "demand"
    REACTIVE = "reactive"
    RIDER = "rider"
    EXPORT = "export"
    MINIMUM = "minimum"
    PERCENTAGE = "percentage"
    TAX = "tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One line of a bill: `quantity` x `rate` is `amount`, rounded once.

    `amount` is in major units of the bill's currency; it has the currency's decimals unless the
    schedule's rounding is switched off.
    """

    component: str
    kind: Kind
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal
    reason: str = ""
    """How quantity and rate came about, for a person: band, tier, days, ratchet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedBill:
    """The lines of one billing period."""

    currency: Currency
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return self.of()

    def of(self, *kinds: Kind) -> Decimal:
        """The sum of the lines of these kinds, or of all."""
        return sum(
            (line.amount for line in self.lines if not kinds or line.kind in kinds), Decimal(0)
        )
