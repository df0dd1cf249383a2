"""Bills that were issued: one of them whole, or many of them in short."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from lamplighter.billing.domain.bills import Addressee, BillKind, IssuedBill
from lamplighter.billing.domain.documents import content_of, value_of
from lamplighter.billing.models import Bill
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.kernel import Currency, Money, Place, Refusal

MOST_AT_ONCE: Final = 200
"""Summaries of one page."""


class BillNotFound(Refusal):
    """There is no such bill."""

    status = 404


class BillState(StrEnum):
    """What has become of a bill."""

    OPEN = "open"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    CANCELLATION = "cancellation"
    """It takes another one back, and there is nothing to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillSummary:
    """A bill in short."""

    id: UUID
    number: str
    account_id: UUID
    kind: BillKind
    first_day: date
    after_last: date
    total: Money
    """Of its own days: what was open before is not in it."""
    issued_on: date
    due_on: date
    state: BillState
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What has become of a bill since it was issued, and the bills it hangs together with."""

    state: BillState
    settled_on: date | None
    cancels: str | None
    replaces: str | None
    cancelled_by: str | None
    replaced_by: str | None


SHORT: Final = (
    "id", "number", "account_id", "kind", "first_day", "after_last", "total_minor", "currency",
    "issued_on", "due_on", "estimated", "cancelled_by__number", "settlement__settled_on",
)  # fmt: skip
_WHOLE: Final = (
    "id", "number", "account_id", "document", "addressee", "issued_at", "issued_on", "due_on",
    "open_before_minor", "known_at", "sha256", "cancelled_by__number",
)  # fmt: skip
_STANDING: Final = (
    "kind", "cancelled_by__number", "settlement__settled_on", "cancels__number",
    "replaces__number", "replaced_by__number",
)  # fmt: skip


def bill(number: str) -> IssuedBill:
    """
    Find a bill by its number.

    :raises BillNotFound: if there is none
    """
    return _whole(Bill.objects.filter(number=number), number, field="number")


def check_in_sight(number: str, sight: Sight) -> None:
    """:raises BillNotFound: if there is none of this number, as far as somebody can see"""
    found = Bill.objects.filter(number=number)
    seen = customers.account_ids_in_sight(sight)
    if seen is not None and not found.filter(account_id__in=seen).exists():
        raise _not_found(number, field="number")


def standing_of(number: str) -> Standing:
    """
    Tell whether a bill is open, settled, or taken back.

    :raises BillNotFound: if there is none
    """
    row = Bill.objects.filter(number=number).values_list(*_STANDING).first()
    if row is None:
        raise _not_found(number, field="number")
    kind, cancelled_by, settled_on, *others = row
    cancels, replaces, replaced_by = others
    return Standing(
        state=state_of(kind, cancelled_by, settled_on),
        settled_on=settled_on,
        cancels=cancels,
        replaces=replaces,
        cancelled_by=cancelled_by,
        replaced_by=replaced_by,
    )


def summary_of(number: str) -> BillSummary:
    """
    Tell a bill in short.

    :raises BillNotFound: if there is none
    """
    row = Bill.objects.filter(number=number).values_list(*SHORT).first()
    if row is None:
        raise _not_found(number, field="number")
    return summary(row)


def bills_of(
    account_id: UUID, *, after: str | None = None, limit: int = 50
) -> tuple[BillSummary, ...]:
    """
    Tell the bills of an account, the newest first.

    :param after: the number of the last bill of the page before
    :return: at most `limit` of them, and never more than `MOST_AT_ONCE`
    :raises BillNotFound: if `after` is no bill of this account
    """
    found = Bill.objects.filter(account_id=account_id)
    if after is not None:
        issued_on = found.filter(number=after).values_list("issued_on", flat=True).first()
        if issued_on is None:
            raise _not_found(after, field="after")
        found = found.filter(Q(issued_on__lt=issued_on) | Q(issued_on=issued_on, number__lt=after))
    rows = found.order_by("-issued_on", "-number").values_list(*SHORT)
    return tuple(map(summary, rows[: max(1, min(limit, MOST_AT_ONCE))]))


def previous_bill(number: str) -> IssuedBill | None:
    """
    The bill to compare this one with: of the same account, the latest one that began earlier.

    By what it bills and not by when it was issued, so that the rebill of January is held against
    December. Cancellations, what was cancelled, and adjustments are passed over.

    :raises BillNotFound: if there is no bill of this number
    """
    row = Bill.objects.filter(number=number).values_list("account_id", "first_day").first()
    if row is None:
        raise _not_found(number, field="number")
    account_id, first_day = row
    earlier = (
        usage_bills(account_id)
        .filter(cancelled_by=None, first_day__lt=first_day)
        .order_by("-first_day", "-issued_on", "-number")
        .values_list(*_WHOLE)
        .first()
    )
    return None if earlier is None else _issued(earlier)


def balance_of(account_id: UUID) -> Money:
    """
    What an account owes by its bills; negative: what it is owed.

    A bill counts until it is settled, and what takes it back counts against it, so the two of
    them are nothing, unless it had been paid before.

    :raises AccountUnknown: if there is no account of this id
    """
    account = customers.account_of_id(account_id)
    found = Bill.objects.filter(account_id=account_id, settlement=None)
    minor = found.aggregate(minor=Sum("total_minor"))["minor"]
    return Money(minor or 0, Currency(account.currency))


def usage_bills(account_id: UUID) -> "QuerySet[Bill]":
    """The bills of an account that charge what was used in a period."""
    beside = (BillKind.CANCELLATION, BillKind.ADJUSTMENT)
    return Bill.objects.filter(account_id=account_id).exclude(kind__in=beside)


def _whole(found: "QuerySet[Bill]", asked: str, *, field: str) -> IssuedBill:
    row = found.values_list(*_WHOLE).first()
    if row is None:
        raise _not_found(asked, field=field)
    return _issued(row)


def _not_found(asked: str, *, field: str) -> BillNotFound:
    return BillNotFound(f"{asked!r} is not a bill.", places=(Place(field=field),))


def _issued(row: tuple[Any, ...]) -> IssuedBill:
    facts = dict(zip(_WHOLE, row, strict=True))
    content = content_of(json.loads(facts["document"]))
    issued_at: datetime = facts["issued_at"]
    return IssuedBill(
        id=facts["id"],
        number=facts["number"],
        account_id=facts["account_id"],
        content=content,
        addressee=value_of(Addressee, json.loads(facts["addressee"])),
        issued_at=issued_at,
        issued_on=facts["issued_on"],
        due_on=facts["due_on"],
        open_before=Money(facts["open_before_minor"], content.currency),
        known_at=facts["known_at"],
        sha256=facts["sha256"],
        cancelled_by=facts["cancelled_by__number"],
    )


def summary(row: tuple[Any, ...]) -> BillSummary:
    """A bill in short, of the columns `SHORT`."""
    facts = dict(zip(SHORT, row, strict=True))
    return BillSummary(
        id=facts["id"],
        number=facts["number"],
        account_id=facts["account_id"],
        kind=BillKind(facts["kind"]),
        first_day=facts["first_day"],
        after_last=facts["after_last"],
        total=Money(facts["total_minor"], Currency(facts["currency"])),
        issued_on=facts["issued_on"],
        due_on=facts["due_on"],
        state=state_of(
            facts["kind"], facts["cancelled_by__number"], facts["settlement__settled_on"]
        ),
        estimated=facts["estimated"],
    )


def state_of(kind: str, cancelled_by: str | None, settled_on: date | None) -> BillState:
    """What has become of a bill."""
    if kind == BillKind.CANCELLATION:
        return BillState.CANCELLATION
    if cancelled_by is not None:
        return BillState.CANCELLED
    return BillState.OPEN if settled_on is None else BillState.SETTLED
