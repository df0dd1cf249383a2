"""Runs, and what waits for a person."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from lamplighter.billing.models import (
    BillingCycle,
    BillingException,
    BillRun,
    BillRunPart,
    BillSeries,
    HeldBill,
    PendingCorrection,
)
from lamplighter.billing.queries.work import (
    HeldBillUnknown,
    held_bill,
    held_bills,
    open_corrections,
    open_exceptions,
    runs,
)
from lamplighter.billing.tests.issued import EUR, Household, move_in
from lamplighter.kernel import Money

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 2, 2, 6, tzinfo=UTC)
JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)


@pytest.fixture
def run() -> BillRun:
    series = BillSeries.objects.create(code="B")
    cycle = BillingCycle.objects.create(code="MONTHLY", name="Monthly", series=series, rules={})
    return BillRun.objects.create(
        cycle=cycle, first_day=JANUARY, after_last=FEBRUARY, issued_on=FEBRUARY, started_at=NOW
    )


def hold(home: Household, *, at: datetime = NOW) -> HeldBill:
    return HeldBill.objects.create(
        account_id=home.account_id,
        total_minor=90000,
        currency="EUR",
        draft="{}",
        addressee=b"",
        checks=[{"code": "high-usage", "detail": "9 times the usage of a year ago."}],
        held_at=at,
    )


def test_a_run_tells_how_far_it_has_come(run: BillRun) -> None:
    assert runs()[0].share_done == 0
    for bucket, done in enumerate((True, True, True, False)):
        BillRunPart.objects.create(
            run=run, bucket=bucket, done=done, accounts=10, issued=7, held=2, parked=1
        )
    (told,) = runs()
    assert (told.cycle, told.parts, told.parts_done) == ("MONTHLY", 4, 3)
    assert (told.accounts, told.issued, told.held, told.parked) == (40, 28, 8, 4)
    assert told.share_done == Decimal("0.75")


def test_held_bills_wait_in_order_until_they_are_decided() -> None:
    later = hold(move_in("A-2", usage_point="UP2"), at=NOW + timedelta(1))
    first = hold(move_in())
    assert [(held.id, held.account) for held in held_bills()] == [
        (first.id, "A-1"), (later.id, "A-2"),
    ]  # fmt: skip
    told = held_bill(first.id)
    assert told.total == Money(90000, EUR)
    assert told.checks == (("high-usage", "9 times the usage of a year ago."),)
    first.state, first.decided_at = HeldBill.State.DISCARDED, NOW
    first.save()
    assert [held.id for held in held_bills()] == [later.id]
    for unknown in (first.id, uuid4()):
        with pytest.raises(HeldBillUnknown):
            held_bill(unknown)


def test_exceptions_are_told_until_they_are_resolved(run: BillRun) -> None:
    home = move_in()
    failed = BillingException.objects.create(
        account_id=home.account_id, run=run, first_day=JANUARY, after_last=FEBRUARY,
        code="NoVersionInForce", detail="HOME has no published rates.", raised_at=NOW,
    )  # fmt: skip
    (told,) = open_exceptions()
    assert (told.account, told.code, told.first_day) == ("A-1", "NoVersionInForce", JANUARY)
    failed.resolved_at = NOW
    failed.save()
    assert open_exceptions() == ()


def test_corrections_are_told_until_they_are_billed() -> None:
    home = move_in()
    pending = PendingCorrection.objects.create(
        agreement_id=home.agreement_id, first_day=JANUARY, noticed_at=NOW
    )
    (told,) = open_corrections()
    assert (told.account, told.usage_point, told.to_be_billed) == ("A-1", "UP1", False)
    pending.state = PendingCorrection.State.TO_BILL
    pending.save()
    assert open_corrections()[0].to_be_billed
    pending.state = PendingCorrection.State.BILLED
    pending.save()
    assert open_corrections() == ()
