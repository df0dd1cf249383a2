"""Reports add up to the bills, to the cent and to the last decimal."""

import sqlite3
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from pytest_django import DjangoAssertNumQueries

from lamplighter.billing.domain.bills import BillKind
from lamplighter.history.queries.reports import (
    Dimension,
    Measured,
    Revenue,
    account_history,
    revenue_by,
)
from lamplighter.history.tests.bills import (
    APRIL,
    BOTH,
    EUR,
    FEBRUARY,
    JANUARY,
    MARCH,
    NOON,
    Account,
    bill_of,
    cancel,
    issue,
    month,
    two_months,
)
from lamplighter.kernel import Money
from lamplighter.platform.deliveries import deliver_due

pytestmark = pytest.mark.django_db(databases=BOTH)
YEAR: dict[str, Any] = {"first_day": date(2025, 1, 1), "after_last": date(2026, 1, 1)}


@pytest.fixture
def accounts() -> list[Account]:
    return two_months()


def imported(kwh: str) -> tuple[Measured, ...]:
    return (Measured(flow="import", quantity=Decimal(kwh), unit="kWh"),)


def row(key: str, bills: int, minor: int, measured: tuple[Measured, ...]) -> Revenue:
    return Revenue(key=key, bills=bills, amount=Money(minor, EUR), measured=measured)


def test_by_month_are_the_bills_issued_in_it(accounts: list[Account]) -> None:
    # 20.00 + 40.02 + 46.50 and 3 x 5.00; 20.00 + 10.00 + 46.50 and 3 x 5.00.
    assert revenue_by(Dimension.MONTH, **YEAR) == (
        row("2025-02", 3, 12152, imported("600.100000001")),
        row("2025-03", 3, 9150, imported("450.000000001")),
    )


def test_by_tariff_usage_counts_once_though_two_lines_bill_it(accounts: list[Account]) -> None:
    assert revenue_by(Dimension.TARIFF, **YEAR) == (
        row("FLAT", 4, 11002, imported("450.1")),
        row("NIGHT", 2, 10300, imported("600.000000002")),
    )


def test_by_component_is_what_stands_on_the_lines(accounts: list[Account]) -> None:
    energy = (Measured(flow="", quantity=Decimal("1050.100000002"), unit="kWh"),)
    months = (Measured(flow="", quantity=Decimal(6), unit="month"),)
    assert revenue_by(Dimension.COMPONENT, **YEAR) == (
        row("Energy", 6, 18302, energy),
        row("Fuel", 6, 0, energy),
        row("Standing charge", 6, 3000, months),
    )


def test_a_report_is_of_the_days_and_of_the_tariff_that_are_asked_for(
    accounts: list[Account],
) -> None:
    (told,) = revenue_by(Dimension.COMMODITY, first_day=FEBRUARY, after_last=MARCH, tariff="FLAT")
    assert told == row("electricity", 2, 7002, imported("300.1"))
    assert revenue_by(Dimension.COMMODITY, first_day=APRIL, after_last=date(2025, 5, 1)) == ()


@pytest.mark.parametrize("dimension", list(Dimension))
def test_whatever_it_is_by_a_report_adds_up_to_the_bills(
    accounts: list[Account], dimension: Dimension
) -> None:
    bills = [bill_of(f"B-{n:07}").content.total_minor for n in range(1, 7)]
    assert sum(each.amount.minor for each in revenue_by(dimension, **YEAR)) == sum(bills)


@pytest.mark.parametrize("dimension", [Dimension.TARIFF, Dimension.COMPONENT])
def test_what_is_cancelled_counts_for_nothing(
    accounts: list[Account], dimension: Dimension
) -> None:
    before = revenue_by(dimension, **YEAR)
    wrong = issue(accounts[0], month(accounts[0], MARCH, "99999"), on=APRIL)
    cancel(accounts[0], wrong[0], on=APRIL)
    deliver_due(at=NOON + timedelta(days=400))
    assert revenue_by(dimension, **YEAR) == before


def test_an_account_has_its_bills_in_the_order_of_their_days(accounts: list[Account]) -> None:
    first = accounts[0]
    number = cancel(first, "B-0000001", on=APRIL)
    rebilled = bill_of("B-0000001").id
    content = month(first, JANUARY, "90", kind=BillKind.REBILL)
    issue(first, content, on=APRIL, replaces=rebilled)
    deliver_due(at=NOON + timedelta(days=400))
    told = [(each.number, each.kind, each.total.minor) for each in account_history(first.id)]
    assert told == [
        ("B-0000001", "regular", 2500),
        (number, "cancellation", -2500),
        ("B-0000008", "rebill", 2300),
        ("B-0000004", "regular", 2500),
    ]
    assert account_history(first.id)[1].measured == imported("-100")


def test_a_report_asks_the_database_of_billing_nothing(
    accounts: list[Account], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0, using="default"):
        assert len(revenue_by(Dimension.TARIFF, **YEAR)) == 2


@pytest.mark.django_db(databases=BOTH, transaction=True)
@pytest.mark.skipif(
    "{each.vendor for each in connections.all()} != {'sqlite'}", reason="files lock as a whole"
)
def test_a_report_runs_while_billing_is_locked(accounts: list[Account]) -> None:
    writer = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    try:
        assert len(revenue_by(Dimension.MONTH, **YEAR)) == 2
        with connections["history"].cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")  # and history can be written meanwhile
            cursor.execute("ROLLBACK")
    finally:
        writer.close()
