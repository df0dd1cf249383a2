"""Bills are paid: one, or all that a bank statement says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.billing.actions.cancelling import (
    BillAlreadyCancelled,
    BillSettled,
    CancellationStays,
    SettledInTheFuture,
)
from lamplighter.billing.actions.issuing import today
from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.models import Agreement, Bill, BilledAccount, Settlement
from lamplighter.billing.queries.bills import BillNotFound
from lamplighter.billing.queries.drafting.book import LOCKED_IN
from lamplighter.kernel import Place, new_id
from lamplighter.platform import audit
from lamplighter.platform.bulk import insert_rows

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A bill that is paid, or otherwise done with."""

    number: str
    settled_on: date


def settle_bill(*, number: str, settled_on: date, source: str, by: str, at: datetime) -> None:
    """
    Note that a bill is paid, or otherwise done with. Once more changes nothing.

    :raises Refusal: as `settle_bills`
    """
    paid = Paid(number=number, settled_on=settled_on)
    settle_bills([paid], source=source, by=by, at=at)


@transaction.atomic
def settle_bills(payments: Sequence[Paid], *, source: str, by: str, at: datetime) -> int:
    """
    Note that all of these bills are paid, or none. Once more changes nothing.

    :param source: who or what says so
    :return: how many were open before
    :raises BillNotFound, CancellationStays, BillAlreadyCancelled: naming the row
    :raises BillSettled: if one was settled on another day
    :raises SettledInTheFuture: if a day is still to come
    """
    bills = _bills({paid.number for paid in payments})
    rows: dict[UUID, date] = {}
    for row, paid in enumerate(payments, start=1):
        if paid.settled_on > today(at):
            place = (Place(row=row, field="settled_on"),)
            raise SettledInTheFuture(f"It is {today(at)}.", places=place)
        place = (Place(row=row, field="number"),)
        if paid.number not in bills:
            raise BillNotFound(f"{paid.number!r} is not a bill.", places=place)
        bill = bills[paid.number]
        if bill.kind == BillKind.CANCELLATION:
            raise CancellationStays("A cancellation is not paid.", places=place)
        if bill.is_cancelled:
            raise BillAlreadyCancelled("There is nothing to pay.", places=place)
        before = rows.get(bill.id, bill.settled_on)
        if before not in (None, paid.settled_on):
            raise BillSettled(f"{paid.number} was settled on {before}.", places=place)
        if bill.settled_on is None:
            rows[bill.id] = paid.settled_on
    _insert(rows, source, at)
    if rows:
        audit.record(
            actor=by,
            action="billing.settle_bills",
            subject=f"{len(rows)} bills",
            detail={"count": len(rows), "source": source},
            at=at,
        )
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    kind: str
    settled_on: date | None
    is_cancelled: bool


def _bills(wanted: set[str]) -> dict[str, _Known]:
    """These bills; until the transaction is over, nobody cancels them."""
    numbers = sorted(wanted)
    result: dict[str, _Known] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = Bill.objects.filter(number__in=numbers[start : start + _AT_ONCE])
        _lock(some.values_list("account_id", flat=True))
        cancelled = set(Bill.objects.filter(cancels__in=some).values_list("cancels_id", flat=True))
        for key, number, kind, settled_on in some.values_list(
            "id", "number", "kind", "settlement__settled_on"
        ):
            result[number] = _Known(key, kind, settled_on, key in cancelled)
    return result


def _lock(accounts: Iterable[UUID]) -> None:
    """In the order in which a run locks them."""
    chosen = list(accounts)
    list(BilledAccount.objects.select_for_update().filter(account__in=chosen).order_by("account"))
    list(Agreement.objects.select_for_update().filter(account__in=chosen).order_by(*LOCKED_IN))


def _insert(rows: dict[UUID, date], source: str, at: datetime) -> None:
    columns = ("id", "bill", "settled_on", "source", "recorded_at")
    try:
        with transaction.atomic():
            insert_rows(
                Settlement, columns, ((new_id(), key, on, source, at) for key, on in rows.items())
            )
    except IntegrityError:
        # All else was looked at: somebody else was quicker.
        raise BillSettled(remedy="Settle these bills once more.") from None
