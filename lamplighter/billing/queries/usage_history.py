"""What an account has used over the past months, for charts."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bills import BillNotFound, usage_bills
from lamplighter.kernel import Currency, Money, Place

DRAWN: Final = "import"
"""The direction that is shown: from the network to the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledUsage:
    """What a bill says was drawn of one commodity, in all places of the account."""

    number: str
    first_day: date
    after_last: date
    commodity: str
    quantity: Decimal
    unit: str
    total: Money
    """Of the whole bill."""
    estimated: bool


def usage_history(account_id: UUID, *, up_to: str, months: int = 13) -> tuple[BilledUsage, ...]:
    """
    What was used in the months up to the end of a bill, bill by bill, in order of time.

    It is told as it was known when that bill was issued: what was cancelled later is in it, so
    that the bill looks the same whenever it is printed.

    :param up_to: the number of the bill
    :raises BillNotFound: if it is no bill of this account
    """
    known = Bill.objects.filter(account_id=account_id, number=up_to)
    last = known.values_list("after_last", "issued_at").first()
    if last is None:
        place = Place(field="up_to")
        raise BillNotFound(f"{up_to!r} is not a bill of this account.", places=(place,))
    after_last, issued_at = last
    rows = (
        usage_bills(account_id)
        .filter(issued_at__lte=issued_at, after_last__lte=after_last)
        .filter(first_day__gte=_months_before(after_last, months))
        .filter(Q(cancelled_by=None) | Q(cancelled_by__issued_at__gt=issued_at) | Q(number=up_to))
        .order_by("first_day", "number")
        .values_list("number", "currency", "total_minor", "estimated", "document")
    )
    return tuple(usage for row in rows for usage in _of_bill(row))


def _of_bill(row: tuple[Any, ...]) -> list[BilledUsage]:
    number, currency, total_minor, estimated, document = row
    content = json.loads(document)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for segment in content.get("segments", ()):
        for usage in segment.get("usage", ()):
            if usage["flow"] == DRAWN:
                sums[segment["commodity"], usage["unit"]] += Decimal(usage["quantity"])
    return [
        BilledUsage(
            number=number,
            first_day=date.fromisoformat(content["first_day"]),
            after_last=date.fromisoformat(content["after_last"]),
            commodity=commodity,
            quantity=quantity,
            unit=unit,
            total=Money(total_minor, Currency(currency)),
            estimated=estimated,
        )
        for (commodity, unit), quantity in sorted(sums.items())
    ]


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the 28th if that month may not have it."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, min(day.day, 28))
