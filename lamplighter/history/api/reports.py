"""Reports over bills, over HTTP."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.history.queries.reports import (
    BillOfAccount,
    Dimension,
    Measured,
    Revenue,
    account_history,
    revenue_by,
)
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import note_read, tell
from lamplighter.platform.schemas import Day, DecimalText, Line, MoneyOut, money_of, reads

router = Router(tags=["reports"])


class MeasuredOut(Schema):
    """What passed in one direction."""

    flow: str
    quantity: DecimalText
    unit: str


class RevenueOut(Schema):
    """What was billed under one key."""

    key: str
    bills: int
    amount: MoneyOut
    measured: list[MeasuredOut]


class RevenuesOut(Schema):
    """What was billed, by month, tariff, component or commodity."""

    items: list[RevenueOut]


class BillOfAccountOut(Schema):
    """One bill of an account's history."""

    number: str
    kind: str
    first_day: date
    after_last: date
    issued_on: date
    total: MoneyOut
    estimated: bool
    measured: list[MeasuredOut]


class AccountHistoryOut(Schema):
    """All bills of an account, in the order of their days."""

    items: list[BillOfAccountOut]


@router.get(
    "/revenue",
    auth=needs(Action.READ_REPORTS),
    response=reads(RevenuesOut),
    operation_id="report_revenue",
)
def report_revenue(
    request: HttpRequest,
    begin: Annotated[Day, Field(description="The first day on which bills were issued.")],
    before: Annotated[Day, Field(description="The day after the last one.")],
    by: Dimension = Dimension.MONTH,
    tariff: Annotated[Line | None, Field(description="Only what this one charges.")] = None,
) -> HttpResponse:
    """What was billed in a time. What was taken back counts for nothing."""
    rows = revenue_by(by, first_day=begin, after_last=before, tariff=tariff)
    return tell(request, {"items": list(map(_revenue, rows))})


@router.get(
    "/accounts/{identifier:number}",
    auth=needs(Action.READ_REPORTS),
    response=reads(AccountHistoryOut, 404),
    operation_id="report_account",
)
def report_account(request: HttpRequest, number: str) -> HttpResponse:
    """All that an account was ever billed."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"account:{account.id}", at=timezone.now())
    return tell(request, {"items": list(map(_bill, account_history(account.id)))})


def _revenue(row: Revenue) -> dict[str, Any]:
    return {
        "key": row.key,
        "bills": row.bills,
        "amount": money_of(row.amount.minor, row.amount.currency.code),
        "measured": list(map(_measured, row.measured)),
    }


def _bill(told: BillOfAccount) -> dict[str, Any]:
    return {
        "number": told.number,
        "kind": told.kind,
        "first_day": told.first_day,
        "after_last": told.after_last,
        "issued_on": told.issued_on,
        "total": money_of(told.total.minor, told.total.currency.code),
        "estimated": told.estimated,
        "measured": list(map(_measured, told.measured)),
    }


def _measured(one: Measured) -> dict[str, str]:
    return {"flow": one.flow, "quantity": f"{one.quantity:f}", "unit": one.unit}
