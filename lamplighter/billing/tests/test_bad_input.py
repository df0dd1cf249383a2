"""What cannot be is refused by its name, and nothing is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from lamplighter.billing import actions
from lamplighter.billing.actions import NewAgreement
from lamplighter.billing.actions.settling import Paid, settle_bills
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledAccount,
    BilledSpan,
    BillingException,
    BillRun,
    BillSeries,
    HeldBill,
    Settlement,
)
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import CYCLE, Home, read_meters, run, settle, tariff
from lamplighter.kernel import Refusal
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
LATER = datetime(2025, 3, 10, 9, tzinfo=UTC)
ROWS: tuple[Any, ...] = (
    Agreement, Bill, BilledAccount, BilledSpan, BillingException, BillRun, HeldBill, Settlement,
    AuditLine, OutboxEvent,
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that is billed for January and February."""
    dollars = tariff("DOLLARS", currency="USD")
    village.publish(tmp_path, tariff(), dollars)
    village.define_cycle()
    (home,) = settle(1)
    read_meters([home], JANUARY, MARCH)
    run(date(2025, 2, 28))
    return home


def state() -> list[object]:
    """All that an action of billing could have changed."""
    counts: list[object] = [model.objects.count() for model in ROWS]
    agreements = Agreement.objects.order_by("id").values_list("id", "ends_on", "billed_until")
    return [*counts, BillSeries.objects.get().next_number, *agreements]


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a refusal of this code, after which everything is as it was."""
    before = state()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        yield
    assert caught.value.code == code
    assert state() == before


def new(home: Home, **other: Any) -> NewAgreement:
    facts: dict[str, Any] = {
        "account_id": home.account, "usage_point_id": home.point, "tariff": "FLAT",
        "starts_on": JANUARY,
    }  # fmt: skip
    return NewAgreement(**(facts | other))


agree = partial(actions.make_agreement, cycle=CYCLE, by="test", at=LATER)


def test_the_same_place_twice(home: Home) -> None:
    with refused("DuplicateProperty"):
        agree(new(home))


def test_two_accounts_for_one_place(home: Home) -> None:
    (other,) = settle(1, first=2)
    with refused("AgreementsOverlap"):
        agree(new(home, account_id=other.account, starts_on=MARCH))


def test_an_overlap_is_refused_by_the_database_too(home: Home) -> None:
    (other,) = settle(1, first=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(id=other.agreement).update(usage_point=home.point)


def test_days_that_nobody_pays_for(home: Home) -> None:
    actions.end_agreement(agreement_id=home.agreement, on=MARCH, by="test", at=LATER)
    with refused("AgreementLeavesGap"):
        agree(new(home, starts_on=date(2025, 3, 5)))
    agree(new(home, starts_on=date(2025, 3, 5)), after_vacancy=True)


def test_agreements_in_one_go_are_all_made_or_none(home: Home) -> None:
    (other,) = settle(1, first=2)
    actions.end_agreement(agreement_id=other.agreement, on=MARCH, by="test", at=LATER)
    with refused("DuplicateProperty"):
        actions.take_over_agreements(
            cycle=CYCLE, agreements=[new(other, starts_on=MARCH), new(home)], by="test", at=LATER
        )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"tariff": "DOLLARS"}, "CurrencyDiffers"),
        ({"tariff": "NOBODY-KNOWS"}, "TariffUnknown"),
        ({"account_id": uuid4()}, "AccountUnknown"),
        ({"usage_point_id": uuid4()}, "UsagePointUnknown"),
        ({"ends_on": JANUARY}, "AgreementMalformed"),
        ({"connected_kw": Decimal(-1)}, "AgreementMalformed"),
        ({"power_factor": Decimal("1.1")}, "AgreementMalformed"),
        ({"meters": 0}, "AgreementMalformed"),
    ],
)
def test_an_agreement_that_cannot_be(home: Home, changed: dict[str, Any], code: str) -> None:
    with refused(code):
        agree(new(home, **changed))


def test_a_rate_in_another_currency(home: Home) -> None:
    with refused("CurrencyDiffers"):
        actions.change_rate(
            agreement_id=home.agreement, tariff="DOLLARS", on=MARCH, by="test", at=LATER
        )


@pytest.mark.parametrize(
    ("on", "code"),
    [(JANUARY, "AgreementMalformed"), (date(2025, 2, 10), "AlreadyBilledBeyond")],
)
def test_an_end_that_cannot_be(home: Home, on: date, code: str) -> None:
    with refused(code):
        actions.end_agreement(agreement_id=home.agreement, on=on, by="test", at=LATER)


def test_an_end_after_the_end(home: Home) -> None:
    actions.end_agreement(agreement_id=home.agreement, on=MARCH, by="test", at=LATER)
    with refused("AgreementAlreadyEnded"):
        actions.end_agreement(agreement_id=home.agreement, on=date(2025, 4, 1), by="test", at=LATER)


@pytest.mark.parametrize(
    ("through", "code"),
    [
        (date(2025, 2, 28), "CycleAlreadyBilled"),
        (date(2025, 3, 10), "PeriodNotOver"),
        (date(2031, 1, 1), "PeriodNotOver"),
        (date(2024, 12, 31), "NoPeriodToBill"),
    ],
)
def test_a_run_that_cannot_be(home: Home, through: date, code: str) -> None:
    with refused(code):
        actions.open_runs(cycle_code=CYCLE, through=through, by="test", at=LATER)


def test_a_run_nobody_knows(home: Home) -> None:
    with refused("RunUnknown"):
        actions.go_on(run_id=uuid4(), by="test", at=LATER)
    with refused("CycleUnknown"):
        actions.open_runs(cycle_code="NONE", through=JANUARY, by="test", at=LATER)


@pytest.mark.parametrize(
    ("through", "code"),
    [
        (date(2025, 2, 28), "NothingToBill"),
        (date(2025, 3, 10), "PeriodNotOver"),
        (date(2031, 1, 1), "PeriodNotOver"),
    ],
)
def test_a_single_bill_that_cannot_be(home: Home, through: date, code: str) -> None:
    with refused(code):
        actions.bill_account(account=home.number, through=through, by="test", at=LATER)


def test_a_single_bill_without_readings_or_without_anything_to_pay_for(home: Home) -> None:
    (silent,) = settle(1, first=2)
    with refused("NoMeter"):
        actions.bill_account(account=silent.number, through=date(2025, 1, 31), by="test", at=LATER)
    with refused("AccountUnknown"):
        actions.bill_account(account="99999", through=JANUARY, by="test", at=LATER)


cancel = partial(actions.cancel_bill, reason="test", by="test", at=LATER)
rebill = partial(actions.rebill, reason="test", by="test", at=LATER)
pay = partial(actions.settle_bill, source="bank", by="test", at=LATER)


@pytest.mark.parametrize("act", [cancel, rebill], ids=["cancel", "rebill"])
def test_a_bill_that_is_cancelled_paid_or_unknown_stays(
    home: Home, act: Callable[..., object]
) -> None:
    taken_back = cancel(number="B-0000002")
    with refused("BillAlreadyCancelled"):
        act(number="B-0000002")
    with refused("CancellationStays"):
        act(number=taken_back)
    pay(number="B-0000001", settled_on=FEBRUARY)
    with refused("BillSettled"):
        act(number="B-0000001")
    with refused("BillNotFound"):
        act(number="B-0000099")
    with refused("ReasonMissing"):
        act(number="B-0000001", reason=" ")


def test_a_cancelled_bill_a_cancellation_and_the_future_are_not_paid(home: Home) -> None:
    taken_back = cancel(number="B-0000002")
    with refused("BillAlreadyCancelled"):
        pay(number="B-0000002", settled_on=MARCH)
    with refused("CancellationStays"):
        pay(number=taken_back, settled_on=MARCH)
    with refused("SettledInTheFuture"):
        pay(number="B-0000001", settled_on=date(2025, 3, 11))
    with refused("SettledInTheFuture"):
        paid = Paid(number="B-0000001", settled_on=date(2025, 3, 11))
        settle_bills([paid], source="bank", by="test", at=LATER)
    pay(number="B-0000001", settled_on=MARCH)
    with refused("BillSettled"):
        pay(number="B-0000001", settled_on=FEBRUARY)


def test_held_bills_and_exceptions_nobody_knows(home: Home) -> None:
    with refused("HeldBillUnknown"):
        actions.release_held_bill(held_id=uuid4(), by="test", at=LATER)
    with refused("HeldBillUnknown"):
        actions.discard_held_bill(held_id=uuid4(), reason="x", by="test", at=LATER)
    with refused("ExceptionUnknown"):
        actions.dismiss_exception(exception_id=uuid4(), reason="x", by="test", at=LATER)


def test_an_issued_bill_cannot_be_changed_or_deleted(home: Home) -> None:
    for sql in ("UPDATE billing_bill SET total_minor = 0", "DELETE FROM billing_bill"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Bill.objects.filter(total_minor=7940).exists()


def test_a_day_cannot_be_charged_twice(home: Home) -> None:
    span = BilledSpan.objects.get(first_day=JANUARY)
    span.id, span.first_day = 0, date(2025, 1, 31)
    with pytest.raises(IntegrityError), transaction.atomic():
        span.save(force_insert=True)
