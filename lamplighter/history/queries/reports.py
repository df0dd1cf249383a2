"""What was billed, by month, tariff, component or commodity; and what an account was billed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, Sum

from lamplighter.history.models import BilledFact, LineFact, UsageFact
from lamplighter.kernel import Currency, Money
from lamplighter.platform.exact import ExactSum


class Dimension(StrEnum):
    """What is put together in a row of a report."""

    MONTH = "month"
    """In which the bills were issued, as `2026-01`."""
    TARIFF = "tariff"
    """Its code; empty: what no tariff charges."""
    COMPONENT = "component"
    COMMODITY = "commodity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was billed, in one unit."""

    flow: str
    """`import`, `export`; empty where it is the quantity of a component."""
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """A row of a report. What was cancelled counts for nothing in it."""

    key: str
    bills: int
    """With such a line. Each cancellation counts as one less, in the month it was issued."""
    amount: Money
    measured: tuple[Measured, ...]
    """Of a component: what stands on its lines. Else: what passed the usage points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillOfAccount:
    """One bill of an account's history."""

    number: str
    kind: str
    first_day: date
    after_last: date
    issued_on: date
    total: Money
    estimated: bool
    measured: tuple[Measured, ...]


@dataclass(slots=True)
class _Row:
    bills: int = 0
    amount: int = 0
    measured: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))


_CHARGED: Final = Count("bill_id", distinct=True, filter=Q(takes_back=False))
_TAKEN_BACK: Final = Count("bill_id", distinct=True, filter=Q(takes_back=True))


def revenue_by(
    dimension: Dimension,
    *,
    first_day: date,
    after_last: date,
    tariff: str | None = None,
) -> tuple[Revenue, ...]:
    """
    Add up the bills that were issued from a day on and until a day (exclusive).

    :param tariff: only what this one charges
    :return: a row for each key and currency, in their order
    """
    only: dict[str, Any] = {"issued_on__gte": first_day, "issued_on__lt": after_last}
    if tariff is not None:
        only["tariff"] = tariff
    # A month is put together of days: both databases group dates, and each its months otherwise.
    column = "issued_on" if dimension is Dimension.MONTH else dimension.value
    rows: dict[tuple[str, str], _Row] = defaultdict(_Row)
    lines = LineFact.objects.filter(**only).order_by()
    for key, currency, amount, charged, taken_back in lines.values_list(
        column, "currency"
    ).annotate(amount=Sum("amount_minor"), charged=_CHARGED, taken_back=_TAKEN_BACK):
        row = rows[_key(key), currency]
        row.amount += int(amount)
        row.bills += charged - taken_back
    for key, currency, flow, unit, quantity in _quantities(dimension, column, only):
        rows[_key(key), currency].measured[flow, unit] += quantity
    return tuple(_revenue(key, code, rows[key, code]) for key, code in sorted(rows))


def account_history(account_id: UUID) -> tuple[BillOfAccount, ...]:
    """Tell all bills of an account, in the order of their days."""
    bills = BilledFact.objects.filter(account_id=account_id)
    of_bill: dict[UUID, _Row] = defaultdict(_Row)
    used = UsageFact.objects.filter(bill__account_id=account_id).order_by()
    for key, flow, unit, quantity in used.values_list("bill_id", "flow", "unit", "quantity"):
        of_bill[key].measured[flow, unit] += quantity
    return tuple(
        BillOfAccount(
            number=bill.number,
            kind=bill.kind,
            first_day=bill.first_day,
            after_last=bill.after_last,
            issued_on=bill.issued_on,
            total=Money(bill.total_minor, Currency(bill.currency)),
            estimated=bill.estimated,
            measured=_measured(of_bill[bill.bill_id]),
        )
        for bill in bills.order_by("first_day", "issued_on", "number")
    )


def _quantities(dimension: Dimension, column: str, only: dict[str, Any]) -> Iterable[Any]:
    """Rows of key, currency, flow, unit and quantity."""
    if dimension is Dimension.COMPONENT:
        lines = LineFact.objects.filter(**only).exclude(unit="").order_by()
        for key, currency, unit, quantity in lines.values_list(column, "currency", "unit").annotate(
            ExactSum("quantity")
        ):
            yield key, currency, "", unit, quantity
        return
    used = UsageFact.objects.filter(**only).order_by()
    yield from used.values_list(column, "currency", "flow", "unit").annotate(ExactSum("quantity"))


def _key(value: str | date) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else value


def _revenue(key: str, currency: str, row: _Row) -> Revenue:
    return Revenue(
        key=key,
        bills=row.bills,
        amount=Money(row.amount, Currency(currency)),
        measured=_measured(row),
    )


def _measured(row: _Row) -> tuple[Measured, ...]:
    return tuple(
        Measured(flow=flow, quantity=row.measured[flow, unit], unit=unit)
        for flow, unit in sorted(row.measured, reverse=True)
    )
