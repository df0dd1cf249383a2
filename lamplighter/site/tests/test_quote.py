"""`lamplighter quote` and `lamplighter demo --tour`, as a person calls them."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lamplighter.billing.domain.gas_loads import NotGasByVolume
from lamplighter.site.cli import root
from lamplighter.site.demo.homes import write_tariffs

DEMO = Path(__file__).parent.parent / "demo"
URDB = {
    "label": "flat",
    "name": "General",
    "utility": "Test",
    "fixedchargefirstmeter": 10,
    "energyratestructure": [[{"rate": 0.1}]],
    "energyweekdayschedule": [[0] * 24] * 12,
    "energyweekendschedule": [[0] * 24] * 12,
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two tariffs that can be billed and one that cannot, and two days of a load."""
    records = [URDB, {**URDB, "label": "dear", "energyratestructure": [[{"rate": 0.2}]]},
               {**URDB, "label": "odd", "surprise": 1}]  # fmt: skip
    tariffs, load = tmp_path / "tariffs.jsonl", tmp_path / "load.csv"
    tariffs.write_text("".join(json.dumps(record) + "\n" for record in records))
    hours = (f"2025-01-{day:02}T{hour:02}:00,0.5" for day in (31, 1) for hour in range(24))
    rows = sorted(row.replace("01-01", "02-01") for row in hours)
    load.write_text("start,kwh\n" + "\n".join(rows) + "\n")
    return str(tariffs), str(load)


def quote(files: tuple[str, str], *options: str) -> Result:
    return CliRunner().invoke(root, ["quote", *files, "--timezone", "UTC", *options])


def test_json_lines_answer_every_tariff_in_order(files: tuple[str, str]) -> None:
    found = quote(files, "--format", "jsonl")
    assert found.exit_code == 0, found.output
    flat, dear, odd = map(json.loads, found.output.splitlines())
    # One day of 31 and one of 28: 10/31 and 10/28 fixed, 12 kWh each.
    assert [m["total"] for m in flat["months"]] == ["1.52", "1.56"]
    assert [m["month"] for m in flat["months"]] == ["2025-01", "2025-02"]
    assert (flat["tariff"], flat["currency"], flat["total"]) == ("flat", "USD", "3.08")
    assert dear["total"] == "5.48"
    assert odd["refused"]["code"] == "UnknownField"
    assert odd["refused"]["places"] == [{"row": 3, "field": "surprise"}]


def test_json_tells_every_line(files: tuple[str, str]) -> None:
    month = json.loads(quote(files, "--format", "json").output)[0]["months"][0]
    assert [(x["component"], x["quantity"], x["amount"]) for x in month["lines"]] == [
        ("Fixed charge", "0.032258064516", "0.32"),
        ("Energy", "12.0", "1.20"),
    ]


def test_csv_has_a_row_for_each_line(files: tuple[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(quote(files, "--format", "csv").output)))
    amounts = [row["amount"] for row in rows if row["tariff"] == "flat"]
    assert amounts == ["0.32", "1.20", "0.36", "1.20"]
    assert "surprise" in rows[-1]["refused"]


def test_several_tariffs_are_compared_cheapest_first(files: tuple[str, str]) -> None:
    table = quote(files).output
    assert table.index("flat") < table.index("dear")
    assert "odd" in table
    assert "surprise" in table


def test_one_tariff_is_explained_line_by_line(files: tuple[str, str], tmp_path: Path) -> None:
    one = tmp_path / "one.json"
    one.write_text(json.dumps(URDB))
    table = quote((str(one), files[1])).output
    assert all(
        word in table for word in ("Fixed charge", "24.000", "kWh", "0.1", "2025-02", "3.08")
    )


def test_the_tariffs_time_zone_is_the_loads_unless_another_is_said(tmp_path: Path) -> None:
    load = tmp_path / "load.csv"
    load.write_text("start,kwh\n" + "".join(f"2025-07-01T{h:02}:00,1\n" for h in range(24)))
    asked = ["quote", str(write_tariffs(tmp_path)), str(load), "--format", "jsonl"]
    told = CliRunner().invoke(root, asked)
    assert "refused" not in told.output, told.output
    other = CliRunner().invoke(root, [*asked, "--timezone", "Europe/Berlin"])
    assert other.output.count("TimeZonesDiffer") == 7


def test_a_wrong_option_says_what_is_wanted(files: tuple[str, str]) -> None:
    found = quote(files, "--previous-peaks", "1,2")
    assert found.exit_code == 2
    assert "12 numbers are wanted" in found.output
    assert quote(files, "--power-factor", "1e308").exit_code == 2


def test_coincident_demand_is_billed_at_the_hours_that_are_told(
    files: tuple[str, str], tmp_path: Path
) -> None:
    coincident = {**URDB, "coincidentratestructure": [[{"rate": 3}]],
                  "coincidentschedule": [[0] * 24] * 12}  # fmt: skip
    tariffs = tmp_path / "coincident.jsonl"
    tariffs.write_text(json.dumps(coincident) + "\n")
    asked = str(tariffs), files[1]
    assert "SystemPeakUnknown" in quote(asked, "--format", "jsonl").output
    peaks = [f"--system-peak=2025-{month:02}-{day:02}T17:00" for month, day in ((1, 31), (2, 1))]
    told = json.loads(quote(asked, "--format", "jsonl", *peaks).output)
    assert [month["demand"] for month in told["months"]] == ["0.05", "0.05"]


def test_rounding_can_be_switched_off(files: tuple[str, str]) -> None:
    (flat, *_) = map(
        json.loads, quote(files, "--format", "jsonl", "--rounding", "none").output.splitlines()
    )
    assert flat["months"][0]["total"] == "1.522580645161"


def test_the_tour_prices_homes_and_leaves_files_to_play_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path))
    found = CliRunner().invoke(root, ["demo", "--tour"])
    assert found.exit_code == 0, found.output
    again = CliRunner().invoke(root, ["demo", "--tour"])
    assert again.output == found.output
    assert "Try next" in found.output
    left = sorted(path.name for path in (tmp_path / "demo").iterdir())
    assert left == [
        "bakery.csv",
        "car.csv",
        "family.csv",
        "roof.csv",
        "tariffs.json",
        "terrace.csv",
    ]
    inspected = CliRunner().invoke(root, ["readings", "inspect", str(tmp_path / "demo/roof.csv")])
    assert "export" in inspected.output


def test_the_demos_tariffs_are_what_a_person_may_learn_from() -> None:
    checked = CliRunner().invoke(root, ["tariffs", "check", str(DEMO / "tariffs.json")])
    assert checked.exit_code == 0, checked.output


GAS = {
    "format": "lamplighter-tariff/1",
    "code": "GAS",
    "name": "Gas",
    "currency": "GBP",
    "components": [
        {"type": "fixed", "name": "Standing charge", "amount": "0.3141", "per": "day"},
        {"type": "energy", "name": "Gas", "rate": "0.0548"},
    ],
}


@pytest.fixture
def gas(tmp_path: Path) -> tuple[str, str]:
    """A tariff by kWh, and a quarter's gas by m3."""
    tariff, load = tmp_path / "gas.json", tmp_path / "gas.csv"
    tariff.write_text(json.dumps(GAS))
    load.write_text("start,end,value,unit\n2024-07-01T00:00,2024-10-01T00:00,126,m3\n")
    return str(tariff), str(load)


@pytest.mark.parametrize(
    ("options", "kwh", "total"),
    [
        # 126 x 1.02264 x 39.4 / 3.6 = 1,410.22056; x 0.0548 = 77.28; and 92 days, 28.90.
        (("--calorific-value", "39.4"), "1410.22", "106.18"),
        # 126 x 0.9632 x 11.291 = 1,370.311..., in whole kWh; x 0.0548 = 75.076.
        (("--calorific-value", "11.291", "--state-number", "0.9632"), "1370", "103.98"),
    ],
)
def test_gas_metered_by_volume_is_billed_by_energy(
    gas: tuple[str, str], options: tuple[str, ...], kwh: str, total: str
) -> None:
    found = json.loads(quote(gas, "--format", "json", *options).output)[0]
    assert found["total"] == total
    assert [line["quantity"] for line in found["months"][0]["lines"]] == ["92", kwh]


def test_gas_without_its_calorific_value_is_not_guessed(gas: tuple[str, str]) -> None:
    found = json.loads(quote(gas, "--format", "json").output)[0]
    assert found["refused"]["code"] == "UnitsDiffer"
    assert "--calorific-value" in found["refused"]["remedy"]


def test_a_calorific_value_is_for_gas_only(files: tuple[str, str]) -> None:
    found = quote(files, "--calorific-value", "39.4")
    assert isinstance(found.exception, NotGasByVolume)


def test_a_state_number_alone_says_nothing(gas: tuple[str, str]) -> None:
    found = quote(gas, "--state-number", "0.9632")
    assert found.exit_code == 2
    assert "--calorific-value" in found.output


def test_gas_has_no_demand(gas: tuple[str, str]) -> None:
    demand = {"type": "demand", "name": "Demand", "rate": "1"}
    Path(gas[0]).write_text(json.dumps({**GAS, "components": [demand]}))
    found = json.loads(quote(gas, "--format", "json", "--calorific-value", "39.4").output)[0]
    assert found["refused"]["code"] == "GasBilledBySumsOnly"
