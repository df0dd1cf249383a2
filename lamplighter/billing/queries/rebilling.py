"""Days that were billed, to be worked out once more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from uuid import UUID

import orjson

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.spans import Span, Unbilled
from lamplighter.billing.models import BilledSpan
from lamplighter.billing.queries.cycles import Cycle
from lamplighter.billing.queries.drafting.book import Book
from lamplighter.billing.queries.drafting.wanted import Wanted


def wanted_again(
    spans: Sequence[BilledSpan],
    *,
    account_id: UUID,
    cycle: Cycle,
    refers_to: str | None = None,
    at: datetime,
) -> Wanted:
    """
    What bills the same days of the same agreements once more.

    :param at: go by readings as they were known then
    :raises NoRatesForDays: if the tariff has no rates for them any more
    """
    book = Book.of([account_id], lock=False)
    terms = {term.agreement_id: term for term in book.terms[account_id]}
    again: list[Span] = []
    for span in spans:
        term = terms[span.agreement_id]
        days = Unbilled(first_day=span.first_day, after_last=span.after_last)
        share = _share_of(span)
        again += [
            Span(term=term, version=version, period=replace(part, share=part.share * share))
            for part, version in book.parts(term, days, cycle.periods)
        ]
    accounts: Mapping[UUID, Sequence[Span]] = {account_id: again}
    return Wanted(
        accounts=[account_id],
        until=max(span.after_last for span in spans),
        cycle=cycle,
        kind=BillKind.REBILL,
        known_at=at,
        spans=accounts,
        refers_to=refers_to,
        checked=False,
    )


def _share_of(span: BilledSpan) -> Fraction:
    """
    The share that these days had of what is billed as one, as their bill says: they may be a part
    of a period in which the rates changed.
    """
    key = str(span.agreement_id), span.first_day.isoformat()
    for segment in orjson.loads(span.bill.document)["segments"]:
        if (segment["agreement_id"], segment["first_day"]) == key:
            return Fraction(segment.get("share", 1))
    msg = f"{span.bill.number} has no segment of {key}"
    raise LookupError(msg)
