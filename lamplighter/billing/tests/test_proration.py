"""
Periods that are no whole month, worked out by hand: a home uses 0.5 kWh in each hour, at 0.20 and
5.00 a month.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from lamplighter.billing import actions
from lamplighter.billing.actions import NewAgreement
from lamplighter.billing.models import Agreement, Bill, BillingException, PendingCorrection
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import (
    ZONE,
    amounts,
    check_made_again,
    documents,
    read_meters,
    run,
    segments,
    settle,
    tariff,
    used,
)
from lamplighter.customers import actions as customers
from lamplighter.customers.actions import NewPlace

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
END_OF_JANUARY, END_OF_MARCH = date(2025, 1, 31), date(2025, 3, 31)
ENERGY, FIXED = "Energy", "Standing charge"
NIGHT: dict[str, Any] = {
    "clocks": {
        "night": {
            "bands": ["two", "other"],
            "seasons": [{"everyDay": {"two": "02:00-03:00", "other": "other times"}}],
        }
    },
    "components": [
        {"type": "energy", "name": "Energy", "clock": "night", "bands": {"two": "1", "other": 0}}
    ],
}


def test_a_new_price_on_the_15th_bills_each_part_by_its_own(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff() | {"endsBefore": "2025-01-15"})
    village.publish(tmp_path, tariff(rate="0.30") | {"startsOn": "2025-01-15"})
    village.define_cycle()
    (home,) = settle(1)
    read_meters([home], JANUARY, FEBRUARY)
    run(END_OF_JANUARY)
    old, new = segments(home)
    # 14 days of 12 kWh at 0.20, 17 at 0.30; 14/31 and 17/31 of 5.00.
    assert (amounts(old), used(old)) == ({ENERGY: 3360, FIXED: 226}, "168")
    assert (amounts(new), used(new)) == ({ENERGY: 6120, FIXED: 274}, "204")


def test_a_charge_by_the_bill_is_charged_once_however_often_its_days_are_billed(
    tmp_path: Path,
) -> None:
    by_bill = {"type": "fixed", "name": FIXED, "amount": "31.00", "per": "period"}
    old = tariff(components=[by_bill, tariff()["components"][1]])
    village.publish(tmp_path, old | {"endsBefore": "2025-01-15"})
    village.publish(tmp_path, old | {"startsOn": "2025-01-15"})
    village.define_cycle()
    (home,) = settle(1)
    read_meters([home], JANUARY, FEBRUARY)
    run(END_OF_JANUARY)
    assert [amounts(segment)[FIXED] for segment in segments(home)] == [1400, 1700]
    later = datetime(2025, 2, 3, 9, tzinfo=UTC)
    number = Bill.objects.get().number
    _, made = actions.rebill(number=number, reason="test", by="test", at=later)
    bill = orjson.loads(Bill.objects.get(number=made).document)
    assert [amounts(segment)[FIXED] for segment in bill["segments"]] == [1400, 1700]
    # 24 hours with 0.1 kWh more at 0.20: that and nothing else is put right.
    read_meters([home], date(2025, 1, 2), date(2025, 1, 3), wh=600, at=later + timedelta(days=1))
    actions.note_changed_readings(
        usage_point_id=home.point,
        first_day=date(2025, 1, 2),
        last_day=date(2025, 1, 2),
        recorded_at=later + timedelta(days=1),
        at=later + timedelta(days=1),
    )
    outcome = actions.check_next_correction(
        cycle=village.CYCLE, by="test", at=later + timedelta(days=2)
    )
    assert outcome == "to-bill"
    correction = orjson.loads(PendingCorrection.objects.get().correction)
    assert correction["after_minor"] - correction["before_minor"] == 48
    check_made_again()


def test_moved_in_on_the_10th_and_out_on_the_20th_is_ten_days_on_a_final_bill(
    tmp_path: Path,
) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle()
    (home,) = settle(1, starts_on=date(2025, 1, 10), ends_on=date(2025, 1, 20))
    read_meters([home], JANUARY, FEBRUARY)
    run(END_OF_JANUARY)
    (bill,) = documents(home)
    assert (bill["kind"], bill["first_day"], bill["after_last"]) == (
        "final", "2025-01-10", "2025-01-20",
    )  # fmt: skip
    # Ten days of 12 kWh; 10/31 of 5.00 is 1.61.
    assert amounts(bill["segments"][0]) == {ENERGY: 2400, FIXED: 161}


def test_tier_bounds_shrink_with_the_days(tmp_path: Path) -> None:
    tiers = [{"upTo": 310, "rate": "0.10"}, {"rate": "0.30"}]
    energy = {"type": "energy", "name": "Energy", "tiers": tiers}
    village.publish(tmp_path, tariff(components=[energy]))
    village.define_cycle()
    (home,) = settle(1, ends_on=date(2025, 1, 11))
    read_meters([home], JANUARY, FEBRUARY)
    run(END_OF_JANUARY)
    # Of 120 kWh, 310 x 10/31 = 100 are cheap.
    lines = segments(home)[0]["lines"]
    assert [(line["quantity"], line["amount_minor"]) for line in lines] == [
        ("100", 1000), ("20", 600),
    ]  # fmt: skip


def test_a_rate_changed_in_mid_month_is_two_agreements_on_one_bill(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff(), tariff("DEAR", rate="0.40"))
    village.define_cycle()
    (home,) = settle(1)
    actions.change_rate(
        agreement_id=home.agreement, tariff="DEAR", on=date(2025, 1, 16), by="test",
        at=village.BEGAN,
    )  # fmt: skip
    read_meters([home], JANUARY, FEBRUARY)
    run(END_OF_JANUARY)
    assert len(documents(home)) == 1
    # 15 days of 12 kWh at 0.20, 16 at 0.40; 15/31 and 16/31 of 5.00.
    assert [amounts(segment) for segment in segments(home)] == [
        {ENERGY: 3600, FIXED: 242}, {ENERGY: 7680, FIXED: 258},
    ]  # fmt: skip


def test_february_of_a_leap_year_has_29_days(tmp_path: Path) -> None:
    by_day = {"type": "fixed", "name": "By day", "amount": "0.10", "per": "day"}
    village.publish(tmp_path, tariff(components=[*tariff()["components"][:1], by_day]))
    village.publish(tmp_path, tariff("USED"))
    village.define_cycle(first=date(2024, 2, 1))
    fixed, home = (
        settle(1, code=code, first=n, starts_on=date(2024, 2, 1))[0]
        for n, code in enumerate(("FLAT", "USED"), start=1)
    )
    read_meters([home], date(2024, 2, 1), date(2024, 3, 1))
    run(date(2024, 2, 29), at=datetime(2025, 1, 3, tzinfo=UTC))
    assert amounts(segments(fixed)[0]) == {FIXED: 500, "By day": 290}
    # 29 days of 12 kWh.
    assert amounts(segments(home)[0]) == {FIXED: 500, ENERGY: 6960}


@pytest.mark.parametrize(
    ("first", "last", "kwh"),
    [
        (date(2025, 3, 1), date(2025, 3, 31), "371.5"),
        (date(2025, 10, 1), date(2025, 10, 31), "372.5"),
    ],
    ids=["spring", "autumn"],
)
def test_the_day_on_which_the_clocks_change_has_an_hour_less_or_more(
    tmp_path: Path, first: date, last: date, kwh: str
) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle(first=first)
    (home,) = settle(1, starts_on=first)
    read_meters([home], first, date(2025, first.month + 1, 1))
    run(last)
    assert used(segments(home)[0]) == kwh


@pytest.mark.parametrize(
    ("first", "last", "kwh"),
    [
        (date(2025, 3, 1), date(2025, 3, 31), "15"),
        (date(2025, 10, 1), date(2025, 10, 31), "16"),
    ],
    ids=["spring", "autumn"],
)
def test_the_hour_from_two_to_three_is_missing_in_spring_and_there_twice_in_autumn(
    tmp_path: Path, first: date, last: date, kwh: str
) -> None:
    village.publish(tmp_path, tariff(**NIGHT))
    village.define_cycle(first=first)
    (home,) = settle(1, starts_on=first)
    read_meters([home], first, date(2025, first.month + 1, 1))
    run(last)
    # 30 or 32 such hours of 0.5 kWh.
    (line,) = [line for line in segments(home)[0]["lines"] if line["amount_minor"]]
    assert line["quantity"] == kwh


@pytest.fixture
def cycle(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle()


@pytest.mark.usefixtures("cycle")
def test_several_usage_points_are_several_segments_of_one_bill() -> None:
    (home,) = settle(1)
    place = NewPlace(
        address="2 Lamp Street", time_zone=str(ZONE), usage_points=(("P2", "electricity"),)
    )
    ((point,),) = customers.take_over_places([place], by="test", at=village.BEGAN)
    new = NewAgreement(
        account_id=home.account, usage_point_id=point, tariff="FLAT", starts_on=date(2025, 1, 16)
    )
    other = actions.make_agreement(new, cycle=village.CYCLE, by="test", at=village.BEGAN)
    second = village.Home(
        account=home.account, number=home.number, point=point, reference="P2", agreement=other
    )
    read_meters([home, second], JANUARY, FEBRUARY, wh=[500, 100])
    run(END_OF_JANUARY)
    (bill,) = documents(home)
    found = {segment["usage_point"]: amounts(segment) for segment in bill["segments"]}
    # 16 days of 2.4 kWh, and 16/31 of 5.00.
    assert found == {"P00001": {FIXED: 500, ENERGY: 7440}, "P2": {FIXED: 258, ENERGY: 768}}
    assert Bill.objects.get().total_minor == 7940 + 1026


def test_what_is_not_metered_is_billed_without_readings(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff(components=tariff()["components"][:1]))
    village.define_cycle()
    (home,) = settle(1)
    run(END_OF_JANUARY)
    (segment,) = segments(home)
    assert (amounts(segment), segment["basis"]) == ({FIXED: 500}, {"source": "nothing"})
    assert not Bill.objects.get().estimated


@pytest.mark.usefixtures("cycle")
def test_off_cycle_and_then_the_rest_come_to_the_whole_month() -> None:
    (home,) = settle(1)
    read_meters([home], JANUARY, FEBRUARY)
    actions.bill_account(
        account=home.number, through=date(2025, 1, 15), by="test",
        at=datetime(2025, 1, 16, 9, tzinfo=UTC),
    )  # fmt: skip
    run(END_OF_JANUARY)
    off, rest = documents(home)
    assert (off["kind"], rest["kind"]) == ("off-cycle", "regular")
    assert amounts(off["segments"][0]) == {ENERGY: 3600, FIXED: 242}
    assert amounts(rest["segments"][0]) == {ENERGY: 3840, FIXED: 258}


@pytest.mark.usefixtures("cycle")
def test_the_last_bill_after_moving_out_is_final_off_cycle_too() -> None:
    (home,) = settle(1)
    read_meters([home], JANUARY, FEBRUARY)
    moved = datetime(2025, 1, 21, 9, tzinfo=UTC)
    actions.end_agreement(agreement_id=home.agreement, on=date(2025, 1, 20), by="test", at=moved)
    actions.bill_account(account=home.number, through=date(2025, 1, 20), by="test", at=moved)
    (bill,) = documents(home)
    assert (bill["kind"], bill["after_last"]) == ("final", "2025-01-20")
    run(END_OF_JANUARY)
    assert len(documents(home)) == 1


def entered_late(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """The bills of a home of January whose agreement was entered when March had been billed."""
    village.define_cycle(rules=rules)
    read_meters(settle(1), JANUARY, APRIL)
    run(END_OF_MARCH)
    (late,) = settle(1, first=2)
    read_meters([late], JANUARY, APRIL)
    run(END_OF_MARCH, at=datetime(2025, 4, 3, 9, tzinfo=UTC))
    return documents(late)


def test_an_agreement_entered_late_is_caught_up_with_on_one_bill(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff())
    (bill,) = entered_late({})
    assert [segment["first_day"] for segment in bill["segments"]] == [
        "2025-01-01", "2025-02-01", "2025-03-01",
    ]  # fmt: skip
    assert [amounts(segment)[FIXED] for segment in bill["segments"]] == [500, 500, 500]
    assert "messages" not in bill
    check_made_again()


def test_what_is_longer_ago_than_the_rules_allow_is_not_charged_and_the_bill_says_so(
    tmp_path: Path,
) -> None:
    village.publish(tmp_path, tariff())
    (bill,) = entered_late({"back_billing_months": 1})
    assert [segment["first_day"] for segment in bill["segments"]] == ["2025-02-01", "2025-03-01"]
    assert bill["messages"] == ["2025-01-01 to 2025-02-01 is too long ago to be charged."]
    assert set(Agreement.objects.values_list("billed_until", flat=True)) == {APRIL}


def test_an_account_of_which_all_is_too_long_ago_waits_and_opens_no_run_again(
    tmp_path: Path,
) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle(rules={"back_billing_months": 0})
    read_meters(settle(1), JANUARY, APRIL)
    run(END_OF_MARCH)
    settle(1, first=2, ends_on=FEBRUARY)
    with pytest.raises(actions.CycleAlreadyBilled):
        run(END_OF_MARCH)
    read_meters(settle(1, first=3), JANUARY, APRIL)
    run(END_OF_MARCH)
    assert BillingException.objects.get().code == "TooLongAgo"
