import struct
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.refusals import (
    ChecksumWrong,
    Encrypted,
    Malformed,
    MeterReportsError,
    NoReadings,
    Truncated,
)
from lamplighter.metering.tests.samples import mbus_frame

Look = Callable[..., Any]


def test_every_record_is_a_series(inspected: Look) -> None:
    volume, energy = inspected(mbus_frame())
    assert (volume.usage_point, volume.channel, volume.unit) == ("PAD-12345678", "volume", "m3")
    assert (volume.count, volume.total) == (1, Decimal("12345.678"))
    assert (energy.total, energy.unit, energy.flow) == (1_000_000, "Wh", "import")
    assert volume.start is None


@pytest.mark.parametrize(
    ("record", "channel", "total", "unit"),
    [
        ("01 05 FF", "energy", "-100", "Wh"),
        ("02 13 39 30", "volume", "12.345", "m3"),
        ("03 2B 40 E2 01", "power", "123456", "W"),
        ("04 0F 01 00 00 00", "energy", "10000000", "J"),
        ("06 78 FC 03 6D 00 2D 00", "fabrication-number", "193280672764", ""),
        ("07 03 01 00 00 00 00 00 00 00", "energy", "1", "Wh"),
        ("0A 5A 34 F2", "flow-temperature", "-23.4", "°C"),
        ("0C 22 02 00 00 00", "on-time", "7200", "s"),
        ("09 70 59", "averaging-duration", "59", "s"),
        ("02 40 10 27", "volume-flow", "0.06", "m3/h"),
        ("DA 02 3B 13 01", "volume-flow/maximum/storage-5", "0.113", "m3/h"),
        ("8B 60 04 37 18 02", "energy/tariff-2/unit-1", "218370", "Wh"),
        ("22 2D 05 00", "power/minimum", "500", "W"),
        ("32 2D 05 00", "power/error-state", "500", "W"),
        ("02 FD 48 E7 08", "voltage", "227.9", "V"),
        ("02 FB 01 05 00", "energy", "5000000", "Wh"),
        ("02 FB 1A 0F 02", "relative-humidity", "52.7", "%"),
        ("04 83 3B 88 13 00 00", "energy/forward", "5000", "Wh"),
        ("04 83 3C 88 13 00 00", "energy/backward", "5000", "Wh"),
        ("02 93 72 0A 00", "volume", "0.000001", "m3"),
        ("02 93 7D 0A 00", "volume", "10", "m3"),
        ("02 DB 79 0A 00", "flow-temperature", "10.01", "°C"),
        ("02 FC 03 48 52 25 74 22 15", "plain-text:%RH", "54.10", ""),
        ("0D 13 C2 34 12", "volume", "1.234", "m3"),
        ("0D 13 D2 34 12", "volume", "-1.234", "m3"),
        ("0D 13 E2 10 27", "volume", "10", "m3"),
    ],
)
def test_data_and_value_information_say_what_is_measured(
    inspected: Look, record: str, channel: str, total: str, unit: str
) -> None:
    (found,) = inspected(mbus_frame(record))
    assert (found.channel, found.total, found.unit) == (channel, Decimal(total), unit)


def test_floating_point_numbers_are_taken_for_exactly_what_they_are(inspected: Look) -> None:
    (found,) = inspected(mbus_frame("05 2B " + struct.pack("<f", 18511.912).hex(" ")))
    assert found.total == Decimal("18511.912109375")


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("0D FD 0B 06 35 33 32 44 56 52", "RVD235"),
        ("02 6C 9F 2C", "2020-12-31"),
        ("04 6D 19 0F 8A 17", "2012-07-10T15:25"),
        ("06 6D 21 19 0F 8A 17 00", "2012-07-10T15:25:33"),
        ("02 6C FF FF", "FFFF"),
        ("04 6D 99 0F 8A 17", "178A0F99"),
        ("04 AB 6F 19 0F 8A 17", "2012-07-10T15:25"),
        ("0C 13 78 AB 34 12", "1234AB78"),
        ("05 2B 00 00 C0 7F", "7FC00000"),
        ("0F 01 02 03", "01 02 03"),
        ("00 13", ""),
    ],
)
def test_what_is_no_number_is_a_text(inspected: Look, record: str, text: str) -> None:
    (found,) = inspected(mbus_frame(record), format="mbus")
    assert (found.total, found.text) == (None, text)


def test_the_meters_clock_says_when_if_its_zone_is_known(inspected: Look) -> None:
    text = mbus_frame("04 6D 19 0F 8A 17 0C 13 78 56 34 12")
    assert inspected(text)[1].start is None
    found = inspected(text, time_zone="Europe/Berlin")
    assert found[1].start == datetime.fromisoformat("2012-07-10T15:25+02:00")


def test_two_records_of_one_kind_stay_apart(inspected: Look) -> None:
    found = inspected(mbus_frame("01 05 01 01 05 02"))
    assert [(one.channel, one.total) for one in found] == [("energy", 100), ("energy#2", 200)]


def test_of_several_frames_the_last_reading_is_shown(inspected: Look) -> None:
    found = inspected(
        "# a log\nE5\n" + mbus_frame("01 05 01") + "\n10 7B FD 78 16\n" + mbus_frame("01 05 02")
    )
    assert [(one.count, one.total) for one in found] == [(2, 200)]


def test_a_frame_may_be_broken_over_lines_and_written_without_blanks(inspected: Look) -> None:
    plain = mbus_frame().replace(" ", "").strip().lower()
    assert inspected(plain[:20] + "\n" + plain[20:]) == inspected(mbus_frame())


def test_a_frame_of_fixed_structure_has_two_counters(inspected: Look) -> None:
    body = bytes.fromhex("08 01 73 93 92 91 90 10 00 05 69 31 65 00 00 69 00 00 00")
    frame = bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 0xFF, 0x16])
    found = inspected(frame.hex(" "))
    assert [(one.usage_point, one.total, one.unit) for one in found] == [
        ("90919293", 6531, "kWh"),
        ("90919293", 69, "L"),
    ]


def test_the_second_counter_may_be_the_first_one_long_ago(inspected: Look) -> None:
    found = inspected(wrapped("08 01 73 93 92 91 90 10 00 05 3E 31 65 00 00 69 00 00 00"))
    assert [(one.channel, one.total, one.unit) for one in found] == [
        ("counter-1", 6531, "kWh"),
        ("counter-2/storage-1", 69, "kWh"),
    ]


def wrapped(body: str) -> str:
    data = bytes.fromhex(body)
    framed = bytes([0x68, len(data), len(data), 0x68]) + data
    return (framed + bytes([sum(data) & 0xFF, 0x16])).hex(" ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (mbus_frame()[:-9], Truncated),
        (mbus_frame()[:38], Truncated),
        (mbus_frame().replace("34 12 04", "34 13 04"), ChecksumWrong),
        (mbus_frame().replace(" 16\n", " 17\n"), Malformed),
        (mbus_frame() + "what?", Malformed),
        (mbus_frame() + "FF FF FF FF", Malformed),
        (mbus_frame("0C 13 78"), Truncated),
        (mbus_frame("8C 80 80 80 80 80 80 80 80 80 80 80 00 13 78 56 34 12"), Truncated),
        (mbus_frame("0C 93"), Truncated),
        (mbus_frame("0D 13 FF"), Truncated),
        (mbus_frame("3F 13"), Truncated),
        (mbus_frame("0C 7C 20 41"), Truncated),
        (wrapped("08 01 72 01 02"), Truncated),
        (wrapped("08 01 99 01 02"), Malformed),
        (wrapped("08 01 70 06"), MeterReportsError),
        (
            mbus_frame(" ".join(["AA"] * 16), header="78 56 34 12 24 40 01 07 55 00 10 05"),
            Encrypted,
        ),
        ("E5", NoReadings),
        ("# nothing\n", NoReadings),
    ],
)
def test_what_is_wrong_is_refused(inspected: Look, text: str, reason: type[Refusal]) -> None:
    with pytest.raises(reason) as no:
        inspected(text, name="frame.hex", format="mbus")
    assert no.value.places[0].source == "frame.hex"


def test_every_wrong_frame_of_a_log_is_named(inspected: Look) -> None:
    wrong = mbus_frame().replace("34 12 04", "34 13 04")
    with pytest.raises(ChecksumWrong) as no:
        inspected(wrong + mbus_frame() + wrong)
    assert [place.row for place in no.value.places] == [1, 3]


def test_a_file_of_hexadecimal_text_is_recognised(
    written: Callable[..., Path], inspected: Look
) -> None:
    assert inspected(mbus_frame())[0].unit == "m3"
