"""What `lamplighter history report` shows."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from lamplighter.history.tests.bills import BOTH, MARCH, NOON, Account, issue, month, two_months
from lamplighter.platform.deliveries import deliver_due
from lamplighter.site.cli import root

pytestmark = pytest.mark.django_db(databases=BOTH)


@pytest.fixture
def accounts() -> list[Account]:
    return two_months()


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
