"""The made-up utility, from nothing to its bills."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_django import Settings

from lamplighter.billing.queries.bills import bill, bills_of
from lamplighter.billing.queries.open_bills import open_bills
from lamplighter.billing.queries.work import held_bills, open_exceptions, runs
from lamplighter.customers import queries as customers
from lamplighter.identity import actions as identity
from lamplighter.identity.actions import prove_identity
from lamplighter.identity.queries.exports import archive
from lamplighter.identity.queries.people import user_of_email
from lamplighter.kernel import Period
from lamplighter.metering.queries.register_usage import register_usage
from lamplighter.site.cli import root
from lamplighter.site.cli.demo import DemoInProduction
from lamplighter.site.demo.building import DemoOfAnotherSize, Made, Plan, steps_left
from lamplighter.site.demo.months import midnight
from lamplighter.site.demo.people import account_number, ordinal_of, reference_of
from lamplighter.site.demo.staff import HOUSEHOLDS, STAFF

pytestmark = pytest.mark.django_db(databases=["default", "history"])


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.LAMPLIGHTER_HOME = tmp_path
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    return tmp_path


def built(home: Path, plan: Plan) -> int:
    made = Made.read(home / "demo" / "made.json", plan)
    left = steps_left(made)
    for step in left:
        step.act()
        made.add(step)
    return len(left)


def bills(ordinal: int) -> list[tuple[date, date, str, bool]]:
    account = customers.account(account_number(ordinal))
    found = sorted(bills_of(account.id), key=lambda one: one.first_day)
    return [(one.first_day, one.after_last, str(one.kind), one.estimated) for one in found]


def corrected(ordinal: int) -> list[tuple[date, date]]:
    """The first days of bills that put something right, and of what they put right."""
    account = customers.account(account_number(ordinal))
    contents = [bill(one.number).content for one in bills_of(account.id)]
    return [(one.first_day, wrong.first_day) for one in contents for wrong in one.corrections]


def unpaid() -> dict[int, int]:
    """How many bills of each account are open, of those who have not paid the one of May 2026."""
    found = open_bills(issued_from=date(2025, 1, 1), issued_before=date(2027, 1, 1))
    opened = [(ordinal_of(one.account), one.issued_on) for one in found]
    since = {ordinal for ordinal, on in opened if on == date(2026, 6, 3)}
    return dict(Counter(ordinal for ordinal, _ in opened if ordinal in since))


def test_the_first_accounts_have_their_stories(home: Path) -> None:
    built(home, Plan(accounts=25))
    ran = runs(limit=20)
    assert (len(ran), ran[0].after_last) == (17, date(2026, 10, 1))
    held = {one.account for one in held_bills()}
    assert held == {account_number(n) for n in (16, 19, 20)}
    waits = {one.account for one in open_exceptions()}
    assert waits == {account_number(24)}
    counts = {n: len(bills(n)) for n in range(1, 26)}
    assert counts == dict.fromkeys(range(1, 26), 17) | {
        16: 16, 19: 16, 20: 16, 21: 6, 22: 12, 24: 0,
    }  # fmt: skip
    assert bills(21)[-1] == (date(2025, 10, 1), date(2025, 10, 15), "final", False)
    assert bills(22)[0][:2] == (date(2025, 10, 15), date(2025, 11, 1))
    assert [estimated for *_, estimated in bills(15)].index(True) == 2
    assert [estimated for *_, estimated in bills(18)].index(True) == 9
    assert corrected(15) == [(date(2025, 8, 1), date(2025, 7, 1))]
    assert unpaid() == {7: 5, 8: 5, 13: 5}


def test_it_goes_on_where_it_was_and_does_nothing_twice(home: Path) -> None:
    plan = Plan(accounts=25, months=2)
    made = Made.read(home / "demo" / "made.json", plan)
    for step in steps_left(made)[:5]:
        step.act()
        made.add(step)
    assert built(home, plan) == len(steps_left(Made(home / "nowhere", plan))) - 5
    assert built(home, plan) == 0
    before = Counter(len(bills(n)) for n in range(1, 22))
    (home / "demo" / "made.json").unlink()
    built(home, plan)
    assert Counter(len(bills(n)) for n in range(1, 22)) == before == {2: 21}


def test_gas_is_read_at_the_ends_of_months(home: Path) -> None:
    built(home, Plan(accounts=25, months=2))
    point = customers.usage_point(reference_of(14, "gas")).id
    period = Period(midnight(date(2025, 5, 1)), midnight(date(2025, 7, 1)))
    used = register_usage(usage_point_id=point, channel="G1", period=period)
    assert [one.period.start for one in used] == [
        midnight(date(2025, 5, 1)),
        midnight(date(2025, 6, 1)),
    ]


def test_bills_may_be_left_for_later(home: Path) -> None:
    built(home, Plan(accounts=3, months=1, bills=False))
    assert not bills(2)
    assert built(home, Plan(accounts=3, months=1)) == 2
    assert len(bills(2)) == 1


def test_who_moved_out_can_be_exported_and_erased(home: Path) -> None:
    built(home, Plan(accounts=22, months=8))
    customer, former = map(user_of_email, HOUSEHOLDS)
    assert customer is not None
    assert former is not None
    at = datetime(2027, 1, 1, tzinfo=UTC)
    export_id = identity.begin_export(user_id=former, by="test", at=at)
    while identity.go_on_with_export(at=at):
        pass
    assert archive(export_id, user_id=former).startswith(b"PK")
    number = account_number(21)
    holder = customers.account(number).holder
    identity.erase_person(person=former, by="test", at=at)
    assert customers.account(number).holder == "(erased)" != holder
    with pytest.raises(identity.ErasureNotPossible):
        identity.erase_person(person=customer, by="test", at=at)


def test_another_size_is_refused(home: Path) -> None:
    built(home, Plan(accounts=3, months=1))
    with pytest.raises(DemoOfAnotherSize, match="3 accounts"):
        built(home, Plan(accounts=4, months=1))


def test_made_up_customers_have_no_place_in_production(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMPLIGHTER_PRODUCTION", "yes")
    refused = CliRunner().invoke(root, ["demo", "--no-serve"])
    assert isinstance(refused.exception, DemoInProduction)


def test_the_command_makes_it_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(home))
    asked = ["demo", "--accounts", "2", "--months", "1", "--no-serve"]
    first = CliRunner().invoke(root, asked)
    assert first.exit_code == 0, first.output
    assert "2 accounts, 1 month of readings, made in" in first.output
    assert (home / "demo" / "car.csv").is_file()
    password = (home / "demo" / "password").read_text().strip()
    assert f"Log in as {STAFF} with the password {password}" in first.output
    prove_identity(email=STAFF, password=password, address="127.0.0.1", at=datetime.now(UTC))
    again = CliRunner().invoke(root, asked)
    assert "made in" not in again.output
