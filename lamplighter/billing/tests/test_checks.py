"""What is odd about a bill is held for a person, and the bounds themselves are not odd."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lamplighter.billing.models import Bill, HeldBill
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import read_meters, run, settle, tariff

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def found(tmp_path: Path, *, january: int = 500, february: int = 500, **rules: Any) -> list[str]:
    """The checks that have stopped the bill of February, after usage of so many Wh an hour."""
    village.publish(tmp_path, tariff())
    village.define_cycle(rules=rules)
    homes = settle(1)
    read_meters(homes, JANUARY, FEBRUARY, wh=january)
    read_meters(homes, FEBRUARY, MARCH, wh=february)
    run(date(2025, 2, 28))
    codes = [check["code"] for held in HeldBill.objects.all() for check in held.checks]
    assert Bill.objects.count() == (1 if codes else 2)
    return codes


def test_nothing_used_where_something_was_is_held(tmp_path: Path) -> None:
    assert found(tmp_path, february=0) == ["zero-usage"]


def test_nothing_used_may_be_as_usual(tmp_path: Path) -> None:
    assert found(tmp_path, january=0, february=0) == []


def test_less_than_a_quarter_is_held(tmp_path: Path) -> None:
    assert found(tmp_path, february=124) == ["low-usage"]


def test_a_quarter_is_not(tmp_path: Path) -> None:
    assert found(tmp_path, february=125) == []


def test_more_than_three_times_as_much_is_held(tmp_path: Path) -> None:
    assert found(tmp_path, february=1501) == ["high-usage"]


def test_three_times_as_much_is_not(tmp_path: Path) -> None:
    assert found(tmp_path, february=1500) == []


def test_little_may_become_much_less_or_more_of_little(tmp_path: Path) -> None:
    # Below 3 kWh a day, that is 125 Wh an hour.
    assert found(tmp_path, january=10, february=100) == []


def test_above_the_limit_is_held(tmp_path: Path) -> None:
    # January comes to 79.40, and February, with 672 hours of 0.6 kWh, to 85.64.
    assert found(tmp_path, february=600, limit_minor=8563) == ["above-limit"]


def test_at_the_limit_is_not(tmp_path: Path) -> None:
    assert found(tmp_path, february=600, limit_minor=8564) == []


def test_a_bill_that_pays_the_customer_for_nothing_is_held(tmp_path: Path) -> None:
    credit = {"type": "fixed", "name": "Credit note", "amount": "-9", "per": "month"}
    village.publish(tmp_path, tariff(components=[credit]))
    village.define_cycle()
    settle(1)
    run(date(2025, 1, 31))
    assert [check["code"] for check in HeldBill.objects.get().checks] == ["negative"]


def test_a_bill_that_pays_for_what_was_fed_in_is_not(tmp_path: Path) -> None:
    sold = {"type": "energy", "name": "Feed-in", "flow": "export", "rate": "-0.10"}
    village.publish(tmp_path, tariff(components=[sold]))
    village.define_cycle()
    homes = settle(1)
    read_meters(homes, JANUARY, FEBRUARY, flow="export")
    run(date(2025, 1, 31))
    assert Bill.objects.get().total_minor == -3720
