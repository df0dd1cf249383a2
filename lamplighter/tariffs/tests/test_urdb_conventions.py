"""
Conventions of URDB records that are seen over several months, worked by hand.

They are those of NREL's SAM, which these records are written for.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.urdb import FORMAT
from lamplighter.tariffs.domain.measures import (
    ClimbMeasure,
    EnergyMeasure,
    PeakMeasure,
    Usage,
    measures_of,
)
from lamplighter.tariffs.domain.pricing import Carried, Kind, PricedBill, price
from lamplighter.tariffs.domain.pricing.state import MonthPeak
from lamplighter.tariffs.domain.schedule import ExportRule, RateSchedule

ALWAYS = [[0] * 24] * 12
ONE_RATE: dict[str, Any] = {"energyweekdayschedule": ALWAYS, "energyweekendschedule": ALWAYS}
DEMAND: dict[str, Any] = {
    **ONE_RATE,
    "energyratestructure": [[{"rate": 0}]],
    "flatdemandstructure": [[{"rate": 1}]],
    "flatdemandmonths": [0] * 12,
}


def schedule_of(rule: ExportRule | None = None, **record: Any) -> RateSchedule:
    schedule = FORMAT.schedule({"label": "x", **record}, Place())
    return schedule if rule is None else schedule.under(rule)


def month(
    schedule: RateSchedule,
    number: int,
    bought: Mapping[int, int],
    sold: Mapping[int, int],
    *,
    kw: int = 0,
    by_tier: Sequence[Sequence[int]] = (),
    carried: Carried | None = None,
) -> tuple[PricedBill, Carried]:
    """One month of 2018, with kWh by band, and by tier as climbed by the measured demand."""
    energy, peaks, climbed = {}, {}, {}
    for measure in measures_of(schedule):
        bands = range(len(measure.clock.bands))
        match measure:
            case EnergyMeasure(flow=flow):
                kwh = sold if flow == "export" else bought
                energy[measure] = tuple(Decimal(kwh.get(band, 0)) for band in bands)
            case ClimbMeasure():
                climbed[measure] = tuple(tuple(map(Decimal, tiers)) for tiers in by_tier)
            case PeakMeasure():
                peaks[measure] = tuple(Decimal(kw) for _ in bands)
    usage = Usage(
        first_day=date(2018, number, 1),
        after_last=date(2018 + number // 12, number % 12 + 1, 1),
        energy=energy,
        peaks=peaks,
        climbed=climbed,
    )
    return price(schedule, usage, carried=carried)


def year(schedule: RateSchedule, net: Sequence[int]) -> list[Decimal]:
    """The bills of twelve months, each of one band with so many kWh bought, or sold if negative."""
    totals, carried = [], Carried()
    for number, kwh in enumerate(net, start=1):
        bill, carried = month(
            schedule, number, {0: max(kwh, 0)}, {0: max(-kwh, 0)}, carried=carried
        )
        totals.append(bill.total)
    return totals


def test_surplus_of_the_band_at_midnight_goes_to_the_band_that_now_has_midnight() -> None:
    # In January band 0 has the hours 0 to 5 and band 1 the rest, 23 o'clock included. From February
    # on band 1 has the hours 0 to 5, band 2 has 5 o'clock, band 0 the rest.
    january, february = [0] * 6 + [1] * 18, [1] * 5 + [2] + [0] * 18
    hours = [january] + [february] * 11
    schedule = schedule_of(
        ExportRule.NET_METERING,
        energyratestructure=[[{"rate": 1}], [{"rate": 10}], [{"rate": 100}]],
        energyweekdayschedule=hours,
        energyweekendschedule=hours,
    )
    used = {0: 50, 1: 50, 2: 50}
    _, carried = month(schedule, 1, {}, {0: 3}, carried=None)
    bill, _ = month(schedule, 2, used, {}, carried=carried)
    assert bill.total == 50 * 1 + (50 - 3) * 10 + 50 * 100

    # Band 1 had neither 0 nor 5 o'clock. It had 11 o'clock, which band 0 has now.
    _, carried = month(schedule, 1, {}, {1: 3}, carried=None)
    bill, _ = month(schedule, 2, used, {}, carried=carried)
    assert bill.total == (50 - 3) * 1 + 50 * 10 + 50 * 100


def test_a_month_that_pays_the_customer_takes_nothing_from_the_minimum_of_the_year() -> None:
    schedule = schedule_of(
        ExportRule.NET_BILLING,
        **ONE_RATE,
        energyratestructure=[[{"rate": 1, "sell": 1}]],
        annualmincharge=1000,
    )
    # Six months of 10 count, six months of -40 count as nothing: 940 are lacking in December.
    bills = year(schedule, [10] * 6 + [-40] * 6)
    assert bills == [10] * 6 + [-40] * 5 + [-40 + 940]


def test_negative_energy_is_kept_as_credit_and_paid_out_at_the_end_of_the_year() -> None:
    for rule in (ExportRule.NET_METERING_CREDIT, ExportRule.NET_BILLING_CREDIT):
        schedule = schedule_of(
            rule, **ONE_RATE, energyratestructure=[[{"rate": -1}]], fixedchargefirstmeter=5
        )
        assert year(schedule, [10] * 12) == [5] * 11 + [5 - 120]


def test_negative_energy_is_dropped_where_no_money_is_carried() -> None:
    schedule = schedule_of(
        ExportRule.NET_METERING,
        **ONE_RATE,
        energyratestructure=[[{"rate": -1}]],
        fixedchargefirstmeter=5,
    )
    assert year(schedule, [10] * 12) == [5] * 12


def test_negative_energy_stands_on_the_bill_without_a_rule_that_carries_anything() -> None:
    record: dict[str, Any] = {
        **ONE_RATE,
        "energyratestructure": [[{"rate": -1}]],
        "fixedchargefirstmeter": 5,
    }
    assert year(schedule_of(**record), [10] * 12) == [-5] * 12
    assert year(schedule_of(ExportRule.NET_BILLING, **record), [10] * 12) == [-5] * 12


def billed_kw(schedule: RateSchedule, number: int, peak: MonthPeak) -> Decimal:
    """What is billed of a month of 1 kW, after one month with a peak."""
    bill, _ = month(schedule, number, {}, {}, kw=1, carried=Carried(peaks={"Demand": (peak,)}))
    return bill.of(Kind.DEMAND)


def test_a_ratchet_looks_one_month_further_back_over_the_end_of_the_year() -> None:
    schedule = schedule_of(**DEMAND, lookbackpercent=1, lookbackrange=2)
    october = MonthPeak(2017, 10, (Decimal(100),))
    september = MonthPeak(2017, 9, (Decimal(100),))
    february = MonthPeak(2018, 2, (Decimal(100),))
    # Three months back from January is October, of the year before.
    assert billed_kw(schedule, 1, october) == 100
    assert billed_kw(schedule, 1, september) == 1
    # Within the year it is two months: April still looks at February, May does not.
    assert billed_kw(schedule, 4, february) == 100
    assert billed_kw(schedule, 5, february) == 1


def test_a_ratchet_passes_over_months_that_are_not_flagged() -> None:
    only_october = [number == 10 for number in range(1, 13)]
    schedule = schedule_of(
        **DEMAND, lookbackpercent=1, lookbackrange=3, lookbackmonths=only_october
    )
    assert billed_kw(schedule, 1, MonthPeak(2017, 10, (Decimal(100),))) == 100
    assert billed_kw(schedule, 1, MonthPeak(2017, 11, (Decimal(100),))) == 1


def test_hours_use_counts_by_the_demand_that_a_ratchet_holds_up() -> None:
    # Summer has its own rates; one month has one band. 10 kW were measured, a ratchet holds 40 kW:
    # 100 hours' use are 4,000 kWh, and not the 1,000 kWh by which the meter's data was climbed.
    summer = [[1 if 5 <= number <= 8 else 0] * 24 for number in range(12)]
    schedule = schedule_of(
        energyratestructure=[
            [{"rate": 3, "max": 100, "unit": "kWh/kW"}, {"rate": 1, "unit": "kWh/kW"}],
            [{"rate": 5, "max": 100, "unit": "kWh/kW"}, {"rate": 2, "unit": "kWh/kW"}],
        ],
        energyweekdayschedule=summer,
        energyweekendschedule=summer,
        lookbackpercent=0.5,
    )
    past = Carried(peaks={"Energy": (MonthPeak(2018, 7, (Decimal(80),)),)})
    bill, _ = month(
        schedule, 10, {0: 6000}, {}, kw=10, by_tier=[[1000, 5000], [0, 0]], carried=past
    )
    assert bill.total == 4000 * 3 + 2000 * 1

    # 60 kW are more than the ratchet holds: what was climbed by them stands.
    bill, _ = month(schedule, 10, {0: 6000}, {}, kw=60, by_tier=[[6000, 0], [0, 0]], carried=past)
    assert bill.total == 6000 * 3
