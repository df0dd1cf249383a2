"""Load in memory to twelve monthly bills: time-of-use energy and demand, flat demand, fixed."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bench.figure import Figure, Timed, best_of, in_turn, measured
from bench.homes import blocks_of, wh_of_a_year
from lamplighter.billing.domain.measuring import columns_in, request_for
from lamplighter.billing.domain.periods import calendar_months
from lamplighter.kernel import Currency
from lamplighter.metering.domain.determinants import determinants
from lamplighter.tariffs.domain.clock import Season, SeasonalClock
from lamplighter.tariffs.domain.columnar import price_columns
from lamplighter.tariffs.domain.measures import measures_of
from lamplighter.tariffs.domain.schedule import (
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    Per,
    RateSchedule,
    Tier,
)

METERS, PEER_METERS = 1000, 40
REPEATS, ROUNDS = 5, 3
MONTHS = calendar_months(date(2018, 1, 1), date(2019, 1, 1))
WORKDAY = (0,) * 8 + (1,) * 8 + (2,) * 5 + (0,) * 3
ENERGY, DEMAND, FLAT, FIXED = (0.11, 0.22, 0.33), (1.5, 2.5, 3.5), 4.25, 9.75


def schedule() -> RateSchedule:
    """The tariff that everybody prices."""
    clock = SeasonalClock(
        ("off-peak", "shoulder", "peak"),
        (WORKDAY, (0,) * 24),
        (Season(1, 1, (0, 0, 0, 0, 0, 1, 1, 0)),),
    )
    energy, demand = (
        tuple((Tier(rate=Decimal(str(rate))),) for rate in rates) for rates in (ENERGY, DEMAND)
    )
    return RateSchedule(
        code="bench",
        name="bench",
        currency=Currency("USD"),
        components=(
            FixedCharge(name="Fixed", amount=Decimal(str(FIXED)), per=Per.MONTH),
            EnergyCharge(name="Energy", clock=clock, bands=energy),
            DemandCharge(name="Demand by band", clock=clock, bands=demand, by_band=True),
            DemandCharge(name="Demand", bands=((Tier(rate=Decimal(str(FLAT))),),)),
        ),
    )


def lamplighter() -> Timed:
    """From blocks to rounded bill lines and totals; gives the first totals of a year, in cents."""
    tariff, zone = schedule(), ZoneInfo("UTC")
    measures = measures_of(tariff)
    blocks = blocks_of(wh_of_a_year(METERS))
    names = blocks.column("usage_point").dictionary_encode()
    blocks = blocks.set_column(blocks.schema.get_field_index("usage_point"), "usage_point", names)

    def bills() -> Any:
        table = determinants(blocks, request_for(measures, MONTHS, zone))
        return price_columns(tariff, columns_in(table, measures, MONTHS)).totals

    timed = best_of(REPEATS, bills)
    return Timed(timed.cpu_s, timed.result[:PEER_METERS].sum(axis=1).tolist())


def pysam() -> Timed:
    """NREL's Utilityrate5 on the same loads and tariff."""
    from PySAM import Utilityrate5

    model = Utilityrate5.new()
    _describe(model)
    loads = [list(year.ravel() / 1000) for year in wh_of_a_year(PEER_METERS)]

    def bills() -> list[int]:
        totals = []
        for load in loads:
            model.Load.load = load
            model.execute()
            totals.append(round(sum(model.Outputs.year1_monthly_utility_bill_wo_sys) * 100))
        return totals

    return best_of(REPEATS, bills)


def run() -> list[Figure]:
    ours, theirs = in_turn(ROUNDS, partial(measured, lamplighter), partial(measured, pysam))
    # Ours are rounded line by line, theirs not at all.
    assert all(abs(a - b) <= 48 for a, b in zip(ours.result, theirs.result, strict=True))
    return [
        Figure(
            what="load in memory to 12 monthly TOU + demand bills",
            ours=METERS / ours.cpu_s,
            unit="meter-years/s",
            peer="PySAM Utilityrate5",
            theirs=PEER_METERS / theirs.cpu_s,
            target_ratio=100,
            peak_mb=ours.peak_mb,
        )
    ]


def _describe(model: Any) -> None:
    rates = model.ElectricityRates
    weekday, weekend = [[band + 1 for band in WORKDAY]] * 12, [[1] * 24] * 12
    rates.assign(
        {
            "en_electricity_rates": 1, "ur_metering_option": 0, "ur_dc_enable": 1,
            "ur_ec_sched_weekday": weekday, "ur_ec_sched_weekend": weekend,
            "ur_dc_sched_weekday": weekday, "ur_dc_sched_weekend": weekend,
            "ur_ec_tou_mat": [[n + 1, 1, 1e38, 0, rate, 0] for n, rate in enumerate(ENERGY)],
            "ur_dc_tou_mat": [[n + 1, 1, 1e38, rate] for n, rate in enumerate(DEMAND)],
            "ur_dc_flat_mat": [[month, 1, 1e38, FLAT] for month in range(12)],
            "ur_monthly_fixed_charge": FIXED, "ur_monthly_min_charge": 0, "ur_annual_min_charge": 0,
            "ur_nm_yearend_sell_rate": 0, "ur_sell_eq_buy": 0, "rate_escalation": [0],
            "TOU_demand_single_peak": 0, "ur_en_ts_buy_rate": 0, "ur_en_ts_sell_rate": 0,
        }
    )  # fmt: skip
    model.Lifetime.assign(
        {"analysis_period": 1, "system_use_lifetime_output": 0, "inflation_rate": 0}
    )
    model.SystemOutput.assign({"degradation": [0], "gen": [0.0] * 8760})
