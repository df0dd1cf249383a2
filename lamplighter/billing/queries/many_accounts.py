"""What hangs on many accounts, each in one statement: for who would otherwise ask for each."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bills import SHORT, BillSummary, summary


def open_minor_of(account_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """
    What each account owes by its bills, in minor units of its currency; negative: what it is owed.

    See `bills.balance_of`. An account without open bills is not in it.
    """
    found = Bill.objects.filter(account_id__in=account_ids, settlement=None)
    rows = found.values_list("account_id").annotate(minor=Sum("total_minor"))
    return dict(rows.values_list("account_id", "minor"))


def latest_bills_of(
    account_ids: Collection[UUID], *, limit: int
) -> Mapping[UUID, tuple[BillSummary, ...]]:
    """The latest bills of each account, the newest first, at most `limit` of each."""
    place = Window(
        RowNumber(),
        partition_by=F("account_id"),
        order_by=(F("issued_on").desc(), F("number").desc()),
    )
    found = Bill.objects.filter(account_id__in=account_ids).annotate(place=place)
    rows = found.filter(place__lte=limit).order_by("-issued_on", "-number").values_list(*SHORT)
    bills: dict[UUID, list[BillSummary]] = defaultdict(list)
    for one in map(summary, rows):
        bills[one.account_id].append(one)
    return {account_id: tuple(some) for account_id, some in bills.items()}
