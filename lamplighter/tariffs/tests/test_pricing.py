"""What holds for every bill, whatever the schedule and the usage."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lamplighter.kernel import Currency, Refusal
from lamplighter.tariffs.domain.clock import ALWAYS, SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.measures import (
    ClimbMeasure,
    EnergyMeasure,
    PeakMeasure,
    Usage,
    measures_of,
)
from lamplighter.tariffs.domain.pricing import Carried, Facts, price
from lamplighter.tariffs.domain.pricing.tiers import bounds, climb
from lamplighter.tariffs.domain.schedule import (
    EnergyCharge,
    ExportRule,
    FixedCharge,
    MinimumCharge,
    Order,
    Per,
    Percentage,
    RateSchedule,
    Tier,
    TierUnit,
)
from lamplighter.tariffs.tests.schedules import schedules

KWH = st.decimals(0, 99_999, places=3)
FACTS = Facts(connected_kw=Decimal("7.5"), meters=3, power_factor=Decimal("0.9"))
EUR = Currency("EUR")
THREE_BANDS = SeasonalClock.of(
    ("night", "day", "evening"), [SeasonDays(1, 1, ((0,) * 8 + (1,) * 8 + (2,) * 8,) * 8)]
)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@st.composite
def usages(draw: st.DrawFn, schedule: RateSchedule) -> Usage:
    """Anything that could have been measured for a schedule in some billing period."""
    first = draw(st.dates(date(2024, 1, 1), date(2026, 1, 1)))
    days = draw(st.integers(1, 62))
    energy: dict[EnergyMeasure, tuple[Decimal, ...]] = {}
    peaks: dict[PeakMeasure, tuple[Decimal, ...]] = {}
    climbed: dict[ClimbMeasure, tuple[tuple[Decimal, ...], ...]] = {}
    for measure in measures_of(schedule):
        amounts = tuple(draw(KWH) for _ in measure.clock.bands)
        if isinstance(measure, EnergyMeasure):
            energy[measure] = amounts
        elif isinstance(measure, PeakMeasure):
            peaks[measure] = amounts
        else:
            climbed[measure] = tuple(
                tuple(draw(KWH) for _ in range(len(bounds) + 1)) for bounds in measure.bounds
            )
    return Usage(
        first_day=first,
        after_last=first + timedelta(days),
        months=draw(st.fractions(Fraction(1, 31), 3, max_denominator=31)),
        energy=energy,
        peaks=peaks,
        climbed=climbed,
    )


def months_of(usage: Usage, months: int) -> list[Usage]:
    """The same usage, month after month."""
    length = usage.after_last - usage.first_day
    starts = [usage.first_day + n * length for n in range(months)]
    return [
        Usage(
            first_day=start, after_last=start + length, months=usage.months,
            energy=usage.energy, peaks=usage.peaks, climbed=usage.climbed,
        )
        for start in starts
    ]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_a_bill_is_the_sum_of_lines_each_rounded_once(data: Any) -> None:
    schedule = data.draw(schedules())
    try:
        usage = data.draw(usages(schedule))
        bills = []
        carried: Carried | None = None
        for period in months_of(usage, 3):
            bill, carried = price(schedule, period, carried=carried, facts=FACTS)
            bills.append(bill)
    except Refusal:
        assume(False)
    unit = Decimal(1).scaleb(-schedule.currency.exponent)
    for bill in bills:
        assert bill.total == sum((line.amount for line in bill.lines), Decimal(0))
        for line in bill.lines:
            exact = Fraction(line.quantity) * Fraction(line.rate)
            if schedule.rounding.lines:
                assert line.amount == line.amount.quantize(unit)
                assert abs(exact - Fraction(line.amount)) < Fraction(unit)
            else:
                assert abs(exact - Fraction(line.amount)) < Fraction(1, 10**30)


@st.composite
def inclining(draw: st.DrawFn) -> tuple[Tier, ...]:
    uppers = draw(st.lists(st.decimals(1, 5000, places=1), max_size=3, unique=True).map(sorted))
    rates = draw(
        st.lists(
            st.decimals(0, 2, places=4), min_size=len(uppers) + 1, max_size=len(uppers) + 1
        ).map(sorted)
    )
    unit = draw(st.sampled_from([TierUnit.PLAIN, TierUnit.DAILY]))
    return tuple(
        Tier(rate=rate, upper=upper, unit=unit if upper is not None else TierUnit.PLAIN)
        for rate, upper in zip(rates, [*uppers, None], strict=True)
    )


def priced(schedule: RateSchedule, kwh: Sequence[Decimal]) -> Decimal:
    (measure,) = measures_of(schedule)
    assert isinstance(measure, EnergyMeasure)
    usage = Usage(
        first_day=date(2025, 1, 1), after_last=date(2025, 2, 1), energy={measure: tuple(kwh)}
    )
    bill, _ = price(schedule, usage)
    return bill.total


@settings(deadline=None)
@given(
    tiers=inclining(),
    used=st.lists(KWH, min_size=3, max_size=3),
    more=st.lists(KWH, min_size=3, max_size=3),
    shared=st.booleans(),
)
def test_more_usage_never_costs_less_where_tiers_incline(
    tiers: tuple[Tier, ...], used: list[Decimal], more: list[Decimal], shared: bool
) -> None:
    schedule = RateSchedule(
        code="T", name="T", currency=EUR,
        components=(
            FixedCharge(name="Basic", amount=Decimal(5), per=Per.MONTH),
            EnergyCharge(
                name="Energy", bands=(tiers,) * 3, clock=THREE_BANDS,
                order=Order.PRO_RATA if shared else Order.EACH_BAND,
            ),
            MinimumCharge(name="Minimum", amount=Decimal(20), per=Per.MONTH),
            Percentage(name="VAT", percent=Decimal(19), tax=True),
        ),
    )  # fmt: skip
    more_used = [a + b for a, b in zip(used, more, strict=True)]
    # Every line is rounded by itself, so that a bill of 12 lines may be 6 cents off either way.
    assert priced(schedule, more_used) >= priced(schedule, used) - Decimal("0.12")


@given(tiers=inclining(), kwh=KWH, months=st.fractions(0, 12, max_denominator=31))
def test_climbing_tiers_loses_and_adds_nothing(
    tiers: tuple[Tier, ...], kwh: Decimal, months: Fraction
) -> None:
    parts = climb(kwh, bounds(tiers, months=months, days=31))
    assert sum(parts) == kwh
    assert all(part >= 0 for part in parts)


@settings(deadline=None)
@given(
    tiers=inclining(),
    kwh=st.lists(KWH, min_size=3, max_size=3),
    order=st.sampled_from([Order.PRO_RATA, Order.EACH_BAND]),
)
def test_the_tiers_of_all_bands_together_hold_what_was_used(
    tiers: tuple[Tier, ...], kwh: list[Decimal], order: Order
) -> None:
    charge = EnergyCharge(name="Energy", bands=(tiers,) * 3, clock=THREE_BANDS, order=order)
    schedule = RateSchedule(code="T", name="T", currency=EUR, components=(charge,))
    usage = Usage(
        first_day=date(2025, 1, 1),
        after_last=date(2025, 2, 1),
        energy={EnergyMeasure(THREE_BANDS): tuple(kwh)},
    )
    bill, _ = price(schedule, usage)
    told = sum((Fraction(line.quantity) for line in bill.lines), Fraction(0))
    assert abs(told - sum(map(Fraction, kwh))) < Fraction(1, 10**40)


@settings(deadline=None)
@given(
    rule=st.sampled_from([ExportRule.NET_METERING, ExportRule.NET_METERING_CREDIT]),
    flows=st.lists(st.tuples(KWH, KWH), min_size=1, max_size=12),
)
def test_net_metering_bills_no_more_than_the_whole_net_usage(
    rule: ExportRule, flows: list[tuple[Decimal, Decimal]]
) -> None:
    """Over a year, with a flat rate, what is billed and what is carried make up the net usage."""
    rate = Decimal("0.25")
    schedule = RateSchedule(
        code="T", name="T", currency=EUR,
        components=(EnergyCharge(name="Energy", bands=((Tier(rate=rate, sell=rate),),)),),
    ).under(rule)  # fmt: skip
    carried = Carried()
    billed = Decimal(0)
    for n, (bought, sold) in enumerate(flows):
        usage = Usage(
            first_day=date(2025, 1, 1) + timedelta(7 * n),
            after_last=date(2025, 1, 8) + timedelta(7 * n),
            energy={EnergyMeasure(ALWAYS): (bought,), EnergyMeasure(ALWAYS, "export"): (sold,)},
        )
        bill, carried = price(schedule, usage, carried=carried)
        assert bill.total >= 0
        billed += bill.total
    left = sum(carried.surplus.get("Energy", (Decimal(0),))) * rate + carried.credit
    net = sum((bought - sold for bought, sold in flows), Decimal(0)) * rate
    assert abs(billed - left - net) <= Decimal("0.01") * len(flows)
