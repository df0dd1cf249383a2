"""Every field of a URDB record is billed, information, noted, or refused by its name."""

import copy
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.kernel import Refusal
from lamplighter.tariffs.adapters.urdb import read_urdb
from lamplighter.tariffs.adapters.urdb_fields import BILLED, FREE_TEXT, INFORMATION
from lamplighter.tariffs.domain.clock import SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.schedule import (
    DemandCharge,
    EnergyCharge,
    ExportRule,
    FixedCharge,
    FixedTimes,
    MinimumCharge,
    MonthlyRider,
    Order,
    Per,
    Ratchet,
    Tier,
    TierUnit,
)
from lamplighter.tariffs.queries.files import Refused, schedules_in

ALL_ZERO = [[0] * 24] * 12
ALL_ONE = [[1] * 24] * 12
TWO_BANDS = [[{"rate": 3}], [{"rate": 4}]]
RECORD: dict[str, Any] = {
    "label": "539f6a0aec4f024411ec8afd",
    "name": "General Service",
    "energyratestructure": [[{"rate": 0.1, "unit": "kWh"}]],
    "energyweekdayschedule": ALL_ZERO,
    "energyweekendschedule": ALL_ZERO,
}

THREE_FOUR = ((Tier(rate=Decimal(3)),), (Tier(rate=Decimal(4)),))


def clock(*, work: int, rest: int) -> SeasonalClock:
    days = ((work,),) * 5 + ((rest,),) * 2 + ((work,),)
    return SeasonalClock.of(("band 0", "band 1"), [SeasonDays(1, 1, days)])


def energy(*, work: int, rest: int) -> EnergyCharge:
    times = clock(work=work, rest=rest)
    return EnergyCharge(name="Energy", bands=THREE_FOUR, clock=times, order=Order.CLOCK)


def demand(name: str, *, work: int, rest: int, **more: Any) -> DemandCharge:
    return DemandCharge(name=name, bands=THREE_FOUR, clock=clock(work=work, rest=rest), **more)


def coincident(*, work: int, rest: int) -> DemandCharge:
    return demand("Coincident demand", work=work, rest=rest, by_band=True, coincident=True)


# What each field that changes a price does to the schedule of RECORD: a value, what else must be
# said with it, and the component that comes of it.
BILLED_AS: dict[str, tuple[Any, dict[str, Any], object]] = {
    "energyratestructure": ([[{"rate": 3}], [{"rate": 4}]], {}, energy(work=0, rest=0)),
    "energyweekdayschedule": (
        ALL_ONE, {"energyratestructure": TWO_BANDS}, energy(work=1, rest=0)),
    "energyweekendschedule": (
        ALL_ONE, {"energyratestructure": TWO_BANDS}, energy(work=0, rest=1)),
    "fixedmonthlycharge": (
        9, {}, FixedCharge(name="Fixed charge", amount=Decimal(9), per=Per.MONTH)),
    "fixedchargefirstmeter": (
        0.3, {"fixedchargeunits": "$/day"},
        FixedCharge(name="Fixed charge", amount=Decimal("0.3"), per=Per.DAY)),
    "fixedchargeunits": (
        "$/year", {"fixedchargefirstmeter": 12},
        FixedCharge(name="Fixed charge", amount=Decimal(12), per=Per.YEAR)),
    "fixedchargeeaaddl": (
        2, {}, FixedCharge(name="Further meters", amount=Decimal(2), per=Per.MONTH,
                           times=FixedTimes.FURTHER_METERS)),
    "mincharge": (5, {}, MinimumCharge(name="Minimum charge", amount=Decimal(5), per=Per.MONTH)),
    "minchargeunits": (
        "$/day", {"mincharge": 1},
        MinimumCharge(name="Minimum charge", amount=Decimal(1), per=Per.DAY)),
    "minmonthlycharge": (
        5, {}, MinimumCharge(name="Minimum charge of the month", amount=Decimal(5), per=Per.MONTH)),
    "annualmincharge": (
        60, {}, MinimumCharge(name="Minimum charge of the year", amount=Decimal(60), per=Per.YEAR)),
    "flatdemandstructure": (
        TWO_BANDS, {"flatdemandmonths": [0] * 12}, demand("Demand", work=0, rest=0)),
    "flatdemandmonths": (
        [1] * 12, {"flatdemandstructure": TWO_BANDS}, demand("Demand", work=1, rest=1)),
    "flatdemandunit": (
        "kVA daily", {"flatdemandstructure": [[{"rate": 4}]], "flatdemandmonths": [0] * 12},
        DemandCharge(name="Demand", bands=((Tier(rate=Decimal(4)),),), unit="kVA", daily=True)),
    "demandratestructure": (
        TWO_BANDS, {"demandweekdayschedule": ALL_ZERO, "demandweekendschedule": ALL_ZERO},
        demand("Time-of-use demand", work=0, rest=0, by_band=True)),
    "demandweekdayschedule": (
        ALL_ONE, {"demandratestructure": TWO_BANDS, "demandweekendschedule": ALL_ZERO},
        demand("Time-of-use demand", work=1, rest=0, by_band=True)),
    "demandweekendschedule": (
        ALL_ONE, {"demandratestructure": TWO_BANDS, "demandweekdayschedule": ALL_ZERO},
        demand("Time-of-use demand", work=0, rest=1, by_band=True)),
    "demandrateunit": (
        "hp",
        {"demandratestructure": [[{"rate": 4}]], "demandweekdayschedule": ALL_ZERO,
         "demandweekendschedule": ALL_ZERO},
        DemandCharge(name="Time-of-use demand", bands=((Tier(rate=Decimal(4)),),), unit="hp",
                     by_band=True)),
    "demandwindow": (
        15, {"flatdemandstructure": [[{"rate": 4}]], "flatdemandmonths": [0] * 12},
        DemandCharge(name="Demand", bands=((Tier(rate=Decimal(4)),),), window_minutes=15)),
    "demandreactivepowercharge": (
        0.25, {}, DemandCharge(name="Reactive power", bands=((Tier(rate=Decimal("0.25")),),),
                               flow="reactive-import", unit="kvar")),
    "coincidentratestructure": (
        TWO_BANDS, {"coincidentschedule": ALL_ZERO}, coincident(work=0, rest=0)),
    "coincidentschedule": (
        ALL_ONE, {"coincidentratestructure": TWO_BANDS}, coincident(work=1, rest=1)),
    "coincidentratesched": (
        ALL_ONE, {"coincidentratestructure": TWO_BANDS}, coincident(work=1, rest=1)),
    "coincidentrateschedule": (
        ALL_ONE, {"coincidentratestructure": TWO_BANDS}, coincident(work=1, rest=1)),
    "coincidentrateunit": (
        "kVA",
        {"coincidentratestructure": [[{"rate": 4}]], "coincidentschedule": ALL_ZERO},
        DemandCharge(name="Coincident demand", bands=((Tier(rate=Decimal(4)),),), unit="kVA",
                     by_band=True, coincident=True)),
    "lookbackpercent": (
        0.8, {}, Ratchet(share=Decimal("0.8"), months_back=11, further_into_last_year=1)),
    "lookbackrange": (
        6, {"lookbackpercent": 0.8},
        Ratchet(share=Decimal("0.8"), months_back=6, further_into_last_year=1)),
    "lookbackmonths": (
        [False] * 6 + [True] * 6, {"lookbackPercent": 0.8},
        Ratchet(share=Decimal("0.8"), months_back=11, further_into_last_year=1,
                counted=(False,) * 6 + (True,) * 6)),
    "fueladjustmentsmonthly": (
        [0.01] * 12, {}, MonthlyRider(name="Fuel adjustment", rates=(Decimal("0.01"),) * 12)),
    "dgrules": ("Buy All Sell All", {}, ExportRule.BUY_ALL_SELL_ALL),
    "usenetmetering": (True, {}, ExportRule.NET_METERING),
}  # fmt: skip


def read(**fields: Any) -> Any:
    return read_urdb({**RECORD, **fields})


def refusal_of(**fields: Any) -> Refusal:
    with pytest.raises(Refusal) as no:
        read_urdb({**RECORD, **fields}, source="rates.json", row=7)
    return no.value


def test_each_field_is_of_one_kind() -> None:
    assert len(BILLED | INFORMATION | FREE_TEXT) == sum(map(len, (BILLED, INFORMATION, FREE_TEXT)))


@pytest.mark.parametrize("field", sorted(BILLED - {"demandratchetpercentage"}))
def test_what_changes_a_price_is_billed(field: str) -> None:
    value, context, expected = BILLED_AS[field]
    schedule = read(**{field: value}, **context)
    found: list[object] = [*schedule.components, schedule.export.rule]
    found += [getattr(c, "hours_use_ratchet", None) for c in schedule.components]
    assert expected in found


def test_a_ratchet_by_month_is_refused_by_its_name() -> None:
    no = refusal_of(demandratchetpercentage=[0.5] * 12)
    assert (no.code, no.places[0].field) == ("UnbillableField", "demandratchetpercentage")
    assert read(demandratchetpercentage=[0] * 12)


@pytest.mark.parametrize("field", sorted(INFORMATION - {"label", "name", "startdate", "enddate"}))
def test_information_changes_nothing_that_is_billed(field: str) -> None:
    value = "USA" if field == "country" else "of interest"
    assert read(**{field: value}).components == read().components


@pytest.mark.parametrize("field", sorted(FREE_TEXT))
def test_free_text_is_noted_as_not_billed(field: str) -> None:
    (note,) = read(**{field: [{"Voltage discount ": "$-0.18/kW"}]}).notes
    assert note == f"not billed: Voltage discount $-0.18/kW ({field})"


def test_a_field_that_nobody_knows_is_refused_with_its_name_and_row() -> None:
    no = refusal_of(surcharge=1)
    assert no.code == "UnknownField"
    assert str(no).startswith("rates.json, row 7, field surcharge: surcharge: not of URDB")


@pytest.mark.parametrize("field", ["lookbackPercent", "LookBackPercent"])
def test_fields_are_known_in_any_case(field: str) -> None:
    assert read(**{field: 0.5}).components[0].hours_use_ratchet is not None


def test_the_same_field_in_two_cases_is_refused() -> None:
    assert refusal_of(lookbackPercent=0.5, lookbackpercent=0.6).places[0].field == "lookbackpercent"


def test_empty_fields_say_nothing() -> None:
    assert read(mincharge=None, energycomments="", demandratestructure=[]) == read()


def test_the_end_date_is_the_last_day_on_which_a_rate_holds() -> None:
    schedule = read(startdate=1385884800, enddate=1451548800)
    assert (schedule.starts_on, schedule.ends_on) == (date(2013, 12, 1), date(2016, 1, 1))


def test_an_end_before_the_start_is_left_out_with_a_note() -> None:
    schedule = read(startdate=1357045200, enddate=1356940800)
    assert schedule.ends_on is None
    assert schedule.notes == ("left out: its enddate, 2012-12-31, is before its startdate",)


def test_numbers_are_read_as_they_are_written() -> None:
    structure = [[{"rate": 0.1 + 0.2, "adj": Decimal("1E-7")}]]
    (tier,) = read(energyratestructure=structure).components[0].bands[0]
    assert tier.price == Decimal("0.30000000000000004") + Decimal("0.0000001")


def test_a_tier_without_a_rate_is_free() -> None:
    structure = [[{"max": 100}, {"rate": 0.2}]]
    first, _ = read(energyratestructure=structure).components[0].bands[0]
    assert (first.price, first.upper) == (0, 100)


def tiers_of(*rows: dict[str, Any]) -> tuple[Tier, ...]:
    tiers: tuple[Tier, ...] = read(energyratestructure=[list(rows)]).components[0].bands[0]
    return tiers


def test_kwh_rows_before_hours_use_lie_inside_its_first_block() -> None:
    tiers = tiers_of(
        {"rate": 0.3, "max": 3000, "unit": "kWh"},
        {"rate": 0.2, "max": 200, "unit": "kWh/kW"},
        {"rate": 0.1, "unit": "kWh/kW"},
    )
    assert [(t.upper, t.unit, t.within_hours) for t in tiers] == [
        (3000, TierUnit.PLAIN, 200), (200, TierUnit.PER_KW, None), (None, TierUnit.PLAIN, None),
    ]  # fmt: skip


def test_a_free_row_of_hours_use_is_a_heading_for_the_kwh_rows_below_it() -> None:
    tiers = tiers_of(
        {"max": 200, "unit": "kWh/kW"},
        {"rate": 0.3, "max": 3000, "unit": "kWh"},
        {"rate": 0.2, "max": 10000, "unit": "kWh"},
        {"rate": 0.1, "max": 400, "unit": "kWh/kW"},
        {"rate": 0.05},
    )
    assert [(t.upper, t.within_hours) for t in tiers] == [
        (3000, 200), (10000, 200), (400, None), (None, None)]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ({"energyratestructure": 7}, "InvalidTariff", "energyratestructure"),
        ({"energyratestructure": [[]]}, "InvalidTariff", "energyratestructure[0]"),
        ({"energyratestructure": [[7]]}, "InvalidTariff", "energyratestructure[0][0]"),
        ({"energyratestructure": [[{"rate": "1_000"}]]}, "InvalidTariff",
         "energyratestructure[0][0].rate"),
        ({"energyratestructure": [[{"rate": float("nan")}]]}, "InvalidTariff",
         "energyratestructure[0][0].rate"),
        ({"energyratestructure": [[{"rate": 1e308}]]}, "InvalidTariff",
         "energyratestructure[0][0].rate"),
        ({"energyratestructure": [[{"rate": 1, "unit": ["kWh"]}]]}, "InvalidTariff",
         "energyratestructure[0][0].unit"),
        ({"energyratestructure": [[{"rate": 1, "min": 5}]]}, "UnknownField",
         "energyratestructure[0][0].min"),
        ({"energyratestructure": [[{"rate": 1}, {"rate": 2}]]}, "TiersOutOfOrder",
         "energyratestructure[0][0].max"),
        ({"energyratestructure": [[{"rate": 1, "max": 9}, {"rate": 2, "max": 9}]]},
         "TiersOutOfOrder", "energyratestructure[0][1].max"),
        ({"energyratestructure": [[
            {"rate": 1, "max": 200, "unit": "kWh/kW"}, {"rate": 2, "max": 9}, {"rate": 3}]]},
         "UnbillableField", "energyratestructure[0][0]"),
        ({"energyweekdayschedule": [[0] * 24] * 11}, "InvalidTariff", "energyweekdayschedule"),
        ({"energyweekdayschedule": [[0] * 23] + [[0] * 24] * 11}, "InvalidTariff",
         "energyweekdayschedule[0]"),
        ({"energyweekdayschedule": [[1] * 24] * 12}, "HourWithoutBand",
         "energyweekdayschedule[0][0]"),
        ({"energyweekdayschedule": [[True] * 24] * 12}, "InvalidTariff",
         "energyweekdayschedule[0][0]"),
        ({"energyweekendschedule": None}, "HourWithoutBand", "energyweekendschedule"),
        ({"flatdemandstructure": [[{"rate": 1}]]}, "InvalidTariff", "flatdemandmonths"),
        ({"flatdemandstructure": [[{"rate": 1, "sell": 1}]], "flatdemandmonths": [0] * 12},
         "UnbillableField", "flatdemandstructure[0][0].sell"),
        ({"flatdemandstructure": [[{"rate": 1, "unit": "kWh"}]], "flatdemandmonths": [0] * 12},
         "InvalidTariff", "flatdemandstructure[0][0].unit"),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [0] * 12,
          "flatdemandunit": "kvar"}, "InvalidTariff", "flatdemandunit"),
        ({"fixedchargeunits": ["$/day"]}, "InvalidTariff", "fixedchargeunits"),
        ({"fixedchargefirstmeter": 5, "fixedmonthlycharge": 6}, "InvalidTariff",
         "fixedmonthlycharge"),
        ({"mincharge": -1}, "InvalidTariff", "mincharge"),
        ({"lookbackpercent": 80}, "InvalidTariff", "lookbackpercent"),
        ({"lookbackpercent": 0.8, "lookbackrange": 1.5}, "InvalidTariff", "lookbackrange"),
        ({"lookbackpercent": 0.8, "lookbackmonths": ["x"] * 12}, "InvalidTariff",
         "lookbackmonths[0]"),
        ({"demandwindow": 7}, "InvalidTariff", "demandwindow"),
        ({"fueladjustmentsmonthly": [0.1] * 11}, "InvalidTariff", "fueladjustmentsmonthly"),
        ({"dgrules": {}}, "InvalidTariff", "dgrules"),
        ({"usenetmetering": "perhaps"}, "InvalidTariff", "usenetmetering"),
        ({"country": "ATA"}, "InvalidTariff", "country"),
        ({"startdate": 1e15}, "InvalidTariff", "startdate"),
        ({"label": 7}, "InvalidTariff", "label"),
        ({"label": "a\x00b"}, "InvalidTariff", "label"),
        ({"label": "x" * 201}, "InvalidTariff", "label"),
        ({"label": "", "name": ""}, "InvalidTariff", "label"),
    ],
)  # fmt: skip
def test_what_cannot_be_billed_exactly_is_refused_at_its_place(
    fields: dict[str, Any], code: str, place: str
) -> None:
    no = refusal_of(**fields)
    assert (no.code, no.places[0].field) == (code, place)
    assert (no.places[0].source, no.places[0].row) == ("rates.json", 7)


def test_all_real_records_are_read_or_refused_by_name(urdb_records: Path) -> None:
    results = list(schedules_in(urdb_records))
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(results) == 2407
    assert sorted(result.refusal.code for result in refused) == (
        ["HourWithoutBand"] * 4
        + ["InvalidTariff"] * 7
        + ["TiersOutOfOrder"] * 7
        + ["UnbillableField"] * 2
    )
    assert all(place.row == no.row and place.field for no in refused for place in no.places)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)
_FIELDS = st.sampled_from(sorted(BILLED | INFORMATION | FREE_TEXT))
_GOOD = {field: [value] for field, (value, _, _) in BILLED_AS.items()}


@st.composite
def fuzzed_records(draw: st.DrawFn) -> dict[str, Any]:
    """Real fields with real values, then anything in a few of them, or deep inside one."""
    record = copy.deepcopy(RECORD)
    for field in draw(st.lists(_FIELDS, max_size=8, unique=True)):
        if field in _GOOD:
            record[field] = copy.deepcopy(draw(st.sampled_from(_GOOD[field])))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = record
        key: Any = draw(st.sampled_from(sorted(record)) | _FIELDS)
        while key in place if isinstance(place, dict) else True:
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
                break
            keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
            place, key = inner, draw(st.sampled_from(keys))
        place[key] = draw(_JSON)
    return record


@settings(max_examples=500, deadline=None)
@given(fuzzed_records() | _JSON)
def test_whatever_a_record_says_it_is_read_or_refused(record: Any) -> None:
    with suppress(Refusal):
        read_urdb(record)
