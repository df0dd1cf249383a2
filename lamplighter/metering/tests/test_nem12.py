from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.refusals import (
    ConflictingReadings,
    Malformed,
    NegativeUsage,
    NoReadings,
    NotANumber,
    Truncated,
    UnknownQuality,
    UnknownUnit,
    WrongTime,
)
from lamplighter.metering.queries.files import blocks_in
from lamplighter.metering.tests.samples import nem12

Look = Callable[..., Any]


def test_a_day_is_added_up_in_its_unit_and_in_nem_time(inspected: Look) -> None:
    (found,) = inspected(nem12([("0.1",) * 48]))
    assert (found.usage_point, found.channel, found.flow, found.unit) == (
        "4103000001", "E1", "import", "kWh",
    )  # fmt: skip
    assert (found.count, found.total) == (48, Decimal("4.8"))
    assert found.start == datetime.fromisoformat("2024-07-01T00:00+10:00")
    assert found.end - found.start == timedelta(days=1)


@pytest.mark.parametrize(
    ("suffix", "unit", "flow"),
    [
        ("E1", "KWH", "import"),
        ("B1", "Wh", "export"),
        ("Q1", "kvarh", "reactive-import"),
        ("K1", "KVARH", "reactive-export"),
        ("S1", "kVAh", "apparent"),
        ("F1", "kWh", "other"),
        ("V1", "V", "other"),
    ],
)
def test_the_suffix_says_which_way_it_flows(
    inspected: Look, suffix: str, unit: str, flow: str
) -> None:
    (found,) = inspected(nem12(suffix=suffix, unit=unit))
    assert found.flow == flow
    assert found.unit.casefold() == unit.casefold()


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_a_day_may_have_any_of_the_usual_steps(inspected: Look, minutes: int) -> None:
    (found,) = inspected(nem12([(1,) * (1440 // minutes)], minutes=minutes))
    assert found.count == 1440 // minutes


@pytest.mark.parametrize(
    ("method", "quality"),
    [("A", "actual"), ("E52", "estimated"), ("S14", "substituted"), ("F14", "substituted")],
)
def test_the_quality_of_a_day_is_kept(inspected: Look, method: str, quality: str) -> None:
    (found,) = inspected(nem12(quality=method))
    assert found.quality == {quality: 96}


def test_stretches_of_a_day_have_their_own_quality(inspected: Look) -> None:
    stretches = "400,1,20,F14,76,\n400,21,24,A,,\n400,25,40,E52,,\n400,41,48,N,,"
    (found,) = inspected(nem12([(1,) * 48], quality="V", after_days=stretches))
    assert found.quality == {"missing": 8, "actual": 4, "estimated": 16, "substituted": 20}
    assert found.total == 40


def test_the_last_day_of_a_chunk_waits_for_its_stretches(
    inspected: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter.metering.adapters.lines.CHUNK_BYTES", 64)
    stretches = "400,1,20,F14,76,\n400,21,48,A,,"
    (found,) = inspected(nem12([(1,) * 48], quality="V", after_days=stretches))
    assert found.quality == {"actual": 28, "substituted": 20}


def test_steps_may_change_from_one_day_to_the_next(inspected: Look) -> None:
    more = "200,4103000001,E1,E1,E1,N1,METER1,kWh,15,\n300,20240702," + "1," * 96 + "A,,,,"
    (found,) = inspected(nem12([(1,) * 48], after_days=more))
    assert (found.count, found.total) == (144, 144)


def test_a_day_that_comes_twice_counts_once(inspected: Look) -> None:
    again = "300,20240701," + "1," * 48 + "A,,,20240703120000,"
    (found,) = inspected(nem12([(1,) * 48], after_days=again))
    assert (found.count, found.total) == (48, 48)
    assert found.warnings == ("48 readings repeated, counted once",)


def test_a_day_that_was_made_later_supersedes_the_earlier_one(inspected: Look) -> None:
    later = "300,20240701," + "3," * 48 + "F14,,,20240704120000,"
    (found,) = inspected(nem12([(1,) * 48], after_days=later))
    assert (found.total, found.quality) == (144, {"substituted": 48})


def test_two_days_that_differ_and_are_as_old_are_refused(inspected: Look) -> None:
    other = "300,20240701," + "3," * 48 + "A,,,20240703120000,"
    with pytest.raises(ConflictingReadings) as no:
        inspected(nem12([(1,) * 48], after_days=other))
    assert [place.row for place in no.value.places] == [3, 4]


def test_days_are_kept_as_local_days_of_the_zone_asked_for(written: Callable[..., Path]) -> None:
    path = written(nem12([(1,) * 48, (1,) * 48]))
    batches = blocks_in(path, time_zone="Australia/Perth")
    blocks = [block for batch in batches for block in batch.to_pylist()]
    assert [len(block["values"]) for block in blocks] == [48, 48, 48]
    assert blocks[0]["quality"][:44] == [Quality.MISSING] * 44
    assert sum(sum(block["values"]) for block in blocks) == 96


def test_without_a_zone_days_are_those_of_the_market(written: Callable[..., Path]) -> None:
    (batch,) = blocks_in(written(nem12([(1,) * 48])))
    assert batch.num_rows == 1


@pytest.mark.parametrize("value", ["NaN", "1e5", "x", "", "1_0", "٣", "0x1"])
def test_what_is_no_number_is_refused_at_its_place(inspected: Look, value: str) -> None:
    with pytest.raises(NotANumber) as no:
        inspected(nem12([(1,) * 5 + (value,) + (1,) * 42]), name="may.csv")
    (place,) = no.value.places
    assert (place.source, place.row, place.field) == ("may.csv", 3, "IntervalValue6")


def test_every_wrong_row_is_named(inspected: Look) -> None:
    with pytest.raises(NegativeUsage) as no:
        inspected(nem12([(-1,) + (1,) * 47, (1,) * 48, (1,) * 47 + (-2,)]))
    assert [(place.row, place.field) for place in no.value.places] == [
        (3, "IntervalValue1"),
        (5, "IntervalValue48"),
    ]


@pytest.mark.parametrize(
    ("good", "bad", "reason", "row", "field"),
    [
        ("kWh", "furlong", UnknownUnit, 2, "UOM"),
        (",30,", ",7,", Malformed, 2, "IntervalLength"),
        ("200,4103000001", "200,", Malformed, 2, "NMI"),
        ("20240702", "20240732", WrongTime, 4, "IntervalDate"),
        (",A,,,20240703120000", ",A,,,20240703126000", WrongTime, 3, "UpdateDateTime"),
        (",A,,,2024", ",Z,,,2024", UnknownQuality, 3, "QualityMethod"),
        ("300,20240701,1,", "300,20240701,1,1,", Malformed, 3, "IntervalValue48"),
        ("300,20240701,1,", "300,20240701,", Malformed, 3, "IntervalValue48"),
        ("100,NEM12", "100,NEM99", Malformed, 1, "VersionHeader"),
        ("100,NEM12,202407031200,MDP1,RETAILER\r\n", "", Malformed, 1, None),
        ("300,20240702", "700,20240702", Malformed, 4, "RecordIndicator"),
        ("\r\n900", "", Truncated, 4, None),
        ("\r\n900", "\r\n900\r\n900", Malformed, 6, None),
        (",A,,,2024", ",V,,,2024", Malformed, 3, "QualityMethod"),
    ],
)
def test_a_broken_rule_is_refused_at_its_place(
    inspected: Look, good: str, bad: str, reason: type[Refusal], row: int, field: str | None
) -> None:
    text = nem12()
    assert good in text
    with pytest.raises(reason) as no:
        inspected(text.replace(good, bad), format="nem12")
    assert (no.value.places[0].row, no.value.places[0].field) == (row, field)


@pytest.mark.parametrize(
    "stretches",
    ["400,1,20,A,,", "400,1,20,A,,\n400,22,48,A,,", "400,1,49,A,,", "400,0,48,A,,", "400,,,A,,",
     "400,1,48,V,,", "400,1,48,Z9,,", "400"],
)  # fmt: skip
def test_stretches_that_do_not_cover_the_day_are_refused(inspected: Look, stretches: str) -> None:
    with pytest.raises((Malformed, UnknownQuality)):
        inspected(nem12([(1,) * 48], quality="V", after_days=stretches))


def test_a_header_and_an_end_without_readings_are_refused(inspected: Look) -> None:
    with pytest.raises(NoReadings):
        inspected("100,NEM12,202407031200,MDP1,RETAILER\n900\n")


def test_commas_that_a_spreadsheet_has_added_say_nothing(inspected: Look) -> None:
    padded = "\r\n".join(line + ",,,,,,," for line in nem12().splitlines())
    assert inspected(padded) == inspected(nem12())


def test_a_net_channel_may_be_negative(inspected: Look) -> None:
    (found,) = inspected(nem12([("-1.5",) * 48], suffix="N1"))
    assert (found.flow, found.total) == ("other", -72)
