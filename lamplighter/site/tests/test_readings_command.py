import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lamplighter.site.cli import readings, root

BLOCK = """<IntervalBlock xmlns="http://naesb.org/espi"><IntervalReading><cost>12</cost><timePeriod>
<duration>3600</duration><start>1719792000</start></timePeriod><value>7</value></IntervalReading>
</IntervalBlock>"""
FRAME = "68 13 13 68 08 01 72 78 56 34 12 24 40 01 07 55 00 00 00 02 6C 9F 2C 89 16"
"""A frame whose only record is the last day of 2020."""


def nem12(value: str = "1", *, more: str = "") -> str:
    day = f"300,20240701,{','.join([value] * 48)},A,,,20240703120000,"
    details = "200,4103000001,E1,E1,E1,N1,METER1,kWh,30,20241001"
    return "\n".join(["100,NEM12,202407031200,MDP1,RETAILER", details, day, more, "900", ""])


@pytest.fixture
def said(tmp_path: Path) -> Any:
    def say(text: str, *options: str) -> Any:
        path = tmp_path / "file"
        path.write_text(text)
        result = CliRunner().invoke(root, ["readings", "inspect", str(path), *options])
        assert result.exit_code == 0, result.output
        return result.stdout

    return say


def test_json_is_a_list_with_one_object_a_series(said: Any) -> None:
    (series,) = json.loads(said(nem12("0.10"), "--json"))
    assert series == {
        "usage_point": "4103000001",
        "channel": "E1",
        "flow": "import",
        "unit": "kWh",
        "count": 48,
        "total": "4.8",
        "start": "2024-07-01T00:00:00+10:00",
        "end": "2024-07-02T00:00:00+10:00",
        "quality": {"actual": 48},
        "warnings": [],
    }


def test_costs_and_texts_are_told_where_there_are_some(said: Any) -> None:
    (series,) = json.loads(said(BLOCK, "--json"))
    assert (series["cost"], series["currency"], series["total"]) == ("0.00012", "", "7")
    (record,) = json.loads(said(FRAME, "--json"))
    assert (record["total"], record["text"], record["start"]) == (None, "2020-12-31", None)


def test_people_get_a_table(said: Any) -> None:
    again = f"300,20240701,{','.join(['1000'] * 48)},A,,,20240703120000,"
    table = said(nem12("1000", more=again))
    for text in ("4103000001", "E1", "48,000", "kWh", "48 actual", "48 readings repeated"):
        assert text in table


def test_a_zone_is_used_for_showing_too(said: Any) -> None:
    (series,) = json.loads(said(nem12(), "--json", "--timezone", "UTC"))
    assert series["start"] == "2024-06-30T14:00:00+00:00"


def test_a_refusal_is_one_clear_line_and_exit_status_1(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("start,kwh\n2024-07-01T00:00Z,many\n2024-07-01T01:00Z,1\n")
    result = subprocess.run(
        [sys.executable, "-m", "lamplighter", "readings", "inspect", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, "")
    assert "NotANumber  wrong.csv, row 2, field kwh: 'many'" in result.stderr


def test_looking_into_a_file_does_not_load_django(tmp_path: Path) -> None:
    path = tmp_path / "nem12.csv"
    path.write_text(nem12())
    code = (
        "import sys; from click.testing import CliRunner; from lamplighter.site.cli import root;"
        f"r = CliRunner().invoke(root, ['readings', 'inspect', {str(path)!r}]);"
        "assert r.exit_code == 0, r.output; assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_long_file_shows_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with readings.progress_bar("file.xml") as tell:
        tell(1, 100)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(readings, "_PATIENCE_S", -1.0)
    with readings.progress_bar("file.xml") as tell:
        tell(50, 100)
    assert capsys.readouterr().err == "", "nobody watches"
    monkeypatch.setenv("FORCE_COLOR", "1")
    with readings.progress_bar("file.xml") as tell:
        tell(50, 100)
    assert "file.xml" in capsys.readouterr().err
