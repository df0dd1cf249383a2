"""
Drafting bills: from agreements, readings and tariffs to bills that could be issued.

It writes nothing. The same accounts, days and readings make the same bills, to the byte.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Final
from uuid import UUID

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.checks import NO_CHECKS, checks_of
from lamplighter.billing.domain.drafts import draft_of
from lamplighter.billing.domain.segments import Segment
from lamplighter.billing.domain.spans import Span, TooLongAgo, unbilled_days
from lamplighter.billing.queries.addressees import addressee_of
from lamplighter.billing.queries.drafting.book import Book
from lamplighter.billing.queries.drafting.corrections import corrections_to_bill
from lamplighter.billing.queries.drafting.past import Histories
from lamplighter.billing.queries.drafting.pricing import Pricing
from lamplighter.billing.queries.drafting.readings import Readings
from lamplighter.billing.queries.drafting.wanted import (
    AmountOutOfBounds,
    Broken,
    CurrencyDiffers,
    Drafted,
    EarlierBillHeld,
    NoMeter,
    NoReadings,
    NothingToBill,
    Ready,
    Unbillable,
    Wanted,
)
from lamplighter.customers import queries as customers
from lamplighter.kernel import Refusal

__all__ = [
    "AmountOutOfBounds",
    "Broken",
    "CurrencyDiffers",
    "Drafted",
    "EarlierBillHeld",
    "NoMeter",
    "NoReadings",
    "NothingToBill",
    "Ready",
    "Unbillable",
    "Wanted",
    "draft_bills",
]

MOST_MINOR: Final = 10**15
"""What no bill comes to. Sums of thousands of such bills are still within 64 bits."""


def draft_bills(wanted: Wanted, *, lock: bool = False) -> Drafted:
    """
    Draft what is wanted.

    :param lock: until the transaction is over, nobody else bills these accounts
    """
    book = Book.of(wanted.accounts, lock=lock)
    result = Drafted()
    plans: dict[UUID, Sequence[Span]] = {}
    waived: dict[UUID, list[str]] = {}
    for account_id in wanted.accounts:
        try:
            spans, waived[account_id] = _planned(account_id, book, wanted)
            _check_currency(spans, book.accounts[account_id])
            plans[account_id] = spans
        except Refusal as no:
            result.unbillable.append(_unbillable(account_id, no, book, wanted))
    every = list(chain.from_iterable(plans.values()))
    outcomes = iter(Pricing(book, _readings(every, wanted), wanted.known_at).outcomes(every))
    segments: dict[UUID, list[Segment]] = {}
    for account_id, of_account in plans.items():
        found = [next(outcomes) for _ in of_account]
        refused = next((one for one in found if isinstance(one, Refusal)), None)
        if refused is not None:
            result.unbillable.append(_unbillable(account_id, refused, book, wanted))
        elif found:
            segments[account_id] = [one for one in found if isinstance(one, Segment)]
    _assemble(segments, waived, book, wanted, result)
    return result


def _planned(account_id: UUID, book: Book, wanted: Wanted) -> tuple[Sequence[Span], list[str]]:
    """
    The spans to bill, and what to tell about days that are too long ago.

    :raises EarlierBillHeld: if one waits
    :raises NoRatesForDays: if a tariff has none
    :raises TooLongAgo: if there is something, and all of it is
    """
    if wanted.spans is not None:
        return wanted.spans.get(account_id, ()), []
    spans: list[Span] = []
    messages: list[str] = []
    too_old: TooLongAgo | None = None
    calendar, earliest = wanted.cycle.periods, wanted.earliest
    for term in book.terms.get(account_id, ()):
        try:
            days = unbilled_days(term, until=wanted.until, earliest=earliest)
        except TooLongAgo as no:
            too_old = no
            continue
        if days is None:
            continue
        if account_id in book.held:
            raise EarlierBillHeld(remedy="Release or discard it: `lamplighter bills held`.")
        parts = book.parts(term, days, calendar)
        spans += [Span(term=term, version=version, period=part) for part, version in parts]
        if days.waived is not None:
            messages.append(f"{days.waived[0]} to {days.waived[1]} is too long ago to be charged.")
    if too_old is not None and not spans:
        raise too_old
    return spans, messages


def _check_currency(spans: Sequence[Span], account: customers.Account) -> None:
    """:raises CurrencyDiffers: if a version that has come since the agreement is in another one"""
    for span in spans:
        if span.version.currency != account.currency:
            raise CurrencyDiffers(
                f"{span.version.tariff} is in {span.version.currency} from {span.first_day} on,"
                f" account {account.number} in {account.currency}.",
                remedy="Publish a version in the account's currency, or change the rate.",
            )


def _readings(spans: Sequence[Span], wanted: Wanted) -> Readings:
    if not spans:
        return Readings.read((), (date.min, date.max), as_of=wanted.known_at)
    days = min(span.first_day for span in spans), max(span.after_last for span in spans)
    points = {span.term.usage_point_id for span in spans}
    return Readings.read(points, days, as_of=wanted.known_at)


def _assemble(
    segments: Mapping[UUID, list[Segment]],
    waived: Mapping[UUID, list[str]],
    book: Book,
    wanted: Wanted,
    result: Drafted,
) -> None:
    histories = Histories.of(chain.from_iterable(segments.values())) if wanted.checked else None
    corrections = corrections_to_bill(segments)
    for account_id, of_account in segments.items():
        account = book.accounts[account_id]
        draft = draft_of(
            account_id=account_id,
            account=account.number,
            kind=_kind(account_id, book, wanted),
            currency=account.currency,
            segments=of_account,
            corrections=corrections.get(account_id, ()),
            refers_to=wanted.refers_to,
            messages=waived.get(account_id, ()),
            known_at=wanted.known_at,
        )
        if abs(draft.total_minor) >= MOST_MINOR:
            no = AmountOutOfBounds(f"It would come to {draft.total_minor} minor units.")
            result.unbillable.append(_unbillable(account_id, no, book, wanted))
            continue
        checks = NO_CHECKS
        if histories is not None:
            checks = checks_of(
                of_account,
                total_minor=draft.total_minor,
                past=histories.past,
                estimated_before=histories.estimated_before,
                rules=wanted.cycle.rules,
            )
        terms = [segment.span.term for segment in of_account]
        addressee = addressee_of(account, book.references(terms))
        result.ready.append(Ready(draft=draft, checks=checks, addressee=addressee))


def _kind(account_id: UUID, book: Book, wanted: Wanted) -> BillKind:
    if wanted.kind is BillKind.REBILL or book.go_on(account_id, wanted.until):
        return wanted.kind
    return BillKind.FINAL


def _unbillable(account_id: UUID, no: Refusal, book: Book, wanted: Wanted) -> Unbillable:
    starts = [
        term.billed_until or term.starts_on
        for term in book.terms.get(account_id, ())
        if (term.billed_until or term.starts_on) < (term.ends_on or wanted.until)
    ]
    first = min([*starts, wanted.until], default=wanted.until)
    return Unbillable(account_id=account_id, refusal=no, first_day=first, after_last=wanted.until)
