"""Why a bill differs from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lamplighter.billing.domain.bills import BillSegment, IssuedBill
from lamplighter.billing.domain.carrying import carried_of, hands_on
from lamplighter.billing.domain.explaining import (
    EFFECTS,
    Effect,
    Explanation,
    in_words,
    shared_out,
    with_days,
)
from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.billing.domain.segments import Segment
from lamplighter.billing.domain.spans import Span, Term
from lamplighter.billing.models import BilledSpan
from lamplighter.billing.queries.bills import bill, previous_bill
from lamplighter.billing.queries.drafting.book import Book
from lamplighter.billing.queries.drafting.pricing import Pricing
from lamplighter.billing.queries.drafting.readings import Readings
from lamplighter.tariffs.domain.pricing import Carried
from lamplighter.tariffs.queries.versions import schedule_of_id, version_of_id


def explain(number: str) -> Explanation:
    """
    Tell what the difference from the previous bill comes from. The effects add up to it, exactly.

    :raises BillNotFound: if there is no bill of this number
    """
    this = bill(number)
    before = previous_bill(number) if this.content.segments else None
    if before is None or not before.content.segments:
        return _alone(this)
    amounts = dict.fromkeys(EFFECTS, 0)
    steps = _Steps(this, before, Book.of([this.account_id], lock=False))
    points = {s.usage_point for s in (*this.content.segments, *before.content.segments)}
    for point in sorted(points):
        for name, amount in steps.of_point(point).items():
            amounts[name] += amount
    amounts["estimation"] = _corrected(this) - _corrected(before)
    words = in_words(before.content.segments, this.content.segments)
    words["estimation"] = _corrections_in_words(this, before)
    return Explanation(
        number=number,
        previous=before.number,
        before_minor=before.content.total_minor,
        after_minor=this.content.total_minor,
        currency=this.content.currency.code,
        effects=tuple(
            Effect(name=name, amount_minor=amounts[name], detail=words[name]) for name in EFFECTS
        ),
    )


def _alone(this: IssuedBill) -> Explanation:
    return Explanation(
        number=this.number,
        previous=None,
        before_minor=0,
        after_minor=this.content.total_minor,
        currency=this.content.currency.code,
        effects=(),
    )


def _corrected(one: IssuedBill) -> int:
    content = one.content
    return sum(c.amount_minor for c in content.corrections) + sum(
        line.amount_minor for line in content.adjustments
    )


def _corrections_in_words(this: IssuedBill, before: IssuedBill) -> str:
    parts = [
        f"{one.usage_point}, {one.first_day} to {one.after_last}: {one.reason}."
        for one in this.content.corrections
    ]
    if this.content.estimated:
        parts.append("This bill is estimated in part.")
    if before.content.estimated:
        parts.append("The one before was estimated in part.")
    return " ".join(parts) or "Nothing was estimated or corrected."


@dataclass(frozen=True)
class _Steps:
    """From the bill before to this one."""

    this: IssuedBill
    before: IssuedBill
    book: Book

    def of_point(self, point: str) -> dict[str, int]:
        """What each step changes at one usage point."""
        old = [s for s in self.before.content.segments if s.usage_point == point]
        new = [s for s in self.this.content.segments if s.usage_point == point]
        old_total = sum(segment.total_minor for segment in old)
        new_total = sum(segment.total_minor for segment in new)
        if not old or not new:
            # It was not paid for on all those days, or no longer is.
            return {"days": new_total - old_total}
        as_long = self._with_days_of(old, new)
        old_rates = [self._at_rates_of(old[-1], segment) for segment in new]
        at_old_rates = sum(old_rates)
        return {
            "days": as_long - old_total,
            "usage": at_old_rates - as_long,
            "rate": new_total - at_old_rates,
        }

    def _with_days_of(self, old: Sequence[BillSegment], new: Sequence[BillSegment]) -> int:
        days = sum(segment.days for segment in new)
        months = sum(segment.months for segment in new)
        whole = sum(segment.months for segment in old)
        if (days, months) == (sum(segment.days for segment in old), whole):
            return sum(segment.total_minor for segment in old)
        return sum(
            with_days(
                segment,
                schedule_of_id(segment.version_id),
                days=share,
                months=months * segment.months / whole,
                carried=self._carried(segment),
                facts=self._term(segment).facts,
            )
            for segment, share in zip(old, shared_out(days, old), strict=True)
        )

    def _at_rates_of(self, old: BillSegment, new: BillSegment) -> int:
        """What the new usage comes to at the old rates."""
        if old.version_id == new.version_id:
            return new.total_minor
        term = self._term(new)
        period = BillingPeriod(new.first_day, new.after_last, new.months, new.share)
        span = Span(term=term, version=version_of_id(old.version_id), period=period)
        return _priced(span, self.book, self.this.known_at, otherwise=new.total_minor)

    def _term(self, segment: BillSegment) -> Term:
        terms = self.book.terms[self.this.account_id]
        return next(term for term in terms if term.agreement_id == segment.agreement_id)

    def _carried(self, segment: BillSegment) -> Carried:
        if not hands_on(schedule_of_id(segment.version_id)):
            return Carried()
        span = BilledSpan.objects.filter(
            agreement=segment.agreement_id, after_last=segment.first_day
        ).first()
        return carried_of("" if span is None else span.carried)


def _priced(span: Span, book: Book, known_at: datetime, *, otherwise: int) -> int:
    """Measure and price a span by what was known then; where the old rates cannot, as it is."""
    days = span.first_day, span.after_last
    readings = Readings.read([span.term.usage_point_id], days, as_of=known_at)
    (outcome,) = Pricing(book, readings, known_at).outcomes([span])
    return outcome.total_minor if isinstance(outcome, Segment) else otherwise
