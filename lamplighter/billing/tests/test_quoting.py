"""From files to quotes, as `lamplighter quote` does it."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lamplighter.billing.domain.loads import FlowNotMeasured, SeveralUsagePoints
from lamplighter.billing.domain.quotes import Quote, Terms, TimeZonesDiffer, UnitsDiffer, Unquoted
from lamplighter.billing.queries.quoting import LoadFile, quotes, read_load
from lamplighter.metering.domain.netting import LoadsDoNotMatch
from lamplighter.tariffs.domain.pricing import Kind
from lamplighter.tariffs.domain.schedule import ExportRule
from lamplighter.tariffs.queries.files import schedules_in

FLAT = {"type": "energy", "name": "Energy", "tiers": [{"rate": "0.25", "sell": "0.10"}]}
DAILY = {"type": "fixed", "name": "Standing charge", "amount": "0.50", "per": "day"}


def tariff(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format": "lamplighter-tariff/1",
        "code": "T",
        "name": "Test",
        "currency": "EUR",
        "components": list(components),
        **more,
    }


def hours(start: str, kwh: list[str]) -> str:
    first = datetime.fromisoformat(start)
    rows = (f"{(first + timedelta(hours=n)).isoformat()},{v}" for n, v in enumerate(kwh))
    return "start,kwh\n" + "\n".join(rows) + "\n"


def quoted(
    folder: Path,
    document: dict[str, Any],
    load: str,
    *,
    generation: str | None = None,
    rule: ExportRule | None = None,
    **file: Any,
) -> Quote:
    answer = answered(folder, document, load, generation=generation, rule=rule, **file)
    assert isinstance(answer, Quote), answer
    return answer


def answered(
    folder: Path,
    document: dict[str, Any],
    load: str,
    *,
    generation: str | None = None,
    rule: ExportRule | None = None,
    **file: Any,
) -> Quote | Unquoted:
    (folder / "tariff.json").write_text(json.dumps(document))
    (folder / "load.csv").write_text(load)
    if generation is not None:
        (folder / "generation.csv").write_text(generation)
        file["generation"] = folder / "generation.csv"
    source = LoadFile(path=folder / "load.csv", **{"time_zone": "Europe/Berlin", **file})
    schedules = schedules_in(folder / "tariff.json")
    load_read = read_load(source, rule)
    (answer,) = quotes(schedules, load_read, terms=Terms(), rule=rule, rounded=True)
    return answer


def test_a_day_is_priced_to_the_cent(tmp_path: Path) -> None:
    quote = quoted(tmp_path, tariff(DAILY, FLAT), hours("2025-01-01", ["0.123"] * 24))
    # 24 x 0.123 = 2.952 kWh x 0.25 = 0.738, and half a euro for the day.
    assert [str(line.amount) for line in quote.bills[0].lines] == ["0.50", "0.74"]
    assert quote.periods[0].months == Fraction(1, 31)


def test_the_days_of_the_changes_of_clocks_are_billed_in_full(tmp_path: Path) -> None:
    long_day = "start,kwh\n" + "\n".join(
        f"2025-10-26T{hour:02}:00:00+0{offset}:00,1"
        for hour, offset in [(0, 2), (1, 2), (2, 2), *((h, 1) for h in range(2, 24))]
    )
    night = {
        "bands": ["day", "night"],
        "seasons": [{"from": "01-01", "everyDay": {"night": "00:00-06:00", "day": "06:00-24:00"}}],
    }
    bands = {"day": [{"rate": "1"}], "night": [{"rate": "0.1"}]}
    energy = {"type": "energy", "name": "Energy", "clock": "Times", "bands": bands}
    quote = quoted(tmp_path, tariff(energy, clocks={"Times": night}), long_day)
    by_band = {line.reason: line.quantity for line in quote.bills[0].lines}
    assert by_band == {"day": 18, "night": 7}


def test_generation_is_set_off_hour_by_hour_before_anything_is_billed(tmp_path: Path) -> None:
    load, sun = hours("2025-06-01", ["1"] * 24), hours("2025-06-01", ["0"] * 12 + ["3"] * 12)
    quote = quoted(tmp_path, tariff(FLAT), load, generation=sun, rule=ExportRule.NET_BILLING)
    assert quote.bills[0].of(Kind.ENERGY) == Decimal("3.00")  # 12 kWh imported
    assert quote.bills[0].of(Kind.EXPORT) == Decimal("-2.40")  # 24 kWh fed in at 0.10


def test_generation_for_other_hours_than_the_load_is_refused(tmp_path: Path) -> None:
    load, sun = hours("2025-06-01", ["1"] * 24), hours("2025-06-02", ["1"] * 24)
    with pytest.raises(LoadsDoNotMatch):
        answered(tmp_path, tariff(FLAT), load, generation=sun)


def test_a_tariff_in_another_unit_is_said_not_billed(tmp_path: Path) -> None:
    water = "start,value,unit\n2025-01-01T00:00,1,m3\n2025-01-01T01:00,1,m3\n"
    answer = answered(tmp_path, tariff(FLAT), water)
    assert isinstance(answer, Unquoted)
    assert isinstance(answer.refusal, UnitsDiffer)


def test_reactive_power_that_was_not_measured_is_said_not_taken_as_zero(tmp_path: Path) -> None:
    reactive = {"type": "reactive", "name": "Reactive", "rate": "0.01"}
    answer = answered(tmp_path, tariff(FLAT, reactive), hours("2025-01-01", ["1"] * 24))
    assert isinstance(answer, Unquoted)
    assert isinstance(answer.refusal, FlowNotMeasured)


def test_a_tariff_of_another_time_zone_is_said_not_billed_by_the_wrong_clock(
    tmp_path: Path,
) -> None:
    load = hours("2025-01-01", ["1"] * 24)
    answer = answered(tmp_path, tariff(FLAT, timeZone="Asia/Tokyo"), load)
    assert isinstance(answer, Unquoted)
    assert isinstance(answer.refusal, TimeZonesDiffer)
    assert quoted(tmp_path, tariff(FLAT, timeZone="Europe/Berlin"), load).total == 6


def test_a_file_of_several_usage_points_has_to_be_told_which(tmp_path: Path) -> None:
    both = "usage_point,start,kwh\n" + "".join(
        f"{name},2025-01-01T{hour:02}:00,{kwh}\n"
        for name, kwh in (("a", 1), ("b", 2))
        for hour in range(24)
    )
    with pytest.raises(SeveralUsagePoints):
        answered(tmp_path, tariff(FLAT), both)
    quote = quoted(tmp_path, tariff(FLAT), both, usage_point="b")
    assert quote.total == 12


def test_a_kilowatt_hour_may_be_written_in_watt_hours(tmp_path: Path) -> None:
    in_wh = hours("2025-01-01", ["123"] * 24).replace("kwh", "wh")
    assert quoted(tmp_path, tariff(FLAT), in_wh).total == Decimal("0.74")


def test_earlier_peaks_of_several_bands_are_not_made_up_from_one(tmp_path: Path) -> None:
    clock = {
        "bands": ["day", "night"],
        "seasons": [{"from": "01-01", "everyDay": {"night": "00:00-06:00", "day": "06:00-24:00"}}],
    }
    demand = {
        "type": "demand", "name": "Demand", "clock": "Times", "byBand": True,
        "bands": {"day": [{"rate": "5"}], "night": [{"rate": "2"}]},
        "ratchet": {"share": "0.8", "monthsBack": 11},
    }  # fmt: skip
    (tmp_path / "tariff.json").write_text(json.dumps(tariff(demand, clocks={"Times": clock})))
    (tmp_path / "load.csv").write_text(hours("2025-01-01", ["1"] * 24))
    load = read_load(LoadFile(path=tmp_path / "load.csv", time_zone="UTC"), None)
    schedules = list(schedules_in(tmp_path / "tariff.json"))
    for peaks, is_quoted in (((), True), ((Decimal(9),) * 12, False)):
        terms = Terms(previous_peaks=peaks)
        (answer,) = quotes(schedules, load, terms=terms, rule=None, rounded=True)
        assert isinstance(answer, Quote) is is_quoted, answer


def test_unrounded_quotes_keep_every_decimal(tmp_path: Path) -> None:
    (tmp_path / "tariff.json").write_text(json.dumps(tariff(FLAT)))
    (tmp_path / "load.csv").write_text(hours("2025-01-01", ["0.123"] * 24))
    load = read_load(LoadFile(path=tmp_path / "load.csv", time_zone="UTC"), None)
    schedules = schedules_in(tmp_path / "tariff.json")
    (answer,) = quotes(schedules, load, terms=Terms(), rule=None, rounded=False)
    assert isinstance(answer, Quote)
    assert answer.total == Decimal("0.738")
