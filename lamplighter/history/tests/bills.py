"""Bills, issued as billing issues them, to be found in history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from lamplighter.billing import actions
from lamplighter.billing.actions.issuing import Issue, Terms, issue_bills
from lamplighter.billing.domain.bills import (
    Basis,
    BillContent,
    BillKind,
    BillLine,
    BillSegment,
    FlowUsage,
    Source,
)
from lamplighter.billing.domain.documents import document_of
from lamplighter.billing.domain.drafts import Draft
from lamplighter.billing.queries.bills import bill
from lamplighter.customers import actions as customers
from lamplighter.history.models import DATABASE
from lamplighter.kernel import Currency, new_id
from lamplighter.platform import append_only
from lamplighter.platform.deliveries import deliver_due

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
BOTH = ["default", DATABASE]
EUR = Currency("EUR")
JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, n, 1) for n in (1, 2, 3, 4))
ADDRESSEE = '{"address":["1 High Street"],"language":"en","name":"Mary Ward"}'
RATES = {"FLAT": Decimal("0.20"), "NIGHT": Decimal("0.155")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: UUID
    number: str


def open_accounts(count: int) -> list[Account]:
    """With the series B, from which bills get their numbers."""
    actions.define_cycle(code="MONTHLY", name="Monthly", by="test", at=NOON)
    numbers = [f"A-{n:05}" for n in range(1, count + 1)]
    new = [
        customers.NewAccount(
            number=number,
            holder="Mary Ward",
            postal_address=("1 High Street", "Springfield"),
            currency="EUR",
            opened_on=NOON.date(),
        )
        for number in numbers
    ]
    ids = customers.take_over_accounts(new, by="test", at=NOON)
    return [Account(id=key, number=n) for key, n in zip(ids, numbers, strict=True)]


def month(
    of: Account, first_day: date, kwh: str, *, tariff: str = "FLAT", **more: Any
) -> BillContent:
    """A month's content: 5.00, and so much a kWh, and a rider on the same kWh for nothing."""
    after_last = (first_day + timedelta(32)).replace(day=1)
    quantity, rate = Decimal(kwh), RATES[tariff]
    energy: dict[str, Any] = {"quantity": quantity, "unit": "kWh", "reason": "all hours"}
    lines = (
        BillLine(
            component="Standing charge", kind="fixed", quantity=Decimal(1), unit="month",
            rate=Decimal(5), amount_minor=500,
        ),
        BillLine(
            component="Energy", kind="energy", rate=rate,
            amount_minor=round(quantity * rate * 100), **energy,
        ),
        BillLine(component="Fuel", kind="rider", rate=Decimal(0), amount_minor=0, **energy),
    )  # fmt: skip
    segment = BillSegment(
        agreement_id=new_id(), usage_point=f"P-{of.number}", commodity="electricity",
        tariff=tariff, tariff_name=f"Tariff {tariff}", version_id=new_id(), first_day=first_day,
        after_last=after_last, months=Fraction(1), measured=((quantity,),), lines=lines,
        usage=(FlowUsage(flow="import", quantity=quantity, unit="kWh"),),
        basis=Basis(source=Source.INTERVALS, counts=(("actual", 744),)),
    )  # fmt: skip
    facts: dict[str, Any] = {
        "kind": BillKind.REGULAR,
        "currency": EUR,
        "segments": (segment,),
    } | more
    return BillContent(account=of.number, first_day=first_day, after_last=after_last, **facts)


def issue(
    of: Sequence[Account] | Account,
    contents: Sequence[BillContent] | BillContent,
    *,
    on: date,
    **more: UUID,
) -> list[str]:
    """Issue bills, as a run or a person does, and return their numbers."""
    accounts = [of] if isinstance(of, Account) else of
    each = [contents] if isinstance(contents, BillContent) else contents
    at = datetime(on.year, on.month, on.day, 6, tzinfo=UTC)
    issues = [
        Issue(draft=_draft(account, content), addressee=ADDRESSEE, **more)
        for account, content in zip(accounts, each, strict=True)
    ]
    with transaction.atomic():
        return issue_bills(issues, Terms(series="B", due_days=14, issued_on=on), at=at)


def two_months() -> list[Account]:
    """
    Two accounts by FLAT and one by NIGHT, with bills that are in history.

    Issued in February: 100 kWh, 200.1 kWh (FLAT, 0.20), 300.000000001 kWh (NIGHT, 0.155).
    In March: the same by the first and the last; the second is of 50 kWh.
    """
    accounts = open_accounts(3)
    tariffs = ("FLAT", "FLAT", "NIGHT")
    used = {(JANUARY, FEBRUARY): ("100", "200.1", "300.000000001"),
            (FEBRUARY, MARCH): ("100", "50", "300.000000001")}  # fmt: skip
    for (first_day, on), kwh in used.items():
        contents = [
            month(account, first_day, each, tariff=tariff)
            for account, each, tariff in zip(accounts, kwh, tariffs, strict=True)
        ]
        issue(accounts, contents, on=on)
    deliver_due(at=NOON + timedelta(days=400))
    return accounts


def cancel(of: Account, number: str, *, on: date) -> str:
    """Take a bill back."""
    cancelled = bill_of(number)
    content = BillContent(
        kind=BillKind.CANCELLATION,
        account=of.number,
        currency=EUR,
        first_day=cancelled.content.first_day,
        after_last=cancelled.content.after_last,
        adjustments=(
            BillLine(
                component=f"Cancels {number}", kind="adjustment", quantity=Decimal(1), unit="",
                rate=-cancelled.content.total.amount,
                amount_minor=-cancelled.content.total_minor,
            ),
        ),
        refers_to=number,
    )  # fmt: skip
    return issue(of, content, on=on, cancels=cancelled.id)[0]


def bill_of(number: str) -> Any:
    return bill(number)


def change_history(statement: str) -> None:
    """Execute a statement as only the database's owner can, who switches the guards off."""
    connection = connections[DATABASE]
    tables = append_only.append_only_tables(DATABASE)
    with connection.cursor() as cursor:
        for table, _ in tables:
            for off in append_only.unguards(connection.vendor, table):
                cursor.execute(off)
        cursor.execute(statement)
        for table, key in tables:
            for on in append_only.guards(connection.vendor, table, key):
                cursor.execute(on)


def _draft(account: Account, content: BillContent) -> Draft:
    return Draft(
        account_id=account.id,
        kind=content.kind,
        currency=content.currency.code,
        first_day=content.first_day,
        after_last=content.after_last,
        total_minor=content.total_minor,
        known_at=NOON,
        document=document_of(content),
    )
