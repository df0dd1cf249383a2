"""Two people do what cannot both be: one does it, and the other is refused by name."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from lamplighter.billing.models import Agreement, Bill, BilledSpan, HeldBill, Settlement
from lamplighter.billing.queries.bills import balance_of
from lamplighter.billing.tests import village
from lamplighter.billing.tests.crashing import as_one_of_many
from lamplighter.billing.tests.village import Home, read_meters, run, settle, tariff
from lamplighter.platform.tests.processes import killed_at, race

pytestmark = pytest.mark.django_db(transaction=True)

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
LATER = datetime(2025, 4, 10, 9, tzinfo=UTC)


@pytest.fixture
def intervals(settings: Settings, tmp_path: Path) -> Path:
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    return tmp_path / "intervals"


@pytest.fixture
def home(intervals: Path, tmp_path: Path) -> Home:
    """A home with bills of January and February, and readings of March."""
    village.publish(tmp_path, tariff())
    village.define_cycle()
    (home,) = settle(1)
    read_meters([home], JANUARY, APRIL)
    run(date(2025, 2, 28))
    return home


def raced(intervals: Path, *acts: str, held: HeldBill | None = None) -> Counter[str]:
    """What came of doing these things at the same time, each in a process of its own."""
    held_id = None if held is None else held.id
    act = partial(as_one_of_many, acts=acts, at=LATER, intervals=intervals, held=held_id)
    outcomes = Counter(race(act, runners=len(acts)))
    numbers = sorted(Bill.objects.values_list("number", flat=True))
    assert numbers == [f"B-{n:07}" for n in range(1, len(numbers) + 1)]
    return outcomes


def test_two_cancellations_are_one(home: Home, intervals: Path) -> None:
    assert raced(intervals, "cancel", "cancel") == {"done": 1, "BillAlreadyCancelled": 1}
    assert Bill.objects.filter(kind="cancellation").count() == 1
    assert Agreement.objects.get().billed_until == FEBRUARY


def test_two_rebills_are_one(home: Home, intervals: Path) -> None:
    assert raced(intervals, "rebill", "rebill") == {"done": 1, "BillAlreadyCancelled": 1}
    assert BilledSpan.objects.count() == 2


@pytest.mark.parametrize("pay", ["settle", "settle-many"])
def test_a_bill_is_paid_or_made_anew(home: Home, intervals: Path, pay: str) -> None:
    outcomes = raced(intervals, pay, "rebill")
    if Settlement.objects.exists():
        assert outcomes == {"done": 1, "BillSettled": 1}
        assert balance_of(home.account).minor == 7940
    else:
        assert outcomes == {"done": 1, "BillAlreadyCancelled": 1}
        assert balance_of(home.account).minor == 7940 + 7220


def test_a_payment_told_twice_at_once_is_one(home: Home, intervals: Path) -> None:
    outcomes = raced(intervals, "settle", "settle", "settle-many")
    assert outcomes["done"] >= 2
    assert Settlement.objects.count() == 1


def test_days_are_billed_once_by_two_at_once(home: Home, intervals: Path) -> None:
    assert raced(intervals, "bill", "bill", "adjust") == {"done": 2, "NothingToBill": 1}
    assert BilledSpan.objects.filter(first_day=MARCH).count() == 1


@pytest.fixture
def held(home: Home) -> HeldBill:
    read_meters([home], MARCH, APRIL, wh=9 * village.WH)
    run(date(2025, 3, 31))
    return HeldBill.objects.get()


def test_a_held_bill_is_released_once(held: HeldBill, intervals: Path) -> None:
    assert raced(intervals, "release", "release", held=held) == {"done": 1, "HeldBillUnknown": 1}
    assert Bill.objects.count() == 3


def test_a_held_bill_is_released_or_discarded(held: HeldBill, intervals: Path) -> None:
    assert raced(intervals, "release", "discard", held=held) == {"done": 1, "HeldBillUnknown": 1}
    held.refresh_from_db()
    assert (held.state == HeldBill.State.RELEASED) == (Bill.objects.count() == 3)


def test_a_held_bill_is_released_while_its_account_is_billed(
    held: HeldBill, intervals: Path
) -> None:
    outcomes = raced(intervals, "release", "bill", held=held)
    # Who bills comes first and finds it held, or second and finds it billed.
    assert outcomes["done"] == 1
    assert outcomes["EarlierBillHeld"] + outcomes["NothingToBill"] == 1
    assert BilledSpan.objects.filter(first_day=MARCH).count() == 1


def test_killed_at_any_statement_a_bill_is_made_anew_whole_or_not_at_all(
    home: Home, intervals: Path
) -> None:
    act = partial(as_one_of_many, acts=("rebill",), at=LATER, intervals=intervals)
    for statement in itertools.count(2, 7):
        if not killed_at(statement, after=False, function=act, args=(0,)):
            break
        assert Bill.objects.count() == BilledSpan.objects.count() == 2
        assert Agreement.objects.get().billed_until == MARCH
    assert statement > 30
    assert Bill.objects.count() == 4
    assert BilledSpan.objects.get(first_day=FEBRUARY).bill.kind == "rebill"
    assert balance_of(home.account).minor == 7940 + 7220
