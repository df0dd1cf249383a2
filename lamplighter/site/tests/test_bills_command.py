"""Bills on the command line, from a cycle to a bill that is put right."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_django import Settings

from lamplighter.billing.actions import CycleAlreadyBilled, PeriodNotOver
from lamplighter.billing.queries.bills import bills_of
from lamplighter.customers import queries as customers
from lamplighter.site.cli import root
from lamplighter.site.demo.building import Made, Plan, steps_left

pytestmark = pytest.mark.django_db(databases=["default", "history"])
FLAT = "40000001-4"
NO_METER = 24


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.LAMPLIGHTER_HOME = tmp_path
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    return tmp_path


@pytest.fixture
def town(home: Path) -> Path:
    """Two months of a few accounts, not billed yet."""
    plan = Plan(accounts=NO_METER, months=2, bills=False)
    made = Made.read(home / "demo" / "made.json", plan)
    for step in steps_left(made):
        step.act()
    return home


def say(*words: str) -> str:
    result = CliRunner().invoke(root, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def numbers(account: str) -> list[str]:
    return [one.number for one in bills_of(customers.account(account).id)]


def test_a_month_is_billed_and_a_bill_is_put_right(town: Path) -> None:
    said = say("bills", "run", "--cycle", "MONTHLY", "--through", "2025-05-31")
    assert "2025-05-01 to 2025-06-01: " in said
    assert "1 could not be billed." in said
    assert "NoMeter" in say("bills", "exceptions")
    (number,) = numbers(FLAT)
    explained = say("bills", "explain", number)
    assert "Customer charge" in explained
    assert "no bill before to compare with" in explained
    assert "the same " in say("bills", "verify", number)

    assert f"in place of {number}" in say("bills", "rebill", number, "--reason", "a test")
    newest, cancellation, _ = numbers(FLAT)
    assert "takes back" in say("bills", "explain", cancellation)
    say("bills", "settled", newest, "--on", "2025-06-20", "--source", "bank")
    assert "Open: 0.00 USD" in say("bills", "list", FLAT)
    said = say("bills", "adjust", FLAT, "Goodwill=-10.00", "--reason", "a long wait")
    assert said.strip() == numbers(FLAT)[0]
    assert "-10.00 USD" in say("accounts", "show", FLAT)

    say("worker", "--once")
    told = say("history", "account", FLAT)
    assert [line.split("\t")[0] for line in told.splitlines()] == sorted(numbers(FLAT))
    assert "kWh import" in told


def test_a_bill_is_written_to_a_file(town: Path) -> None:
    say("bills", "make", FLAT, "--through", "2025-05-31")
    path = town / "bill.pdf"
    say("bills", "pdf", numbers(FLAT)[0], "--paper", "a4", "--out", str(path))
    assert path.read_bytes().startswith(b"%PDF")


def test_days_to_come_are_not_billed(town: Path) -> None:
    asked = ["bills", "run", "--cycle", "MONTHLY", "--through", "2999-01-31"]
    assert isinstance(CliRunner().invoke(root, asked).exception, PeriodNotOver)


def test_a_cycle_with_nobody_in_it_is_billed_at_once(town: Path) -> None:
    say("cycles", "define", "EMPTY", "--name", "Nobody", "--rule", "due_days=21")
    say("cycles", "extend", "EMPTY", "--from", "2025-01-01", "--count", "2")
    asked = ["bills", "run", "--cycle", "EMPTY", "--through", "2025-01-31"]
    assert "0 issued" in say(*asked)
    assert isinstance(CliRunner().invoke(root, asked).exception, CycleAlreadyBilled)
    say("cycles", "rules", "EMPTY", "due_days=30", "hold_zero=no")
    listed = say("cycles", "list")
    assert "due_days=30" in listed
    assert "hold_zero=False" in listed
    assert "calendar until 2025-03-01" in listed


def test_an_account_is_opened_and_pays_for_something(home: Path) -> None:
    tariff = {
        "format": "lamplighter-tariff/1", "code": "LAMP", "name": "Lamp", "currency": "EUR",
        "components": [{"type": "fixed", "name": "Lamp", "amount": "9.00", "per": "month"}],
    }  # fmt: skip
    (home / "tariff.json").write_text(json.dumps(tariff))
    say("tariffs", "import", str(home / "tariff.json"))
    say("tariffs", "publish", "LAMP")
    say("usage-points", "add", "P1", "--address", "1 Lamp Street", "--timezone", "Europe/Berlin")
    say("cycles", "define", "M", "--name", "Monthly")
    say("cycles", "extend", "M", "--from", "2025-01-01", "--count", "3")
    say("accounts", "open", "A1", "--holder", "Ada", "--address", "1 Lamp Street", "--currency",
        "EUR")  # fmt: skip
    agreed = say("accounts", "agree", "A1", "P1", "--tariff", "LAMP", "--cycle", "M", "--from",
                 "2025-01-01").strip()  # fmt: skip
    say("accounts", "move-out", agreed, "--on", "2025-01-11")
    say("bills", "run", "--cycle", "M", "--through", "2025-01-31")
    (final,) = bills_of(customers.account("A1").id)
    # Ten of 31 days of 9.00.
    assert (final.kind, final.total.minor, final.after_last) == ("final", 290, date(2025, 1, 11))
    assert "A1" in say("accounts", "find", "Ada")
