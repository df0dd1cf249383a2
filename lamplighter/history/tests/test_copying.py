"""Bills are in history, each once, whatever happens on the way."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, IntegrityError, connections, transaction
from django.test import Client

from lamplighter.billing.domain.bills import BillKind, BillLine, Correction, FlowUsage
from lamplighter.billing.events import BillsIssued
from lamplighter.history import actions
from lamplighter.history.models import DATABASE, BilledFact, LineFact, UsageFact
from lamplighter.history.reactions import when_bills_issued
from lamplighter.history.tests.bills import (
    BOTH,
    FEBRUARY,
    JANUARY,
    MARCH,
    NOON,
    Account,
    bill_of,
    cancel,
    issue,
    month,
    open_accounts,
)
from lamplighter.platform.deliveries import deliver_due
from lamplighter.platform.models import Delivery

pytestmark = pytest.mark.django_db(databases=BOTH)
really_commits = pytest.mark.django_db(databases=BOTH, transaction=True)
LATER = NOON + timedelta(days=400)


@pytest.fixture
def account() -> Account:
    return open_accounts(1)[0]


def event_of(*numbers: str) -> BillsIssued:
    return BillsIssued(series="B", bill_ids=tuple(bill_of(number).id for number in numbers))


@transaction.atomic
def copy_and_fall(event: BillsIssued) -> None:
    """What happens when a worker ends after the first of its two commits."""
    when_bills_issued(event, at=LATER)
    raise ZeroDivisionError


def test_a_bill_is_in_history_once_it_is_delivered(account: Account) -> None:
    (number,) = issue(account, month(account, JANUARY, "372.5"), on=FEBRUARY)
    assert not BilledFact.objects.exists()
    deliver_due(at=LATER)
    fact = BilledFact.objects.get()
    assert (fact.number, fact.account_id, fact.kind) == (number, account.id, "regular")
    # 372.5 kWh at 0.20 is 74.50, and 5.00.
    assert (fact.total_minor, fact.currency, fact.due_on) == (7950, "EUR", date(2025, 2, 15))
    energy = LineFact.objects.get(component="Energy")
    assert (energy.tariff, energy.commodity, energy.usage_point) == (
        "FLAT", "electricity", "P-A-00001",
    )  # fmt: skip
    assert (energy.quantity, energy.rate) == (Decimal("372.5"), Decimal("0.20"))
    assert (energy.amount_minor, energy.reason) == (7450, "all hours")
    used = UsageFact.objects.get()
    assert (used.flow, used.quantity, used.unit) == ("import", Decimal("372.5"), "kWh")


def test_a_bill_that_is_delivered_twice_is_there_once(account: Account) -> None:
    (first,) = issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    when_bills_issued(event_of(first), at=LATER)
    (second,) = issue(account, month(account, FEBRUARY, "300"), on=MARCH)
    when_bills_issued(event_of(first, second), at=LATER)
    when_bills_issued(event_of(first, second), at=LATER)
    assert BilledFact.objects.count() == 2
    assert LineFact.objects.count() == 6
    assert UsageFact.objects.count() == 2


@really_commits
def test_a_crash_between_the_two_commits_copies_nothing_twice(account: Account) -> None:
    (number,) = issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    with pytest.raises(ZeroDivisionError):
        copy_and_fall(event_of(number))
    assert BilledFact.objects.count() == 1
    assert Delivery.objects.get().state == "pending"
    deliver_due(at=LATER)
    assert Delivery.objects.get().state == "done"
    assert (BilledFact.objects.count(), LineFact.objects.count()) == (1, 3)


@really_commits
def test_a_bill_that_cannot_be_copied_whole_is_not_copied_at_all(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("ALTER TABLE history_usagefact RENAME TO elsewhere")
    try:
        with pytest.raises(Error):
            actions.copy_bills([bill_of(number).id])
    finally:
        with connections[DATABASE].cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO history_usagefact")
    assert not BilledFact.objects.exists()
    assert actions.copy_bills([bill_of(number).id]) == 1
    assert UsageFact.objects.count() == 1


@really_commits
def test_billing_goes_on_without_history_and_history_catches_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    history: Any = connections[DATABASE]
    history.close()
    nowhere = {"NAME": "/nowhere/history.sqlite3", "HOST": "127.0.0.1", "PORT": "1"}
    with monkeypatch.context() as patch:
        for key, value in nowhere.items():
            patch.setitem(history.settings_dict, key, value)
        issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
        deliver_due(at=LATER)
        assert Client().get("/health/ready").status_code == 200
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("pending", 1)
    assert "OperationalError" in delivery.error
    deliver_due(at=LATER + timedelta(minutes=1))
    assert Delivery.objects.get().state == "done"
    assert BilledFact.objects.count() == 1


@really_commits
@pytest.mark.skipif(
    "{each.vendor for each in connections.all()} != {'postgresql'}", reason="of PostgreSQL"
)
def test_a_connection_that_breaks_is_made_anew(account: Account) -> None:
    issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    deliver_due(at=LATER)
    deliver_due(at=LATER + timedelta(minutes=1))
    assert Delivery.objects.get().state == "done"
    assert BilledFact.objects.count() == 1


@pytest.mark.parametrize("change", ["UPDATE history_linefact SET amount_minor = 0",
                                    "DELETE FROM history_usagefact"])  # fmt: skip
def test_history_cannot_be_changed(account: Account, change: str) -> None:
    issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    deliver_due(at=LATER)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(using=DATABASE),
        connections[DATABASE].cursor() as cursor,
    ):
        cursor.execute(change)


def test_nobody_is_named_in_history(account: Account) -> None:
    goodwill = BillLine(
        component="Goodwill", kind="adjustment", quantity=Decimal(1), unit="", rate=Decimal(-3),
        amount_minor=-300, reason="Mrs Ward was ill",
    )  # fmt: skip
    content = month(
        account, JANUARY, "1", kind=BillKind.ADJUSTMENT, segments=(), adjustments=(goodwill,)
    )
    issue(account, content, on=FEBRUARY)
    deliver_due(at=LATER)
    line = LineFact.objects.get()
    assert (line.component, line.amount_minor, line.tariff) == ("Goodwill", -300, "")
    stored = [*BilledFact.objects.values_list(), *LineFact.objects.values_list()]
    assert "Ward" not in repr(stored)
    assert "A-00001" not in repr(stored)


def test_a_correction_is_billed_by_the_tariff_of_the_days_it_is_about(account: Account) -> None:
    (first,) = issue(account, month(account, JANUARY, "372"), on=FEBRUARY)
    correction = Correction(
        bill=first,
        usage_point="P-A-00001",
        first_day=JANUARY,
        after_last=FEBRUARY,
        usage_before=FlowUsage(flow="import", quantity=Decimal(372), unit="kWh"),
        usage_after=FlowUsage(flow="import", quantity=Decimal("380.5"), unit="kWh"),
        before_minor=7940,
        after_minor=8110,
        waived_minor=20,
        reason="Mrs Ward rang",
    )
    content = month(account, FEBRUARY, "300", tariff="NIGHT", corrections=(correction,))
    issue(account, content, on=MARCH)
    deliver_due(at=LATER)
    line = LineFact.objects.get(kind="correction")
    assert (line.tariff, line.commodity, line.reason) == ("FLAT", "electricity", first)
    assert (line.quantity, line.rate, line.amount_minor) == (Decimal("8.5"), None, 150)
    flat = UsageFact.objects.filter(tariff="FLAT").values_list("quantity", flat=True)
    assert sum(flat) == Decimal("380.5")


def test_a_cancellation_takes_back_each_line(account: Account) -> None:
    (number,) = issue(account, month(account, JANUARY, "372.25"), on=FEBRUARY)
    back = cancel(account, number, on=MARCH)
    deliver_due(at=LATER)
    fact = BilledFact.objects.get(number=back)
    assert (fact.kind, fact.cancels_id, fact.total_minor) == (
        "cancellation", bill_of(number).id, -7945,
    )  # fmt: skip
    lines = LineFact.objects.filter(bill=fact).order_by("position")
    assert [(line.component, line.quantity, line.amount_minor) for line in lines] == [
        ("Standing charge", -1, -500),
        ("Energy", Decimal("-372.25"), -7445),
        ("Fuel", Decimal("-372.25"), 0),
    ]
    assert sum(UsageFact.objects.values_list("quantity", flat=True)) == 0
