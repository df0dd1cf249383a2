"""
Why a bill differs from the one before.

The bill before is changed into this one step by step, and each step is priced: first it is given as
many days as this one has, then this one's usage at the old rates, then the new rates. What is left
are corrections of earlier bills. The steps add up to the difference, to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lamplighter.billing.domain.bills import BillSegment
from lamplighter.billing.domain.documents import plain_number
from lamplighter.billing.domain.measuring import Numbers, usage_of
from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.billing.domain.quotes import rounded
from lamplighter.tariffs.domain.measures import ClimbMeasure, Measure, PeakMeasure, measures_of
from lamplighter.tariffs.domain.pricing import Carried, Facts, price
from lamplighter.tariffs.domain.schedule import RateSchedule

EFFECTS: Final = ("days", "usage", "rate", "estimation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One step from the bill before to this one."""

    name: str
    """One of EFFECTS."""
    amount_minor: int
    detail: str
    """In words, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The difference of two bills; without a bill before there is nothing to compare with."""

    number: str
    previous: str | None
    before_minor: int
    after_minor: int
    currency: str
    effects: tuple[Effect, ...]

    @property
    def difference_minor(self) -> int:
        return self.after_minor - self.before_minor


def with_days(
    segment: BillSegment,
    schedule: RateSchedule,
    *,
    days: int,
    months: Fraction,
    carried: Carried,
    facts: Facts,
) -> int:
    """What a segment would have come to over so many days, with as much used on each of them."""
    factor = Fraction(days, segment.days)
    numbers = {
        measure: _scaled(measure, stored, factor)
        for measure, stored in zip(measures_of(schedule), segment.measured, strict=True)
    }
    after_last = segment.first_day + timedelta(days)
    period = BillingPeriod(segment.first_day, after_last, months, segment.share)
    bill, _ = price(rounded(schedule), usage_of(period, numbers), carried=carried, facts=facts)
    return int(bill.total.scaleb(bill.currency.exponent))


def _scaled(measure: Measure, stored: Sequence[Decimal], factor: Fraction) -> Numbers:
    if isinstance(measure, PeakMeasure):
        return tuple(stored)
    scaled = tuple(number * factor.numerator / factor.denominator for number in stored)
    if not isinstance(measure, ClimbMeasure):
        return scaled
    parts, at = [], 0
    for bounds in measure.bounds:
        parts.append(scaled[at : at + len(bounds) + 1])
        at += len(bounds) + 1
    return tuple(parts)


def shared_out(days: int, segments: Sequence[BillSegment]) -> list[int]:
    """Share days out over segments as theirs are; each has at least one."""
    whole = sum(segment.days for segment in segments)
    shares, given = [], 0
    for n, segment in enumerate(segments[:-1]):
        left = len(segments) - n - 1
        share = min(max(days * segment.days // whole, 1), days - given - left)
        shares.append(max(share, 1))
        given += shares[-1]
    return [*shares, max(days - given, 1)]


def in_words(before: Iterable[BillSegment], after: Iterable[BillSegment]) -> dict[str, str]:
    """What has changed, for each effect."""
    old, new = list(before), list(after)
    old_days, new_days = _days(old), _days(new)
    return {
        "days": f"{new_days} days, {old_days} before.",
        "usage": f"{_daily(new, new_days)} a day; {_daily(old, old_days)} before.",
        "rate": _rates(old, new),
    }


def _days(segments: Sequence[BillSegment]) -> int:
    if not segments:
        return 0
    first = min(segment.first_day for segment in segments)
    return (max(segment.after_last for segment in segments) - first).days


def _rates(old: Sequence[BillSegment], new: Sequence[BillSegment]) -> str:
    if {segment.version_id for segment in old} == {segment.version_id for segment in new}:
        return "The same rates as before."
    before, after = (", ".join(dict.fromkeys(s.tariff_name for s in some)) for some in (old, new))
    return f"{after} has new rates." if before == after else f"{after}; before, {before}."


def _daily(segments: Sequence[BillSegment], days: int) -> str:
    sums: dict[str, Decimal] = {}
    for segment in segments:
        for usage in segment.usage:
            if usage.flow == "import":
                sums[usage.unit] = sums.get(usage.unit, Decimal(0)) + usage.quantity
    if not sums or not days:
        return "nothing"
    means = ((total / days).quantize(Decimal("0.1")) for total in sums.values())
    return " and ".join(
        f"{plain_number(mean)} {unit}" for mean, unit in zip(means, sums, strict=True)
    )
