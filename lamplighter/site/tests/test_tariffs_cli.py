"""`lamplighter tariffs` as a person uses it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lamplighter.site.cli import root
from lamplighter.tariffs import actions
from lamplighter.tariffs.queries.versions import NoVersionInForce, TariffUnknown, versions_of

TARIFF: dict[str, Any] = {
    "format": "lamplighter-tariff/1",
    "code": "HOME",
    "name": "At home",
    "currency": "EUR",
    "startsOn": "2024-01-01",
    "endsBefore": "2025-01-01",
    "components": [
        {"type": "fixed", "name": "Basic price", "amount": "12.5", "per": "month"},
        {"type": "energy", "name": "Energy", "tiers": [
            {"upTo": 100, "rate": "0.2"}, {"rate": "0.3025"}]},
        {"type": "tax", "name": "VAT", "percent": 19, "on": "everything above"},
    ],
}  # fmt: skip
NEXT = {**TARIFF, "startsOn": "2025-03-01", "endsBefore": None, "name": "At home, dearer"}
WRONG = {**TARIFF, "code": "WRONG", "currency": "EURO", "colour": "blue"}

ROW = "tariffs.jsonl, row 2"
REMEDY = "Use a code of ISO 4217, such as EUR."


def call(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["tariffs", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tariffs.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (TARIFF, WRONG, NEXT)))
    return path


def test_a_file_is_checked_without_database_and_every_mistake_is_told(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lamplighter", "tariffs", "check", str(file)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "nowhere"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == "2 can be billed, 1 cannot.\n"
    told = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert [line for line in told if line] == [
        "WRONG",
        f"  InvalidTariff  {ROW}, field currency: 'EURO' is not a currency. {REMEDY}",
        f"  UnknownField  {ROW}, field colour: 'colour' is not a field here.",
    ]
    assert "| django" not in done.stderr


def test_a_file_that_is_no_json_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "tariffs.csv"
    path.write_text("code,rate\n")
    done = subprocess.run(
        [sys.executable, "-m", "lamplighter", "tariffs", "check", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == "NotJson  tariffs.csv, row 1: It begins with b'code,rate'."


def test_a_tariff_is_told_in_words(file: Path) -> None:
    shown = call("check", "--words", str(file)).stdout
    assert "  In EUR, from 2024-01-01 until 2024-12-31.\n" in shown
    assert "  EUR 12.50 a month.\n" in shown
    assert "  up to 100 kWh a month: EUR 0.20 per kWh.\n  beyond: EUR 0.3025 per kWh.\n" in shown
    assert "VAT\n  Tax: 19 % of everything above.\n" in shown


@pytest.mark.django_db
def test_a_file_is_imported_once_and_its_wrong_records_are_named(file: Path) -> None:
    first = call("import", str(file))
    assert first.exit_code == 1
    assert "2 imported, 0 unchanged, 1 refused." in first.stdout
    assert "row 2, field currency" in first.stderr
    assert "0 imported, 2 unchanged, 1 refused." in call("import", str(file)).stdout
    listed = call("list").stdout.splitlines()
    assert listed == [
        "HOME\tfrom 2024-01-01 until 2024-12-31\tdraft\tEUR\tAt home",
        "HOME\tfrom 2025-03-01\tdraft\tEUR\tAt home, dearer",
    ]
    assert call("list", "OTHER").stdout == ""


@pytest.mark.django_db
def test_what_is_published_is_shown_as_of_a_day(file: Path) -> None:
    call("import", str(file))
    assert "is draft" in call("show", "HOME").stdout
    assert call("publish", "HOME").stdout == "2 published.\n"
    shown = call("show", "HOME", "--on", "2024-06-30").stdout
    assert shown.startswith("HOME  At home\n")
    assert "  From 2025-01-01 to 2025-03-01 it has no rates.\n" in shown
    assert call("show", "HOME", "--on", "2025-03-01").stdout.startswith("HOME  At home, dearer\n")
    assert isinstance(call("show", "HOME", "--on", "2025-02-01").exception, NoVersionInForce)
    assert isinstance(call("show", "NOPE").exception, TariffUnknown)
    assert "is not a date" in call("show", "HOME", "--on", "June").stderr


@pytest.mark.django_db
def test_an_import_may_publish_and_says_what_overlaps(file: Path, tmp_path: Path) -> None:
    assert "2 published.\n" in call("import", "--publish", str(file)).stdout
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**TARIFF, "name": "Another"}))
    done = call("import", "--publish", str(other))
    assert done.exit_code == 1
    assert "VersionsOverlap" in done.stderr
    assert "0 published.\n" in done.stdout


@pytest.mark.django_db
def test_a_version_is_withdrawn_unless_it_has_billed(file: Path) -> None:
    call("import", "--publish", str(file))
    first, second = versions_of("HOME")
    actions.mark_billed(version_id=first.id, at=datetime(2025, 1, 1, tzinfo=UTC))
    assert "bills since 2025-01-01" in call("show", "HOME", "--on", "2024-06-30").stdout
    refused = call("withdraw", str(first.id), "--reason", "a slip")
    assert isinstance(refused.exception, actions.VersionHasBilled)
    assert call("withdraw", str(second.id), "--reason", "a slip").exit_code == 0
