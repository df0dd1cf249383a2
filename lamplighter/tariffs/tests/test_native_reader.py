"""Every mistake in a native document is named with its place, all at once."""

import copy
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.kernel import Place, Refusal
from lamplighter.tariffs.adapters.native import read_native
from lamplighter.tariffs.domain.clock import ALWAYS, HOLIDAY, SeasonalClock
from lamplighter.tariffs.domain.refusals import InvalidTariff, SeveralMistakes
from lamplighter.tariffs.domain.schedule import EnergyCharge, Tier, TierUnit

TARIFF: dict[str, Any] = {
    "format": "lamplighter-tariff/1",
    "code": "TOU",
    "name": "Time of use",
    "currency": "AUD",
    "clocks": {
        "use": {
            "bands": ["peak", "off-peak"],
            "holidays": {"country": "AU", "subdivision": "NSW"},
            "seasons": [
                {
                    "name": "summer",
                    "from": "11-15",
                    "weekday": {"peak": ["14:00-20:00"], "off-peak": "other times"},
                    "weekend": "off-peak",
                    "holiday": "off-peak",
                },
                {"name": "winter", "from": "06-01", "everyDay": "off-peak"},
            ],
        }
    },
    "components": [
        {"type": "fixed", "name": "Supply", "amount": "0.90", "per": "day"},
        {
            "type": "energy",
            "name": "Usage",
            "clock": "use",
            "bands": {
                "peak": "0.50",
                "off-peak": [{"upTo": 100, "rate": "0.20"}, {"rate": Decimal("0.25")}],
            },
            "order": "clock",
        },
        {"type": "demand", "name": "Demand", "rate": 12, "windowMinutes": 30},
        {"type": "tax", "name": "GST", "percent": 10, "on": ["Supply", "Usage"]},
    ],
}


def with_change(path: str, value: Any) -> dict[str, Any]:
    """The tariff with something else at a path of keys and indices, or without it."""
    document = copy.deepcopy(TARIFF)
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place: Any = document
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def refusal_of(document: object) -> InvalidTariff:
    with pytest.raises(InvalidTariff) as no:
        read_native(document, Place(source="tariff.json", row=3))
    return no.value


def test_a_document_reads_as_it_is_meant() -> None:
    schedule = read_native(TARIFF, Place())
    usage = schedule.components[1]
    assert isinstance(usage, EnergyCharge)
    assert usage.bands == (
        (Tier(rate=Decimal("0.50")),),
        (Tier(rate=Decimal("0.20"), upper=Decimal(100)), Tier(rate=Decimal("0.25"))),
    )
    clock = usage.clock
    assert isinstance(clock, SeasonalClock)
    assert [(s.name, s.from_month, s.from_day) for s in clock.seasons] == [
        ("winter", 6, 1), ("summer", 11, 15)]  # fmt: skip
    summer = clock.seasons[1]
    monday = clock.profiles[summer.profiles[0]]
    assert [monday[hour * len(monday) // 24] for hour in (13, 14, 19, 20)] == [1, 0, 0, 1]
    assert clock.profiles[summer.profiles[HOLIDAY]] == (1,)


def test_a_component_without_a_clock_holds_at_all_hours() -> None:
    demand = read_native(TARIFF, Place()).components[2]
    assert getattr(demand, "clock", None) == ALWAYS


PEAK = "components/1/bands"
SUMMER = "clocks/use/seasons/0"


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        ("format", "lamplighter-tariff/2", "InvalidTariff", "format"),
        ("name", None, "InvalidTariff", "name"),
        ("code", "x" * 201, "InvalidTariff", "code"),
        ("name", "a\x07b", "InvalidTariff", "name"),
        ("code", "HOME ", "InvalidTariff", "code"),
        ("clocks/spare", {"bands": ["all"], "seasons": [{"everyDay": "all"}]}, "UnknownName",
         "clocks.spare"),
        ("currency", "AUS", "InvalidTariff", "currency"),
        ("timeZone", "Europe", "InvalidTariff", "timeZone"),
        ("timeZone", "../etc/passwd", "InvalidTariff", "timeZone"),
        ("startsOn", "2025-02-30", "InvalidTariff", "startsOn"),
        ("startsOn", "20250230", "InvalidTariff", "startsOn"),
        ("endsBefore", 20251231, "InvalidTariff", "endsBefore"),
        ("settlesIn", 13, "InvalidTariff", "settlesIn"),
        ("settlesIn", "1.5", "InvalidTariff", "settlesIn"),
        ("rounding", {"mode": "bankers"}, "InvalidTariff", "rounding.mode"),
        ("rounding", {"lines": "no"}, "InvalidTariff", "rounding.lines"),
        ("export", {"rule": "net"}, "InvalidTariff", "export.rule"),
        ("export", {"yearEndRate": "-0.1"}, "InvalidTariff", "export.yearEndRate"),
        ("notes", ["a", 7], "InvalidTariff", "notes[1]"),
        ("prices", [], "UnknownField", "prices"),
        ("components", [], "InvalidTariff", "components"),
        ("components", {}, "InvalidTariff", "components"),
        ("components/0", "fixed", "InvalidTariff", "components[0]"),
        ("components/0/type", "fix", "InvalidTariff", "components[0].type"),
        ("components/0/name", "Credit", "InvalidTariff", "components[0].name"),
        ("components/2/name", "Usage", "InvalidTariff", "components[2].name"),
        ("components/0/per", "week", "InvalidTariff", "components[0].per"),
        ("components/0/amount", "1e308", "InvalidTariff", "components[0].amount"),
        ("components/0/amount", "NaN", "InvalidTariff", "components[0].amount"),
        ("components/0/amount", "1_000", "InvalidTariff", "components[0].amount"),
        ("components/0/amount", "٣", "InvalidTariff", "components[0].amount"),
        ("components/0/amount", 0.1, "InvalidTariff", "components[0].amount"),
        ("components/0/amount", True, "InvalidTariff", "components[0].amount"),
        ("components/0/amount", 10**13, "InvalidTariff", "components[0].amount"),
        ("components/0/amount", Decimal("1E+400"), "InvalidTariff", "components[0].amount"),
        ("components/0/sell", 1, "UnknownField", "components[0].sell"),
        ("components/1/clock", "usage", "UnknownName", "components[1].clock"),
        ("components/1/clock", None, "UnknownName", "components[1].bands.peak"),
        ("components/1/order", None, "InvalidTariff", "components[1].order"),
        ("components/1/rate", 1, "InvalidTariff", "components[1].bands"),
        ("components/1/flow", "out", "InvalidTariff", "components[1].flow"),
        ("components/1/unit", "MWh", "InvalidTariff", "components[1].unit"),
        (f"{PEAK}/peak", None, "HourWithoutBand", "components[1].bands"),
        (f"{PEAK}/noon", "1", "UnknownName", "components[1].bands.noon"),
        (f"{PEAK}/on peak", "1", "UnknownName", 'components[1].bands["on peak"]'),
        (f"{PEAK}/off-peak/0/upTo", "0", "InvalidTariff", "components[1].bands.off-peak[0].upTo"),
        (f"{PEAK}/off-peak/0/upTo", None, "TiersOutOfOrder",
         "components[1].bands.off-peak[0].upTo"),
        (f"{PEAK}/off-peak/0/per", "week", "InvalidTariff", "components[1].bands.off-peak[0].per"),
        (f"{PEAK}/off-peak/1/per", "day", "InvalidTariff", "components[1].bands.off-peak[1].per"),
        ("components/2/windowMinutes", 7, "InvalidTariff", "components[2].windowMinutes"),
        ("components/2/rate", None, "InvalidTariff", "components[2].rate"),
        ("components/2/least", -1, "InvalidTariff", "components[2].least"),
        ("components/2/ratchet", {"share": "1.2", "monthsBack": 11}, "InvalidTariff",
         "components[2].ratchet.share"),
        ("components/2/ratchet", {"share": "0.8", "monthsBack": 37}, "InvalidTariff",
         "components[2].ratchet.monthsBack"),
        ("components/2/ratchet", {"share": "0.8", "monthsBack": 3, "months": [0]},
         "InvalidTariff", "components[2].ratchet.months[0]"),
        ("components/3/on", ["Supplies"], "UnknownName", "components[3].on"),
        ("components/3/on", None, "InvalidTariff", "components[3].on"),
        ("components/3/percent", -101, "InvalidTariff", "components[3].percent"),
        ("clocks/use/holidays", {"country": "ZZ"}, "UnknownName", "clocks.use.holidays.country"),
        ("clocks/use/holidays", {}, "InvalidTariff", "clocks.use.holidays.country"),
        ("clocks/use/holidays", None, "InvalidTariff", "clocks.use.seasons[0].holiday"),
        ("clocks/use/bands", ["peak", "peak"], "InvalidTariff", "clocks.use.bands"),
        (f"{SUMMER}/from", None, "InvalidTariff", "clocks.use.seasons[0].from"),
        (f"{SUMMER}/from", "02-30", "InvalidTariff", "clocks.use.seasons[0].from"),
        (f"{SUMMER}/from", "06-01", "OverlappingSeasons", "clocks.use.seasons[1].from"),
        (f"{SUMMER}/friday", "noon", "UnknownName", "clocks.use.seasons[0].friday.noon"),
        (f"{SUMMER}/weekend", None, "HourWithoutBand", "clocks.use.seasons[0]"),
        (f"{SUMMER}/weekday/peak", ["14:00-20:03"], "InvalidTariff",
         "clocks.use.seasons[0].weekday.peak"),
        (f"{SUMMER}/weekday/peak", ["22:00-06:00"], "InvalidTariff",
         "clocks.use.seasons[0].weekday.peak"),
        (f"{SUMMER}/weekday/peak", ["10:00-12:00", "11:00-13:00"], "OverlappingBands",
         "clocks.use.seasons[0].weekday.peak"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(path: str, value: Any, code: str, place: str) -> None:
    found = [(no.code, no.places) for no in refusal_of(with_change(path, value)).mistakes]
    assert (code, (Place(source="tariff.json", row=3, field=place),)) in found


def test_a_gap_is_told_as_a_person_would_tell_it() -> None:
    no = refusal_of(with_change(f"{SUMMER}/weekend", {"off-peak": "06:00-24:00"}))
    assert no.detail == "No band has Saturdays and Sundays in summer, 00:00-06:00."


def test_a_missing_day_type_is_a_gap_of_the_whole_day() -> None:
    no = refusal_of(with_change(f"{SUMMER}/weekday", None))
    assert no.detail == "No band has weekdays in summer, 00:00-24:00."


def test_a_time_of_two_bands_names_both() -> None:
    times = {"peak": "14:00-20:00", "off-peak": "00:00-15:00"}
    mistakes = refusal_of(with_change(f"{SUMMER}/weekday", times)).mistakes
    assert [str(no.detail) for no in mistakes] == [
        "00:00-15:00 is peak already.",
        "No band has weekdays in summer, 20:00-24:00.",
    ]


def test_tiers_that_do_not_rise_are_out_of_order() -> None:
    tiers = [{"upTo": 100, "rate": 1}, {"upTo": "100.0", "rate": 2}, {"rate": 3}]
    no = refusal_of(with_change(f"{PEAK}/off-peak", tiers))
    assert (no.code, no.places[0].field) == (
        "TiersOutOfOrder", "components[1].bands.off-peak[1].upTo")  # fmt: skip


def test_tiers_of_different_units_rise_each_in_its_own() -> None:
    tiers = [{"upTo": 3000, "rate": 1}, {"upTo": 200, "per": "kW", "rate": 2}, {"rate": 3}]
    usage = read_native(with_change(f"{PEAK}/off-peak", tiers), Place()).components[1]
    assert isinstance(usage, EnergyCharge)
    assert [tier.unit for tier in usage.bands[1]] == [
        TierUnit.PLAIN, TierUnit.PER_KW, TierUnit.PLAIN]  # fmt: skip


def test_all_mistakes_are_told_at_once() -> None:
    document = with_change("components/0/amount", "free")
    document["currency"] = "AU$"
    document["colour"] = "blue"
    del document["components"][3]["on"]
    no = refusal_of(document)
    assert isinstance(no, SeveralMistakes)
    assert [place.field for place in no.places] == [
        "components[0].amount", "components[3].on", "currency", "colour"]  # fmt: skip
    assert str(no).startswith("tariff.json, row 3: 4 mistakes:\n  components[0].amount: 'free'")


@pytest.mark.parametrize(
    ("path", "value"),
    [(f"{SUMMER}/weekend", None), ("clocks/use", 7), ("components/2", []), (SUMMER, "summer")],
)
def test_a_mistake_causes_no_further_ones(path: str, value: Any) -> None:
    assert len(refusal_of(with_change(path, value)).mistakes) == 1


def test_a_misspelt_field_is_asked_about() -> None:
    document = with_change("components/0/perr", "day")
    assert refusal_of(document).remedy == "Is it per?"


def test_charges_by_usage_stand_above_what_depends_on_them() -> None:
    document = copy.deepcopy(TARIFF)
    document["components"].insert(0, document["components"].pop())
    no = refusal_of(document)
    assert "Put it above GST." in str(no)


def test_a_document_with_countless_mistakes_is_not_read_to_its_end() -> None:
    document = copy.deepcopy(TARIFF)
    document["components"] = [{"type": "?"}] * 5000
    assert len(refusal_of(document).mistakes) == 100


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)


@st.composite
def broken_documents(draw: st.DrawFn) -> Any:
    """The tariff with a few places replaced by anything, or taken away."""
    document: Any = copy.deepcopy(TARIFF)
    for _ in range(draw(st.integers(1, 3))):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            if isinstance(place, dict) and draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(_JSON)
            break
    return document


@settings(max_examples=400, deadline=None)
@given(broken_documents() | _JSON)
def test_whatever_a_document_says_it_is_read_or_refused(document: Any) -> None:
    with suppress(Refusal):
        read_native(document, Place())
