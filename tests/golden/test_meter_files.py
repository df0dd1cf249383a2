"""Real meter files of every format against totals that others computed from them."""

import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from lamplighter.kernel import Refusal
from lamplighter.metering.queries.files import SeriesSummary, blocks_in, inspect
from lamplighter.site.cli import root

# A record of this file is broken over three lines. The totals are without it: an inspection says
# so, and nothing of the file is stored.
BROKEN_LINES = "NEM12#Scenario10#ETSAMDP#NEMMCO.zip"

# Libmbus takes the date of a maximum (extension 6F) for the maximum itself: 41 million degrees.
DATES_TAKEN_FOR_VALUES = {"landis+gyr_ultraheat_t230.hex": 4}


def expected(shared_data: Path, name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(
        (shared_data / "meters" / f"expected_{name}.json").read_text()
    )
    assert cases
    return cases


def test_green_button_files_add_up(shared_data: Path) -> None:
    for case in expected(shared_data, "greenbutton"):
        file, say = shared_data / "meters" / case["file"], case["etree"]
        found = inspect(file)
        power = 0 if say["mult"] == ["None"] else int(say["mult"][0])
        total = sum((one.total or Decimal(0) for one in found), Decimal(0))
        cost = sum((one.cost or Decimal(0) for one in found), Decimal(0))
        assert total == say["sum_value"] * Decimal(10) ** power, file.name
        assert sum(one.count for one in found) == say["readings"], file.name
        assert cost * 100_000 == Decimal(str(say["sum_cost"])), file.name
        assert len({one.usage_point for one in found}) == say["usagepoints"], file.name
        begins = min(one.start.timestamp() for one in found if one.start)
        ends = max(one.end.timestamp() for one in found if one.end)
        assert (begins, ends) == (int(say["first"]), int(say["last"])), file.name


def test_nem_files_add_up_or_are_refused(shared_data: Path) -> None:
    for case in expected(shared_data, "nem"):
        file = shared_data / "meters" / case["file"]
        if "/invalid/" in case["file"]:
            with pytest.raises(Refusal) as no:
                inspect(file)
            assert (no.value.places[0].source or "").startswith(file.name)
            continue
        found = {
            f"{one.usage_point}/{one.channel}": (one.count, one.total) for one in inspect(file)
        }
        assert found == {
            key: (case["counts"][key], Decimal(str(total))) for key, total in case["totals"].items()
        }, file.name


def test_a_broken_record_is_said_when_inspected_and_refused_when_stored(shared_data: Path) -> None:
    file = shared_data / "meters/nem12/examples/nem12" / BROKEN_LINES
    assert all("Row 27" in one.warnings[0] for one in inspect(file))
    with pytest.raises(Refusal) as no:
        list(blocks_in(file))
    assert [place.row for place in no.value.places] == [27, 28, 29]


def test_dsmr_telegrams_show_what_they_show(shared_data: Path) -> None:
    for case in expected(shared_data, "dsmr"):
        file = shared_data / "meters" / case["file"]
        found = inspect(file)
        numbers = {one.total for one in found}
        texts = {one.text for one in found}
        for name, value in case["values"].items():
            if name == "P1_MESSAGE_TIMESTAMP":
                sent_at = datetime.fromisoformat(value)
                assert sent_at in {one.start for one in found}, file.name
            elif value not in (None, "..."):
                number = Decimal(str(value)) if re.fullmatch(r"[0-9.]+", str(value)) else None
                assert number in numbers or str(value) in texts, (file.name, name)


def test_mbus_frames_show_what_they_show(shared_data: Path) -> None:
    for case in expected(shared_data, "mbus"):
        file = shared_data / "meters" / case["file"]
        found = inspect(file)
        assert len(found) == case["expected_records"], file.name
        said = ET.fromstring(file.with_suffix(".norm.xml").read_bytes())
        pairs = zip(said.iter("DataRecord"), found, strict=True)
        wrong = [pair for pair in pairs if not agrees(*pair)]
        assert len(wrong) == DATES_TAKEN_FOR_VALUES.get(file.name, 0), (file.name, wrong)


def agrees(record: ET.Element, one: SeriesSummary) -> bool:
    """Whether a record is what libmbus says, which prints six decimals, and dates as UTC."""
    value = (record.findtext("Value") or "").strip()
    if re.fullmatch(r"-?[0-9.]+", value):
        close = Decimal("0.000001")
        return one.total is not None and abs(one.total - Decimal(value)) <= close
    if "-00" in value:
        return one.total is None
    return value in (one.text, f"{one.text}:00Z")


@pytest.mark.parametrize(
    ("file", "channel", "total"),
    [
        ("greenbutton/openespi_test_usage_data_01.xml", "import", "93846"),
        ("nem12/examples/unzipped/Example_NEM12_multiple_quality.csv", "E1", "896.99"),
        ("nem12/examples/unzipped/Example_NEM13_forward_estimate.csv", "11", "111"),
        ("dsmr/TELEGRAM_V5.txt", "1-0:1.8.1", "4.426"),
        ("mbus/test/test-frames/manual_frame3.hex", "volume", "12.565"),
    ],
)
def test_the_command_says_the_same(shared_data: Path, file: str, channel: str, total: str) -> None:
    result = CliRunner().invoke(
        root, ["readings", "inspect", str(shared_data / "meters" / file), "--json"]
    )
    assert result.exit_code == 0
    said = {one["channel"]: one for one in json.loads(result.stdout)}
    assert Decimal(said[channel]["total"]) == Decimal(total)
    assert said[channel].keys() >= {
        "usage_point", "channel", "unit", "count", "total", "start", "end", "quality", "warnings",
    }  # fmt: skip
