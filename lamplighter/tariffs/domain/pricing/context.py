"""What every component is priced with."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from lamplighter.tariffs.domain.measures import Usage
from lamplighter.tariffs.domain.pricing.lines import Kind, Line
from lamplighter.tariffs.domain.pricing.state import Carried, Facts
from lamplighter.tariffs.domain.schedule import ExportRule, RateSchedule

ARITHMETIC: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Exact for any sum and product of metered quantities and rates; only shares are ever cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """One schedule, one account, one period."""

    schedule: RateSchedule
    usage: Usage
    carried: Carried
    facts: Facts

    @property
    def rule(self) -> ExportRule | None:
        return self.schedule.export.rule

    @property
    def settles_year(self) -> bool:
        """Whether this is the bill that settles the year: the one that reaches over its end."""
        months = [day.month for day in (*self.usage.days, self.usage.after_last)]
        return any(month == self.schedule.settles_in != after for month, after in pairwise(months))

    @property
    def months(self) -> Fraction:
        return self.usage.months

    def line(
        self,
        component: str,
        kind: Kind,
        quantity: Decimal,
        unit: str,
        rate: Decimal,
        reason: str = "",
        *,
        share: Fraction = Fraction(1),
    ) -> Line:
        """
        A line whose amount is quantity x share x rate, rounded as the schedule says.

        A share (of a month, of a tier) may have no end as a decimal. It is divided by last, so that
        an amount that is exact stays exact, and rounding up does not find a cent that is not there.
        """
        return Line(
            component=component,
            kind=kind,
            quantity=part_of(quantity, share),
            unit=unit,
            rate=rate,
            amount=self.rounded(part_of(quantity * rate, share)),
            reason=reason,
        )

    def rounded(self, amount: Decimal) -> Decimal:
        rounding = self.schedule.rounding
        if not rounding.lines:
            return amount
        unit = Decimal(1).scaleb(-self.schedule.currency.exponent)
        return amount.quantize(unit, rounding=rounding.mode)


def part_of(number: Decimal, share: Fraction) -> Decimal:
    """A share of a number."""
    return number if share == 1 else number * share.numerator / share.denominator
