from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.refusals import (
    ChannelMeasuresTwoThings,
    ConflictingReadings,
    IntervalsDoNotFitTheDay,
    LineTooLong,
    LocalTimeAmbiguous,
    LocalTimeSkipped,
    Malformed,
    NegativeUsage,
    NoReadings,
    NotANumber,
    OverlappingReadings,
    StepUnknown,
    TimeZoneNeeded,
    TooManyDigits,
    UnknownQuality,
    UnknownTimeZone,
    UnknownUnit,
    WrongColumns,
    WrongEncoding,
    WrongTime,
)
from lamplighter.metering.queries.files import SeriesSummary, blocks_in
from lamplighter.metering.tests.samples import csv_file

Look = Callable[..., Any]
Write = Callable[..., Path]


def hours(
    values: dict[int, object] | None = None, *, day: str = "2024-07-01", offset: str = "Z"
) -> str:
    """One kWh in every hour of a day, but for some."""
    said = dict.fromkeys(range(24), "1") | {h: str(v) for h, v in (values or {}).items()}
    rows = [f"{day}T{hour:02d}:00{offset},{value}" for hour, value in said.items()]
    return "\n".join(["start,kwh", *rows, ""])


def lasts(found: SeriesSummary) -> timedelta:
    """The time that really passes: Python subtracts the clocks of one zone."""
    assert found.start
    assert found.end
    return found.end.astimezone(UTC) - found.start.astimezone(UTC)


def test_a_start_and_a_unit_are_enough(inspected: Look) -> None:
    (found,) = inspected(csv_file())
    assert (found.usage_point, found.channel, found.unit) == ("", "import", "kWh")
    assert (found.count, found.total) == (96, 24)
    assert found.start == datetime(2024, 7, 1, tzinfo=UTC)
    assert found.end - found.start == timedelta(days=1)


@pytest.mark.parametrize(
    ("header", "unit", "flow"),
    [
        ("timestamp,Usage (kWh)", "kWh", "import"),
        ("Interval Start,export_kwh", "kWh", "export"),
        ("datetime,kWh export", "kWh", "export"),
        ("from,m³", "m3", "import"),
        ("start_time,KVARH", "kVArh", "reactive-import"),
        ("date_time,power_kw", "kW", "other"),
        ("START,net_kwh", "kWh", "other"),
    ],
)
def test_columns_may_be_called_what_people_call_them(
    inspected: Look, header: str, unit: str, flow: str
) -> None:
    (found,) = inspected(csv_file(header=header))
    assert (found.unit, found.flow) == (unit, flow)


def test_every_column_may_be_stated(inspected: Look) -> None:
    found = inspected(
        "nmi,suffix,start,end,value,unit,quality,direction\n"
        "A,E1,2024-07-01T00:00Z,2024-07-01T00:30Z,1.50,kWh,A,import\n"
        "A,B1,2024-07-01T00:00Z,2024-07-01T00:30Z,0.5,kWh,estimated,export\n"
        "B,W,2024-07-01T00:00Z,2024-07-02T00:00Z,700,L,,\n"
        "A,E1,2024-07-01T00:30Z,2024-07-01T01:00Z,,kWh,missing,import\n"
    )
    assert [(one.usage_point, one.channel, one.flow, one.unit, one.total) for one in found] == [
        ("A", "E1", "import", "kWh", Decimal("1.5")),
        ("A", "B1", "export", "kWh", Decimal("0.5")),
        ("B", "W", "import", "L", Decimal(700)),
    ]
    assert found[0].quality == {"missing": 1, "actual": 1}


def test_several_columns_of_values_are_several_channels(inspected: Look) -> None:
    found = inspected(
        "start;import_kwh;export_kwh;note\n2024-07-01T00:00Z;1;0;x\n2024-07-01T01:00Z;2;3;y\n"
    )
    assert [(one.channel, one.total) for one in found] == [("import", 3), ("export", 3)]
    assert found[0].warnings == ("The column 'note' is not read.",)


def test_a_step_may_be_stated_where_it_cannot_be_told(inspected: Look) -> None:
    (found,) = inspected("start,kwh,interval_minutes\n2024-07-01T00:00Z,1,30\n")
    assert found.end - found.start == timedelta(minutes=30)
    with pytest.raises(StepUnknown):
        inspected("start,kwh\n2024-07-01T00:00Z,1\n")
    with pytest.raises(StepUnknown):
        inspected("start,kwh,interval_minutes\n2024-07-01T00:00Z,1,half\n")


def test_days_of_a_known_zone_are_as_long_as_they_are(inspected: Look) -> None:
    days = "".join(f"2024-03-{day},1\n" for day in (30, 31))
    (found,) = inspected(f"start,kwh\n{days}2024-04-01,1\n", time_zone="Europe/Berlin")
    assert found.end - found.start == timedelta(days=3)
    assert found.warnings == ()


def test_months_need_an_end(inspected: Look) -> None:
    with pytest.raises(StepUnknown):
        inspected("start,kwh\n2024-01-01,1\n2024-02-01,1\n2024-03-01,1\n", time_zone="UTC")


def test_rows_may_come_in_any_order(inspected: Look) -> None:
    text = csv_file()
    header, *rows = text.splitlines()
    (found,) = inspected("\n".join([header, *reversed(rows)]))
    assert (found.count, found.total) == (96, 24)


def test_exactness_is_kept_whatever_the_number_of_decimals(inspected: Look) -> None:
    (found,) = inspected(hours({3: "0.30000000000000004", 4: "123456.789"}))
    assert found.total == Decimal("123479.08900000000000004")


def test_gaps_are_missing_and_not_counted(inspected: Look, written: Write) -> None:
    text = csv_file(rows=96).replace("2024-07-01T05:00:00+00:00,0.25\n", "")
    (found,) = inspected(text)
    assert (found.count, found.quality) == (95, {"actual": 95})
    (block,) = [b for batch in blocks_in(written(text), time_zone="UTC") for b in batch.to_pylist()]
    assert (len(block["values"]), block["quality"].count(0)) == (96, 1)


def test_the_same_row_twice_counts_once(inspected: Look) -> None:
    (found,) = inspected(hours() + "2024-07-01T05:00Z,1.0\n")
    assert (found.count, found.warnings) == (24, ("1 readings repeated, counted once",))


def test_different_values_for_one_interval_are_refused_with_both_rows(inspected: Look) -> None:
    with pytest.raises(ConflictingReadings) as no:
        inspected(hours() + "2024-07-01T05:00Z,2\n")
    assert [place.row for place in no.value.places] == [7, 26]


def test_intervals_that_overlap_are_refused(inspected: Look) -> None:
    with pytest.raises(OverlappingReadings):
        inspected(hours() + "2024-07-01T05:30Z,2\n")


def test_the_repeated_hour_is_told_apart_by_its_order(inspected: Look, written: Write) -> None:
    clock = [*range(3), 2, *range(3, 24)]
    text = "start,kwh\n" + "".join(f"2024-10-27 {hour:02d}:00,1\n" for hour in clock)
    (found,) = inspected(text, time_zone="Europe/Berlin")
    assert lasts(found) == timedelta(hours=25)
    blocks = blocks_in(written(text), time_zone="Europe/Berlin")
    assert [len(b["values"]) for batch in blocks for b in batch.to_pylist()] == [25]


def test_a_repeated_hour_that_comes_once_is_refused(inspected: Look) -> None:
    text = hours(day="2024-10-27", offset="")
    with pytest.raises(LocalTimeAmbiguous) as no:
        inspected(text, time_zone="Europe/Berlin")
    assert no.value.places[0].row == 4


def test_an_hour_that_the_clocks_skipped_is_refused(inspected: Look) -> None:
    with pytest.raises(LocalTimeSkipped) as no:
        inspected(hours(day="2024-03-31", offset=""), time_zone="Europe/Berlin")
    assert (no.value.places[0].row, no.value.places[0].field) == (4, "start")


@pytest.mark.parametrize(("day", "length"), [("2024-03-31", 23), ("2024-10-27", 25)])
def test_local_ends_are_understood_where_clocks_change(
    inspected: Look, day: str, length: int
) -> None:
    skipped, twice = (2,) if length == 23 else (), (2,) if length == 25 else ()
    clock = sorted([*(hour for hour in range(23) if hour not in skipped), *twice])
    rows = [f"{day} {h:02d}:00,{day} {3 if h + 1 in skipped else h + 1:02d}:00,1" for h in clock]
    (found,) = inspected("\n".join(["start,end,kwh", *rows]), time_zone="Europe/Berlin")
    assert lasts(found) == timedelta(hours=length - 1)


def test_times_without_an_offset_need_a_zone(inspected: Look) -> None:
    with pytest.raises(TimeZoneNeeded):
        inspected(hours(offset=""))
    with pytest.raises(UnknownTimeZone):
        inspected(hours(offset=""), time_zone="Mars/Olympus_Mons")


@pytest.mark.parametrize(
    "value",
    ["NaN", "inf", "1e308", "1_000", '"1,5"', '"1.234,5"', "٣", "0x10", "+3", "=1+1", "1 kWh"],
)
def test_what_is_no_plain_number_is_refused_at_its_place(inspected: Look, value: str) -> None:
    with pytest.raises(NotANumber) as no:
        inspected(hours({5: value}), name="meter.csv")
    (place,) = no.value.places
    assert (place.source, place.row, place.field) == ("meter.csv", 7, "kwh")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (hours({5: -1}), NegativeUsage),
        (hours({5: "9" * 19}), TooManyDigits),
        (hours({5: "1,5"}), Malformed),
        (hours({5: '"1'}), Malformed),
        (hours().replace("05:00Z", "05:00"), WrongTime),
        (hours().replace("2024-07-01T05:00Z", "01/07/2024 05:00"), WrongTime),
        (hours().replace("2024-07-01T05:00Z", "2024-02-30T05:00Z"), WrongTime),
        (hours().replace("2024-07-01T05:00Z", "2024-07-01T05:00:00.5Z"), WrongTime),
        (hours().replace("2024-07-01T05:00Z", "1066-07-01T05:00Z"), WrongTime),
        (hours().replace("T05:00Z,1", "T05:00Z"), Malformed),
        (hours().replace("T05:00Z,1", "T05:\r00Z,1"), Malformed),
        ("start,kwh\n" + "1" * 100_000, LineTooLong),
        (hours().encode("utf-16"), WrongEncoding),
        (hours().replace("kwh", "kwh,café").encode("latin-1"), WrongEncoding),
        ("", NoReadings),
        ("\n \n", NoReadings),
        ("start,kwh\n", NoReadings),
        ("kwh\n1\n", WrongColumns),
        ("start,colour\n2024-07-01T00:00Z,red\n", WrongColumns),
        ("start,value\n2024-07-01T00:00Z,1\n", WrongColumns),
        ("start,time,kwh\n2024-07-01T00:00Z,2024-07-01T00:00Z,1\n", WrongColumns),
        ("start,kwh,usage_kwh\n2024-07-01T00:00Z,1,1\n", WrongColumns),
        ("start,end,kwh\n2024-07-01T01:00Z,2024-07-01T00:00Z,1\n", WrongTime),
        ("start,value,unit\n2024-07-01T00:00Z,1,parsec\n2024-07-01T01:00Z,1,kWh\n", UnknownUnit),
        ("start,kwh,quality\n2024-07-01T00:00Z,1,so-so\n2024-07-01T01:00Z,1,A\n", UnknownQuality),
        ("start,kwh,flow\n2024-07-01T00:00Z,1,up\n2024-07-01T01:00Z,1,import\n", Malformed),
        ("nmi,start,kwh\n,2024-07-01T00:00Z,1\nA,2024-07-01T01:00Z,1\n", Malformed),
    ],
)
def test_what_is_wrong_is_refused(
    inspected: Look, text: str | bytes, reason: type[Refusal]
) -> None:
    with pytest.raises(reason) as no:
        inspected(text, name="meter.csv", format="csv")
    assert no.value.places[0].source == "meter.csv"


def test_every_wrong_row_is_named_across_chunks(
    inspected: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter.metering.adapters.lines.CHUNK_BYTES", 100)
    text = hours(dict.fromkeys(range(0, 24, 2), "x")).replace("\n", "\n\n", 3)
    with pytest.raises(NotANumber) as no:
        inspected(text)
    lines = [n for n, line in enumerate(text.split("\n"), 1) if line.endswith("x")]
    assert [place.row for place in no.value.places] == lines


def test_no_more_than_a_hundred_wrong_rows_are_named(inspected: Look) -> None:
    with pytest.raises(NotANumber) as no:
        inspected(csv_file(rows=1000, value="x"))
    assert len(no.value.places) == 100


def test_one_channel_in_two_units_is_refused_as_interval_data(
    inspected: Look, written: Write
) -> None:
    text = (
        "channel,start,value,unit\nX,2024-07-01T00:00Z,1,kWh\nX,2024-07-01T01:00Z,1,kWh\n"
        "X,2024-07-01T00:00Z,1,m3\nX,2024-07-01T01:00Z,1,m3\n"
    )
    assert len(inspected(text)) == 2
    with pytest.raises(ChannelMeasuresTwoThings):
        list(blocks_in(written(text), time_zone="UTC"))


def test_intervals_that_straddle_midnight_are_refused_as_interval_data(written: Write) -> None:
    with pytest.raises(IntervalsDoNotFitTheDay):
        list(blocks_in(written(hours()), time_zone="Asia/Kolkata"))


def test_a_last_line_without_an_end_is_mentioned(inspected: Look) -> None:
    (found,) = inspected(hours().removesuffix("\n"))
    assert found.count == 24
    assert any("cut off" in warning for warning in found.warnings)


def test_a_zero_byte_is_named_with_its_row(inspected: Look) -> None:
    with pytest.raises(WrongEncoding) as no:
        inspected(hours() + "2024-07-02T00:00Z,\0\n")
    assert no.value.places[0].row == 26
