"""Lists of bills: of one account, or of all that somebody may see."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bills import BillState
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.platform.paging import Asked, Page, order_of, page_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

SORTS: Final = {
    "issued_on": "issued_on",
    "due_on": "due_on",
    "number": "number",
    "total": "total_minor",
}
COLUMNS: Final = (
    "number", "account__number", "kind", "first_day", "after_last", "total_minor", "currency",
    "issued_on", "due_on", "estimated", "cancelled_by__number", "settlement__settled_on",
)  # fmt: skip

_STATES: Final = {
    BillState.CANCELLATION: Q(kind=BillKind.CANCELLATION),
    BillState.CANCELLED: Q(cancelled_by__isnull=False),
    BillState.SETTLED: Q(cancelled_by=None, settlement__isnull=False)
    & ~Q(kind=BillKind.CANCELLATION),
    BillState.OPEN: Q(cancelled_by=None, settlement=None) & ~Q(kind=BillKind.CANCELLATION),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BillsWanted:
    """Which bills somebody looks for."""

    account: str | None = None
    """Its number."""
    state: BillState | None = None
    kind: BillKind | None = None
    issued_from: date | None = None
    issued_before: date | None = None


def bills_page(wanted: BillsWanted, *, sight: Sight, asked: Asked) -> Page:
    """
    A page of the bills that somebody may see, the newest first if no other order is asked for.

    :return: rows of `COLUMNS`
    :raises AccountUnknown: if the account is not there, as far as they can see
    :raises SortUnknown, CursorMalformed: see `platform.paging`
    """
    order = order_of(asked.sort or "-issued_on", SORTS, tie="-number")
    return page_of(_wanted(wanted, sight), COLUMNS, order=order, asked=asked)


def _wanted(wanted: BillsWanted, sight: Sight) -> "QuerySet[Bill]":
    found = Bill.objects.all()
    if wanted.account is not None:
        account = customers.account_in_sight(wanted.account, sight)
        found = found.filter(account_id=account.id)
    elif (seen := customers.account_ids_in_sight(sight)) is not None:
        found = found.filter(account_id__in=seen)
    if wanted.state is not None:
        found = found.filter(_STATES[wanted.state])
    if wanted.kind is not None:
        found = found.filter(kind=wanted.kind)
    if wanted.issued_from is not None:
        found = found.filter(issued_on__gte=wanted.issued_from)
    if wanted.issued_before is not None:
        found = found.filter(issued_on__lt=wanted.issued_before)
    return found
