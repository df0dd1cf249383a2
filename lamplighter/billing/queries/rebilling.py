"""Days that were billed, to be worked out once more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

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
        parts = book.parts(term, days, cycle.periods)
        again += [Span(term=term, version=version, period=part) for part, version in parts]
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
