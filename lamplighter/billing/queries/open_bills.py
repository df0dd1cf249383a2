"""What is owed and not paid yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.models import Bill
from lamplighter.kernel import Currency, Money


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill that nobody has settled or cancelled."""

    number: str
    account: str
    """Its number."""
    total: Money
    issued_on: date
    due_on: date


def open_bills(*, issued_from: date, issued_before: date) -> Iterator[OpenBill]:
    """Tell which bills that were issued in a span of days are open, in their order."""
    rows = (
        Bill.objects.filter(
            settlement=None, issued_on__gte=issued_from, issued_on__lt=issued_before
        )
        .exclude(kind=BillKind.CANCELLATION)
        .exclude(Exists(Bill.objects.filter(cancels=OuterRef("pk"))))
        .order_by("issued_on", "number")
        .values_list("number", "account__number", "total_minor", "currency", "issued_on", "due_on")
    )
    for number, account, total, currency, issued_on, due_on in rows:
        money = Money(total, Currency(currency))
        yield OpenBill(number, account, money, issued_on, due_on)
