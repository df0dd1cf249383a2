"""Cancelled, made anew, adjusted, held, paid, and corrected by late readings."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from lamplighter.billing import actions
from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledSpan,
    BillingException,
    HeldBill,
    PendingCorrection,
)
from lamplighter.billing.queries.bills import balance_of
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import Home, read_meters, run, settle, tariff
from lamplighter.platform.deliveries import deliver_due

pytestmark = pytest.mark.django_db(databases=["default", "history"])

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
LATER = datetime(2025, 4, 10, 9, tzinfo=UTC)
THEN = LATER + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _cycle(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle()


@pytest.fixture
def home() -> Home:
    (home,) = settle(1)
    read_meters([home], JANUARY, MARCH)
    run(date(2025, 2, 28))
    return home


def numbers() -> list[str]:
    return list(Bill.objects.order_by("number").values_list("number", flat=True))


def cancel(number: str) -> str:
    return actions.cancel_bill(number=number, reason="test", by="test", at=LATER)


def test_a_cancelled_bill_is_taken_back_whole_and_its_days_can_be_billed_again(home: Home) -> None:
    before = Bill.objects.get(number="B-0000002")
    cancellation = Bill.objects.get(number=cancel("B-0000002"))
    assert cancellation.total_minor == -before.total_minor
    assert cancellation.cancels_id == before.id
    assert Agreement.objects.get().billed_until == FEBRUARY
    assert actions.bill_account(account=home.number, through=date(2025, 2, 28), by="test", at=LATER)


def test_nothing_is_cancelled_twice(home: Home) -> None:
    cancellation = cancel("B-0000002")
    with pytest.raises(actions.BillAlreadyCancelled):
        cancel("B-0000002")
    with pytest.raises(actions.CancellationStays):
        cancel(cancellation)


def test_days_in_the_middle_are_made_anew_and_not_left_out(home: Home) -> None:
    with pytest.raises(actions.LaterDaysBilled):
        cancel("B-0000001")
    read_meters([home], JANUARY, FEBRUARY, wh=100, at=LATER)
    cancelled, made = actions.rebill(number="B-0000001", reason="test", by="test", at=LATER)
    bill = Bill.objects.get(number=made)
    assert (bill.kind, bill.total_minor) == (BillKind.REBILL, 1988)
    assert bill.replaces is not None
    assert bill.replaces.number == "B-0000001"
    assert [cancelled, made] == ["B-0000003", "B-0000004"]
    assert Agreement.objects.get().billed_until == MARCH


def test_what_is_paid_is_not_made_anew(home: Home) -> None:
    pay = partial(
        actions.settle_bill, number="B-0000002", settled_on=date(2025, 3, 9), source="bank",
        by="test", at=LATER,
    )  # fmt: skip
    pay()
    with pytest.raises(actions.BillSettled):
        actions.rebill(number="B-0000002", reason="test", by="test", at=LATER)
    with pytest.raises(actions.BillSettled):
        cancel("B-0000002")
    pay()
    assert numbers() == ["B-0000001", "B-0000002"]


def test_an_adjustment_is_a_bill_of_its_own(home: Home) -> None:
    owed = balance_of(home.account).minor
    number = actions.adjust(
        account=home.number, lines=[("Goodwill", -1000)], reason="a long wait",
        refers_to="B-0000002", by="test", at=LATER,
    )  # fmt: skip
    bill = Bill.objects.get(number=number)
    assert (bill.total_minor, bill.open_before_minor) == (-1000, owed)
    assert balance_of(home.account).minor == owed - 1000


@pytest.mark.parametrize(
    "lines", [[], [("", 5)], [("Nothing", 0)], [("Too much", 10**15)], [("Two\nlines", 5)]]
)
def test_an_adjustment_of_nothing_is_refused(home: Home, lines: list[tuple[str, int]]) -> None:
    with pytest.raises(actions.AdjustmentMalformed):
        actions.adjust(account=home.number, lines=lines, reason="x", by="test", at=LATER)


def test_a_held_bill_is_issued_as_it_was_looked_at(home: Home) -> None:
    read_meters([home], MARCH, APRIL, wh=9 * village.WH)
    run(date(2025, 3, 31))
    held = HeldBill.objects.get()
    number = actions.release_held_bill(held_id=held.id, by="test", at=LATER)
    bill = Bill.objects.get(number=number)
    assert bill.total_minor == held.total_minor
    assert orjson.loads(held.draft)["document"] == orjson.loads(bill.document)
    assert Agreement.objects.get().billed_until == APRIL
    with pytest.raises(actions.HeldBillUnknown):
        actions.release_held_bill(held_id=held.id, by="test", at=LATER)


def test_a_held_bill_that_is_discarded_lets_its_days_be_billed_again(home: Home) -> None:
    read_meters([home], MARCH, APRIL, wh=9 * village.WH)
    run(date(2025, 3, 31))
    held = HeldBill.objects.get()
    actions.discard_held_bill(held_id=held.id, reason="misread", by="test", at=LATER)
    read_meters([home], MARCH, APRIL, at=LATER)
    assert actions.bill_account(account=home.number, through=date(2025, 3, 31), by="test", at=LATER)


def check(at: datetime = THEN) -> list[str]:
    deliver_due(at=at)
    found = []
    while outcome := actions.check_next_correction(cycle=village.CYCLE, by="test", at=at):
        found.append(outcome)
    return found


def test_late_readings_are_put_right_on_the_next_bill(home: Home) -> None:
    read_meters([home], JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    assert check() == ["to-bill"]
    read_meters([home], MARCH, APRIL)
    run(date(2025, 3, 31), at=THEN)
    bill = Bill.objects.get(number="B-0000003")
    (correction,) = orjson.loads(bill.document)["corrections"]
    # Ten days of 24 hours with 0.1 kWh more at 0.20.
    assert correction["after_minor"] - correction["before_minor"] == 480
    # March has one hour less: 743 hours of 0.5 kWh at 0.20, and 5.00.
    assert bill.total_minor == 480 + 7430 + 500
    assert PendingCorrection.objects.get().state == PendingCorrection.State.BILLED
    assert BilledSpan.objects.get(first_day=JANUARY).total_minor == 7940 + 480


def test_readings_on_their_way_while_a_bill_was_made_are_put_right(home: Home) -> None:
    billed_at = datetime(2025, 3, 1, 6, tzinfo=UTC)
    read_meters([home], JANUARY, FEBRUARY, wh=600, at=billed_at - timedelta(minutes=5))
    assert check() == ["to-bill"]


def test_late_readings_that_change_nothing_are_let_go(home: Home) -> None:
    read_meters([home], JANUARY, FEBRUARY, wh=600, at=LATER)
    read_meters([home], JANUARY, FEBRUARY, wh=500, at=LATER)
    assert check() == ["ignored"]


def test_what_is_too_long_ago_is_not_charged(home: Home) -> None:
    actions.change_rules(cycle=village.CYCLE, rules={"back_billing_months": 1}, by="test", at=LATER)
    read_meters([home], JANUARY, FEBRUARY, wh=600, at=LATER)
    assert check() == ["ignored"]
    correction = orjson.loads(PendingCorrection.objects.get().correction)
    assert correction["waived_minor"] == 1488


def test_what_is_owed_to_the_customer_is_given_however_long_ago(home: Home) -> None:
    actions.change_rules(cycle=village.CYCLE, rules={"back_billing_months": 1}, by="test", at=LATER)
    read_meters([home], JANUARY, FEBRUARY, wh=400, at=LATER)
    assert check() == ["to-bill"]
    assert "waived_minor" not in orjson.loads(PendingCorrection.objects.get().correction)


@pytest.fixture
def held(home: Home) -> HeldBill:
    """The bill of March, stopped for its usage, with a correction of January on it."""
    read_meters([home], JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    assert check() == ["to-bill"]
    read_meters([home], MARCH, APRIL, wh=9 * village.WH, at=LATER)
    run(date(2025, 3, 31), at=THEN)
    held = HeldBill.objects.get()
    # 743 hours of 4.5 kWh at 0.20, 5.00, and ten days of 24 hours with 0.1 kWh more.
    assert held.total_minor == 66870 + 500 + 480
    return held


def test_a_held_bill_settles_the_corrections_that_are_on_it(held: HeldBill) -> None:
    actions.release_held_bill(held_id=held.id, by="test", at=THEN)
    assert PendingCorrection.objects.get().state == PendingCorrection.State.BILLED
    assert BilledSpan.objects.get(first_day=JANUARY).total_minor == 7940 + 480


def test_a_held_bill_whose_corrections_were_worked_out_anew_is_outdated(
    home: Home, held: HeldBill
) -> None:
    again = THEN + timedelta(hours=2)
    read_meters([home], JANUARY, date(2025, 1, 11), wh=700, at=again)
    assert check(again + timedelta(hours=1)) == ["to-bill"]
    with pytest.raises(actions.HeldBillOutdated):
        actions.release_held_bill(held_id=held.id, by="test", at=again)
    assert HeldBill.objects.get().state == HeldBill.State.WAITING


def test_a_held_bill_whose_corrections_are_on_another_bill_is_outdated(held: HeldBill) -> None:
    actions.rebill(number="B-0000002", reason="test", by="test", at=THEN)
    assert PendingCorrection.objects.get().state == PendingCorrection.State.BILLED
    with pytest.raises(actions.HeldBillOutdated):
        actions.release_held_bill(held_id=held.id, by="test", at=THEN)


LATE = {"rebill": {"policy": "rebill"}, "ignore": {"policy": "ignore"}, "below": {"below": "4.81"},
        "at": {"below": "4.80"}}  # fmt: skip


@pytest.mark.parametrize(
    ("late", "outcome", "bills"),
    [
        ("rebill", "rebilled", [7940, 7220, -7940, 8420]),
        ("ignore", "ignored", [7940, 7220]),
        ("below", "ignored", [7940, 7220]),
        ("at", "to-bill", [7940, 7220]),
    ],
)
def test_late_readings_follow_the_policy_of_the_tariff(
    tmp_path: Path, late: str, outcome: str, bills: list[int]
) -> None:
    village.publish(tmp_path, tariff("OTHER", lateReadings=LATE[late]))
    homes = settle(1, code="OTHER")
    read_meters(homes, JANUARY, MARCH)
    run(date(2025, 2, 28))
    read_meters(homes, JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    assert check() == [outcome]
    assert list(Bill.objects.order_by("number").values_list("total_minor", flat=True)) == bills


def test_a_paid_bill_is_corrected_on_the_next_one_whatever_the_policy(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff("OTHER", lateReadings=LATE["rebill"]))
    homes = settle(1, code="OTHER")
    read_meters(homes, JANUARY, MARCH)
    run(date(2025, 2, 28))
    actions.settle_bill(
        number="B-0000001", settled_on=date(2025, 2, 9), source="bank", by="test", at=LATER
    )
    read_meters(homes, JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    assert check() == ["to-bill"]


def test_a_final_bill_is_corrected_by_a_bill_of_its_own(tmp_path: Path) -> None:
    homes = settle(1, ends_on=FEBRUARY)
    read_meters(homes, JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    read_meters(homes, JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    assert check() == ["billed"]
    final, correction = Bill.objects.order_by("number")
    assert (final.kind, correction.kind) == (BillKind.FINAL, BillKind.ADJUSTMENT)
    assert correction.total_minor == 480


def test_a_cancelled_bill_leaves_nothing_to_correct(home: Home) -> None:
    read_meters([home], FEBRUARY, MARCH, wh=600, at=LATER)
    assert check() == ["to-bill"]
    cancel("B-0000002")
    number = actions.bill_account(
        account=home.number, through=date(2025, 2, 28), by="test", at=LATER
    )
    # 672 hours of 0.6 kWh at 0.20, and 5.00: once.
    assert Bill.objects.get(number=number).total_minor == 8064 + 500


def test_what_another_bill_has_corrected_is_not_taken_back_beneath_it(home: Home) -> None:
    read_meters([home], MARCH, APRIL)
    read_meters([home], JANUARY, date(2025, 1, 11), wh=600, at=LATER)
    check()
    run(date(2025, 3, 31), at=LATER)
    with pytest.raises(actions.LaterBillsBuildOnIt, match="corrected by B-0000003"):
        actions.rebill(number="B-0000001", reason="test", by="test", at=LATER)
    cancel("B-0000003")
    assert BilledSpan.objects.get(first_day=JANUARY).total_minor == 7940
    assert check() == ["to-bill"]


def test_days_that_cannot_be_billed_by_late_readings_are_parked_and_stop_nobody() -> None:
    absurd, other = homes = settle(2, starts_on=MARCH)
    read_meters(homes, MARCH, APRIL)
    run(date(2025, 3, 31))
    read_meters(homes, MARCH, APRIL, wh=[10**14, 600], at=LATER)
    assert sorted(check()) == ["ignored", "to-bill"]
    parked = BillingException.objects.get()
    assert (parked.account_id, parked.code) == (absurd.account, "AmountOutOfBounds")
    assert PendingCorrection.objects.get(state="to-bill").agreement_id == other.agreement
