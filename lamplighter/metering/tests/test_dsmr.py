from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.refusals import (
    ChecksumWrong,
    Malformed,
    NegativeUsage,
    NotANumber,
    Truncated,
    UnknownUnit,
    WrongTime,
)
from lamplighter.metering.queries.files import registers_in
from lamplighter.metering.tests.samples import telegram

Look = Callable[..., Any]


def test_a_telegram_shows_its_registers(inspected: Look) -> None:
    found = {one.channel: one for one in inspected(telegram())}
    used = found["1-0:1.8.1"]
    assert (used.usage_point, used.flow, used.unit) == ("E0004001594754414", "import", "kWh")
    assert (used.count, used.total) == (1, Decimal("4321.123"))
    assert used.start == used.end == datetime.fromisoformat("2024-07-01T12:00+02:00")
    assert found["1-0:2.8.1"].flow == "export"
    assert (found["1-0:1.7.0"].flow, found["1-0:1.7.0"].unit) == ("other", "kW")
    assert (found["0-0:96.7.21"].total, found["0-0:96.7.21"].unit) == (4, "")
    assert (found["0-1:24.1.0"].total, found["0-1:24.1.0"].text) == (None, "003")


def test_a_meter_behind_the_meter_is_a_usage_point_of_its_own(inspected: Look) -> None:
    gas = {one.channel: one for one in inspected(telegram())}["0-1:24.2.1"]
    assert (gas.usage_point, gas.unit, gas.total) == ("G0039001652050216", "m3", Decimal("511.250"))
    assert gas.start == datetime.fromisoformat("2024-07-01T11:55+02:00")


def test_of_a_log_the_last_reading_is_shown_and_all_are_counted(inspected: Look) -> None:
    later = ("0-0:1.0.0(240701130000S)", "0-0:96.1.1(4530303034303031353934373534343134)",
             "1-0:1.8.1(004322.000*kWh)")  # fmt: skip
    found = {one.channel: one for one in inspected(telegram() + telegram(*later))}
    assert (found["1-0:1.8.1"].count, found["1-0:1.8.1"].total) == (2, 4322)
    assert found["1-0:1.8.1"].start != found["1-0:1.8.1"].end


def test_noise_between_telegrams_is_left_out_and_mentioned(inspected: Look) -> None:
    found = inspected(b"\xff\xfehalf a line\r\n" + telegram() + b"\xff\r\n" + telegram())
    assert found[0].count == 2
    assert found[0].warnings == ("2 lines between telegrams left out",)


def test_a_log_that_lost_its_carriage_returns_is_read(inspected: Look) -> None:
    assert inspected(telegram().replace(b"\r", b"")) == inspected(telegram())


@pytest.mark.parametrize("crc", ["9C2", "0009C2"])
def test_a_checksum_may_have_lost_its_zeros_but_not_gained_some(inspected: Look, crc: str) -> None:
    with pytest.raises(Refusal):
        inspected(telegram(crc=crc))


def test_an_unpadded_checksum_holds(inspected: Look) -> None:
    for n in range(10_000):
        text = telegram("0-0:96.1.1(3030303030303030)", f"1-0:1.8.1({n:06d}.000*kWh)")
        if b"!0" in text:
            assert inspected(text.replace(b"!0", b"!"))
            return
    pytest.fail("no telegram has a checksum that begins with zero")


def test_version_3_gas_stands_on_the_next_line(inspected: Look) -> None:
    lines = ("0-0:96.1.1(3030303030303030)", "1-0:1.8.1(00001.001*kWh)", "0-1:24.1.0(3)",
             "0-1:24.3.0(161107190000)(00)(60)(1)(0-1:24.2.1)(m3)", "(00123.456)")  # fmt: skip
    found = {one.channel: one for one in inspected(telegram(*lines, version=0))}
    assert (found["0-1:24.2.1"].total, found["0-1:24.2.1"].unit) == (Decimal("123.456"), "m3")
    assert found["0-1:24.2.1"].start == datetime.fromisoformat("2016-11-07T19:00+01:00")
    assert found["1-0:1.8.1"].start is None


def test_belgian_peaks_and_power_failures_are_lists(written: Callable[..., Path]) -> None:
    april = "(240501000000S)(240423192538S)(03.695*kW)"
    march = "(240401000000S)(240305122139S)(05.980*kW)"
    lines = ("0-0:1.0.0(240701120000S)", "0-0:96.1.1(3030303030303030)",
             f"0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0){april}{march}",
             "1-0:99.97.0(1)(0-0:96.7.19)(240326095015W)(0000002014*s)")  # fmt: skip
    found = list(registers_in(written(telegram(*lines))))
    peaks = [one for one in found if one.series.channel == "0-0:98.1.0"]
    assert [one.value for one in peaks] == [Decimal("3.695"), Decimal("5.980")]
    assert [one.at and one.at.day for one in peaks] == [23, 5]
    assert [one.value for one in found if one.series.channel == "1-0:99.97.0"] == [2014]


def test_summer_and_winter_tell_the_repeated_hour_apart(written: Callable[..., Path]) -> None:
    two = telegram("0-0:1.0.0(241027023000S)", "1-0:1.8.1(1.0*kWh)")
    two += telegram("0-0:1.0.0(241027023000W)", "1-0:1.8.1(1.1*kWh)")
    found = [one.at for one in registers_in(written(two)) if one.value is not None]
    assert [at and at.utcoffset() and f"{at:%z}" for at in found] == ["+0200", "+0100"]


@pytest.mark.parametrize(
    ("data", "reason", "row"),
    [
        (telegram(crc="0000"), ChecksumWrong, 14),
        (telegram(crc=""), ChecksumWrong, 14),
        (telegram()[:-40], Truncated, 13),
        (telegram()[:-40] + b"\r\n" + telegram(), Truncated, 1),
        (telegram("1-0:1.8.1(1.0*cord)"), UnknownUnit, 4),
        (telegram("1-0:1.8.1(NaN*kWh)"), NotANumber, 4),
        (telegram("1-0:1.8.1(1e5*kWh)"), NotANumber, 4),
        (telegram("1-0:1.8.1(-1.0*kWh)"), NegativeUsage, 4),
        (telegram("0-0:1.0.0(241327020000S)", "1-0:1.8.1(1.0*kWh)"), WrongTime, 4),
        (telegram("0-0:1.0.0(yesterday)", "1-0:1.8.1(1.0*kWh)"), WrongTime, 4),
        (telegram("1-0:1.8.1(1.0*kWh"), Malformed, 4),
        (telegram("1-0:1.8.1"), Malformed, 4),
    ],
)
def test_what_is_wrong_is_refused_at_its_row(
    inspected: Look, data: bytes, reason: type[Refusal], row: int
) -> None:
    with pytest.raises(reason) as no:
        inspected(data, name="p1.log", format="dsmr")
    assert (no.value.places[0].source, no.value.places[0].row) == ("p1.log", row)


def test_every_wrong_telegram_of_a_log_is_named(inspected: Look) -> None:
    with pytest.raises(ChecksumWrong) as no:
        inspected(telegram(crc="0000") + telegram() + telegram(crc="1111"))
    assert [place.row for place in no.value.places] == [14, 42]


def test_a_version_is_not_taken_for_the_name_of_the_meter(inspected: Look) -> None:
    lines = ("0-0:96.1.4(50217)", "0-0:96.1.1(3030303030303031)", "1-0:13.7.0(0.998)")
    found = {one.channel: one for one in inspected(telegram(*lines, version=0))}
    assert found["1-0:13.7.0"].usage_point == "00000001"
    assert found["1-0:13.7.0"].total == Decimal("0.998")


def test_the_last_reading_is_the_latest_also_in_a_log_from_new_to_old(inspected: Look) -> None:
    log = [
        telegram(f"0-0:1.0.0(2407011{hour}0000S)", f"1-0:1.8.1(00432{hour}.000*kWh)")
        for hour in (3, 2, 1)
    ]
    used = {one.channel: one for one in inspected(b"".join(log))}["1-0:1.8.1"]
    assert (used.count, used.total) == (3, Decimal(4323))


def test_winter_comes_after_summer_in_the_hour_that_clocks_repeat(inspected: Look) -> None:
    log = telegram("0-0:1.0.0(241027023000S)", "1-0:1.8.1(004321.000*kWh)")
    log += telegram("0-0:1.0.0(241027021500W)", "1-0:1.8.1(004322.000*kWh)")
    used = {one.channel: one for one in inspected(log)}["1-0:1.8.1"]
    assert used.total == Decimal(4322)
    assert used.end.timestamp() - used.start.timestamp() == 45 * 60
