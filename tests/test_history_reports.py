"""From bills to what `lamplighter history report` shows."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lamplighter.billing.actions import cancel_bill, rebill
from lamplighter.billing.queries.bills import bills_of
from lamplighter.billing.tests import village
from lamplighter.history.queries.agreeing import verify
from lamplighter.history.queries.reports import Dimension, Measured, account_history, revenue_by
from lamplighter.history.tests.bills import (
    BOTH,
    EUR,
    FEBRUARY,
    JANUARY,
    MARCH,
    NOON,
    Account,
    issue,
    month,
    two_months,
)
from lamplighter.kernel import Money
from lamplighter.platform.deliveries import deliver_due
from lamplighter.site.cli import root

LATE = datetime(2025, 2, 10, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(databases=BOTH)


@pytest.fixture
def accounts() -> list[Account]:
    return two_months()


def test_a_run_of_bills_is_in_history_as_it_was_billed(tmp_path: Path) -> None:
    village.publish(tmp_path, village.tariff())
    village.define_cycle()
    homes = village.settle(3)
    village.read_meters(homes, JANUARY, FEBRUARY, wh=[100, 200, 300])
    village.run(date(2025, 1, 31))
    deliver_due(at=NOON + timedelta(days=400))
    assert verify(every=True) == 3
    (told,) = revenue_by(Dimension.TARIFF, first_day=JANUARY, after_last=MARCH)
    # 744 hours: 446.4 kWh at 0.20 is 89.28, and 3 x 5.00.
    assert (told.key, told.bills, told.amount) == ("FLAT", 3, Money(10428, EUR))
    assert told.measured == (Measured(flow="import", quantity=Decimal("446.4"), unit="kWh"),)
    assert [each.total.minor for each in account_history(homes[0].account)] == [1988]


def test_cancelled_and_billed_anew_only_the_new_bill_counts(tmp_path: Path) -> None:
    village.publish(tmp_path, village.tariff())
    village.define_cycle()
    homes = village.settle(2)
    village.read_meters(homes, JANUARY, FEBRUARY, wh=[100, 200])
    village.run(date(2025, 1, 31))
    village.read_meters(homes[1:], JANUARY, FEBRUARY, wh=300, at=LATE)
    # A run goes by where readings lie, so either may have the first number.
    wrong, late = (bills_of(home.account)[0].number for home in homes)
    cancel_bill(number=wrong, reason="Not theirs", by="test", at=LATE)
    rebill(number=late, reason="A better reading", by="test", at=LATE)
    deliver_due(at=NOON + timedelta(days=400))
    assert verify(every=True) == 5
    (told,) = revenue_by(Dimension.TARIFF, first_day=JANUARY, after_last=MARCH)
    # 744 hours at 0.3 kWh are 223.2 kWh, at 0.20 44.64, and 5.00.
    assert (told.key, told.bills, told.amount) == ("FLAT", 1, Money(4964, EUR))
    assert told.measured == (Measured(flow="import", quantity=Decimal("223.2"), unit="kWh"),)


def report(*arguments: str) -> str:
    months = ("--from", "2025-02", "--to", "2025-03")
    done = CliRunner().invoke(root, ["history", "report", *months, *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_report_is_a_table_for_people(accounts: list[Account]) -> None:
    shown = report("--by", "tariff")
    assert [line.split("│")[1].strip() for line in shown.splitlines() if "import" in line] == [
        "FLAT", "NIGHT",
    ]  # fmt: skip
    assert "110.02" in shown
    assert "600.000000002 kWh import" in shown


def test_a_report_is_json_with_exact_numbers(accounts: list[Account]) -> None:
    told: Any = json.loads(report("--by", "tariff", "--format", "json"))
    assert told[1] == {
        "tariff": "NIGHT",
        "currency": "EUR",
        "bills": 2,
        "amount": "103.00",
        "measured": [{"flow": "import", "quantity": "600.000000002", "unit": "kWh"}],
    }


def test_columns_of_the_csv_can_be_added_up(accounts: list[Account]) -> None:
    told = list(csv.DictReader(io.StringIO(report("--by", "component", "--format", "csv"))))
    assert sum(Decimal(each["amount"] or 0) for each in told) == Decimal("213.02")
    assert told[0] == {
        "component": "Energy", "currency": "EUR", "bills": "6", "amount": "183.02",
        "flow": "", "quantity": "1050.100000002", "unit": "kWh",
    }  # fmt: skip


def test_a_name_that_looks_like_a_formula_is_none_in_the_csv(accounts: list[Account]) -> None:
    content = month(accounts[0], MARCH, "10")
    (segment,) = content.segments
    odd = replace(segment, tariff="=HYPERLINK(1)")
    issue(accounts[0], replace(content, segments=(odd,)), on=MARCH)
    deliver_due(at=NOON + timedelta(days=400))
    told = list(csv.DictReader(io.StringIO(report("--by", "tariff", "--format", "csv"))))
    assert told[0]["tariff"] == "'=HYPERLINK(1)"
