"""What is worked out for the eye, and what the square code says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lamplighter.billing.domain.colours import contrast, ink_on, readable_on_white
from lamplighter.billing.domain.payment_codes import payment_code
from lamplighter.billing.domain.sheets import (
    PeriodUsage,
    balance,
    key_figures,
    time_of_use,
)
from lamplighter.billing.domain.utilities import Utility
from lamplighter.billing.tests.making_sheets import (
    HARBOUR,
    STADTWERKE,
    VIDYUT,
    line,
    months,
    segment,
    sheet,
)
from lamplighter.billing.tests.sheets import SAMPLES
from lamplighter.kernel import Currency, Money

EURO, RUPEE = Currency("EUR"), Currency("INR")


def test_the_balance_adds_up_from_what_was_due_to_what_is_due() -> None:
    now = balance(SAMPLES["time_of_use"]())
    assert now.previous is not None
    assert now.settled == Money(-17000, EURO)
    assert now.previous.due + now.settled == now.open_before
    assert now.open_before + now.charged == now.due


def test_energy_is_split_by_band_and_tiers_of_a_band_are_one() -> None:
    bands = time_of_use(
        [
            segment(
                line("Energy", "energy", "30", "kWh", "0.1", 300, "night, tier 1"),
                line("Energy", "energy", "10", "kWh", "0.2", 200, "night, tier 2"),
                line("Energy", "energy", "60", "kWh", "0.3", 1800, "day"),
                line("Meter", "fixed", "1", "month", "5", 500, "day"),
            )
        ]
    )
    assert [(band.band, band.quantity, band.amount_minor, band.share) for band in bands] == [
        ("night", Decimal(40), 500, Decimal("0.4")),
        ("day", Decimal(60), 1800, Decimal("0.6")),
    ]


def test_usage_that_two_charges_are_made_for_is_told_once() -> None:
    lines = [
        line(charge, "energy", quantity, "kWh", "0.1", 100, band)
        for charge in ("Supply", "Delivery")
        for band, quantity in (("night", "40"), ("day", "60"))
    ]
    assert [band.quantity for band in time_of_use([segment(*lines)])] == [40, 60]
    assert [band.amount_minor for band in time_of_use([segment(*lines)])] == [200, 200]


@pytest.mark.parametrize("name", ["flat", "solar_credit", "adjustment", "cancellation"])
def test_one_band_is_no_split(name: str) -> None:
    assert time_of_use(SAMPLES[name]().bill.content.segments) == ()


def test_periods_are_compared_day_for_day() -> None:
    usage = (
        PeriodUsage(
            first_day=date(2026, 1, 1),
            after_last=date(2026, 1, 11),
            quantity=Decimal(100),
            unit="kWh",
        ),
        PeriodUsage(
            first_day=date(2026, 1, 11),
            after_last=date(2026, 1, 31),
            quantity=Decimal(220),
            unit="kWh",
        ),
    )
    figures = key_figures(sheet(usage=usage))
    assert figures is not None
    assert figures.daily == 11
    assert figures.change_since_last == Decimal("0.1")
    assert figures.change_since_last_year is None


def test_the_same_month_of_last_year_is_found() -> None:
    figures = key_figures(sheet(usage=months([100, *[50] * 11, 120])))
    assert figures is not None
    assert figures.change_since_last_year == Decimal("0.2")


def test_nothing_is_compared_with_nothing() -> None:
    figures = key_figures(sheet(usage=months([0, 50])))
    assert figures is not None
    assert figures.change_since_last is None
    assert key_figures(sheet()) is None


def test_euros_are_paid_by_credit_transfer() -> None:
    code = payment_code(STADTWERKE, due=Money(20066, EURO), reference="2026-000184")
    assert code.split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFFXXX", "Stadtwerke Lindenau",
        "DE89370400440532013000", "EUR200.66", "", "", "2026-000184",
    ]  # fmt: skip


def test_no_line_of_a_credit_transfer_can_be_made_up() -> None:
    name = "Evil\nDE00000000000000000000\nEUR1.00" + "x" * 99
    code = payment_code(replace(STADTWERKE, name=name), due=Money(100, EURO), reference="a\r\nb")
    assert code.count("\n") == 10
    assert len(code.split("\n")[5]) == 70


def test_rupees_are_paid_by_upi() -> None:
    code = payment_code(VIDYUT, due=Money(123456, RUPEE), reference="2026/7 & 8")
    assert code.startswith("upi://pay?pa=suryavidyut@bank&pn=%E0%A4%B8")
    assert code.endswith("&tr=2026%2F7%20%26%208&tn=2026%2F7%20%26%208&am=1234.56&cu=INR")


def test_other_money_is_paid_on_the_web() -> None:
    code = payment_code(HARBOUR, due=Money(100, Currency("USD")), reference="7/8")
    assert code == "https://harbourlight.example/pay/7%2F8"


def test_there_is_no_code_where_nothing_is_to_be_paid_or_nobody_to_be_paid() -> None:
    assert payment_code(STADTWERKE, due=Money(0, EURO), reference="1") == ""
    assert payment_code(Utility(name="Nobody"), due=Money(100, EURO), reference="1") == ""


@pytest.mark.parametrize("accent", ["#ffffff", "#ffd166", "#7a1f3d", "#000000", "#00ff00"])
def test_every_colour_of_a_utility_can_be_read(accent: str) -> None:
    assert contrast(readable_on_white(accent), "#ffffff") >= 4.5
    assert contrast(ink_on(accent), accent) >= 4.5
