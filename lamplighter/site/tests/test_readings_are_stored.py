from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_django import Settings

from lamplighter.customers.actions import ReferenceMalformed, TimeZoneUnknown
from lamplighter.customers.queries import UsagePointUnknown
from lamplighter.metering.actions.import_readings import DaysOfAnotherZone
from lamplighter.metering.actions.storing_readings import NothingToStore, UsagePointsUnknown
from lamplighter.metering.domain.refusals import UnknownTimeZone, UnreadableReadings
from lamplighter.platform.models import AuditLine
from lamplighter.site.cli import root

pytestmark = pytest.mark.django_db

LONDON = ("--address", "1 High Street", "--timezone", "Europe/London")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(root, [str(one) for one in arguments])


def done(*arguments: object) -> str:
    result = call(*arguments)
    assert result.exception is None, result.output
    return result.output


@pytest.fixture(autouse=True)
def intervals(settings: Settings, tmp_path: Path) -> Path:
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    return tmp_path / "intervals"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Half hours of two days in London, at whose first the clocks go forward; 0.5 kWh each."""
    start = datetime(2025, 3, 30, tzinfo=UTC)
    times = [start + timedelta(minutes=30 * n) for n in range(46 + 48)]
    path = tmp_path / "march.csv"
    path.write_text("start,kwh\n" + "".join(f"{at.isoformat()},0.5\n" for at in times))
    return path


def test_a_newcomer_stores_a_file_and_sees_it(file: Path) -> None:
    done("usage-points", "add", "HOME", *LONDON)
    stored = done("readings", "import", file, "--usage-point", "HOME")
    assert "0 unchanged, 94 new, 0 changed" in stored
    assert AuditLine.objects.get(action="metering.import_readings").detail["format"] == "csv"
    again = done("readings", "import", file, "--usage-point", "HOME")
    assert "94 unchanged, 0 new, 0 changed" in again
    range_ = ("--usage-point", "HOME", "--from", "2025-03-30", "--to", "2025-03-31")
    assert done("readings", "show", *range_).splitlines() == [
        "2025-03-30\timport\t23.0\tkWh\t46 actual",
        "2025-03-31\timport\t24.0\tkWh\t48 actual",
    ]
    assert done("readings", "show", *range_, "--as-of", "2025-03-31T00:00Z") == ""
    assert "usage-points" not in done("readings", "compact")


def test_another_value_is_a_new_version(file: Path) -> None:
    done("usage-points", "add", "HOME", *LONDON)
    done("readings", "import", file, "--usage-point", "HOME")
    file.write_text(file.read_text().replace("T01:00:00+00:00,0.5", "T01:00:00+00:00,0.7"))
    stored = done("readings", "import", file, "--usage-point", "HOME")
    assert "92 unchanged, 0 new, 2 changed" in stored


def test_usage_points_in_the_file_are_found_by_reference(tmp_path: Path) -> None:
    done("usage-points", "add", "A1", *LONDON)
    done("usage-points", "add", "A2", *LONDON)
    rows = [f"{point},2025-06-01T{h:02}:00:00Z,1" for point in ("A1", "A2") for h in range(24)]
    file = tmp_path / "many.csv"
    file.write_text("usage_point,start,kwh\n" + "\n".join(rows) + "\n")
    assert isinstance(call("readings", "import", file).exception, DaysOfAnotherZone)
    stored = done("readings", "import", file, "--timezone", "Europe/London")
    assert "usage points: 2" in stored
    assert done("usage-points", "list").splitlines() == [
        "A1\telectricity\tEurope/London",
        "A2\telectricity\tEurope/London",
    ]


def test_usage_over_a_day_is_not_dropped_without_a_word(tmp_path: Path) -> None:
    done("usage-points", "add", "HOME", *LONDON)
    file = tmp_path / "mixed.csv"
    rows = ["2025-06-01T00:00Z,2025-06-01T01:00Z,1", "2025-06-02T00:00Z,2025-06-04T00:00Z,9"]
    file.write_text("start,end,kwh\n" + "\n".join(rows) + "\n")
    result = call("readings", "import", file, "--usage-point", "HOME")
    assert result.exception is None
    assert "1 readings over a day and longer are left out" in result.stderr


def test_what_cannot_be_stored_is_refused_and_leaves_nothing(
    file: Path, tmp_path: Path, intervals: Path
) -> None:
    done("usage-points", "add", "HOME", *LONDON)
    broken = tmp_path / "broken.csv"
    broken.write_text(file.read_text() + "2025-04-01T00:00Z,many\n")
    daily = tmp_path / "daily.csv"
    daily.write_text("start,end,kwh\n2025-06-01T00:00Z,2025-06-02T00:00Z,9\n")
    for refusal, arguments in (
        (UsagePointsUnknown, (file,)),
        (UsagePointUnknown, (file, "--usage-point", "NOBODY")),
        (DaysOfAnotherZone, (file, "--usage-point", "HOME", "--timezone", "UTC")),
        (UnknownTimeZone, (file, "--usage-point", "HOME", "--timezone", "Nowhere/Else")),
        (UnreadableReadings, (broken, "--usage-point", "HOME")),
        (UnreadableReadings, (tmp_path / "none.csv", "--usage-point", "HOME")),
        (NothingToStore, (daily, "--usage-point", "HOME")),
    ):
        assert isinstance(call("readings", "import", *arguments).exception, refusal)
    assert not list(intervals.rglob("*.parquet"))


def test_a_usage_point_is_added_whole_or_not_at_all() -> None:
    wrong = call("usage-points", "add", "two words", *LONDON).exception
    assert isinstance(wrong, ReferenceMalformed)
    wrong = call("usage-points", "add", "A", "--address", "x", "--timezone", "Mars").exception
    assert isinstance(wrong, TimeZoneUnknown)
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize("time", ["yesterday", "2025-07-01T12:00"])
def test_an_instant_has_an_offset(time: str) -> None:
    day = ("--from", "2025-06-01", "--to", "2025-06-01")
    result = call("readings", "show", "--usage-point", "HOME", *day, "--as-of", time)
    assert result.exit_code == 2
    assert "with its offset" in result.stderr
