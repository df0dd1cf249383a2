import json
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from lamplighter.platform import append_only, audit
from lamplighter.platform.models import Delivery, OutboxEvent
from lamplighter.site.doctor import database, settings, surroundings, work
from lamplighter.site.doctor.finding import Finding, Level, look

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def levels(findings: Iterator[Finding]) -> dict[str, str]:
    """The worst level of each topic."""
    found: dict[str, str] = {}
    for finding in sorted(findings, key=lambda each: list(Level).index(each.level)):
        found[finding.topic] = finding.level
    return found


def run(home: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("LAMPLIGHTER_")}
    return subprocess.run(
        [sys.executable, "-m", "lamplighter", *arguments],
        env={**plain, "LAMPLIGHTER_HOME": str(home), **env},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_fresh_installation_lacks_only_its_tables(tmp_path: Path) -> None:
    before = run(tmp_path / "new", "doctor", "--json")
    assert before.returncode == 1
    problems = [f for f in json.loads(before.stdout) if f["level"] == "problem"]
    assert [f["topic"] for f in problems] == ["database"]
    assert "lamplighter migrate" in problems[0]["remedy"]

    assert run(tmp_path / "new", "migrate").returncode == 0
    after = run(tmp_path / "new", "doctor")
    assert after.returncode == 0, after.stdout
    assert "problem" not in after.stdout
    assert (tmp_path / "new" / "history.sqlite3").exists()


def test_history_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    (tmp_path / "history.sqlite3").unlink()
    done = run(tmp_path, "doctor", "--json")
    problems = [f for f in json.loads(done.stdout) if f["level"] == "problem"]
    assert [(f["topic"], f["remedy"]) for f in problems] == [
        ("history", "Run: lamplighter migrate")
    ]
    assert run(tmp_path, "migrate").returncode == 0
    assert "0 bills copied" in run(tmp_path, "history", "rebuild").stdout
    assert "0 bills, all in history" in run(tmp_path, "history", "verify").stdout


def test_every_broken_setting_is_a_line_and_none_a_trace_back(tmp_path: Path) -> None:
    broken = {
        "LAMPLIGHTER_PORT": "x",
        "LAMPLIGHTER_DATABASE": "postgres://u:hidden@",
        "LAMPLIGHTER_PRODUCTION": "perhaps",
        "LAMPLIGHTER_TIME_ZONE": "Nowhere",
        "LAMPLIGHTER_LOG_FORMAT": "poem",
    }
    done = run(tmp_path, "doctor", **broken)
    assert done.returncode == 1
    assert not done.stderr
    for variable in broken:
        assert f"problem  {variable}" in done.stdout
    assert "hidden" not in done.stdout


def test_production_asks_for_more() -> None:
    production = {"LAMPLIGHTER_PRODUCTION": "yes"}
    assert levels(settings.check(production))["secret key"] == "problem"
    for weak in ("short", "ab" * 40):
        weakly = {**production, "LAMPLIGHTER_SECRET_KEY": weak}
        assert levels(settings.check(weakly))["secret key"] == "problem"
    well = {
        **production,
        "LAMPLIGHTER_SECRET_KEY": "".join(chr(40 + n) for n in range(60)),
        "LAMPLIGHTER_HOSTS": "power.example",
        "LAMPLIGHTER_DATABASE": "postgres://a:b@c/d",
        "LAMPLIGHTER_MAIL": "smtps://a:b@mail.example",
    }
    assert set(levels(settings.check(well)).values()) == {"ok"}
    assert levels(settings.check({**well, "LAMPLIGHTER_HOSTS": "*"}))["hosts"] == "problem"


def test_no_secret_is_shown() -> None:
    env = {
        "LAMPLIGHTER_SECRET_KEY": "tell" * 20,
        "LAMPLIGHTER_DATABASE": "postgres://u:tell%40@h:1/d?password=tell",
        "LAMPLIGHTER_HISTORY": "postgres://u:tell%40@h:2/d?password=tell",
        "LAMPLIGHTER_MAIL": "smtps://u:tell@mail.example",
        "LAMPLIGHTER_MASTER_KEYS": f"1:{'tell' * 10}+++=",
    }
    found = list(settings.check(env))
    assert not [f for f in found if "tell" in f.says + f.remedy]
    assert {"postgres://***@h:1/d", "postgres://***@h:2/d", "mail.example:465", "set"} <= {
        f.says for f in found
    }


def test_a_misspelt_setting_is_noticed() -> None:
    (found,) = [f for f in settings.check({"LAMPLIGHTER_PROT": "1"}) if f.level == Level.WARNING]
    assert found.remedy == "Did you mean LAMPLIGHTER_PORT?"


def test_a_home_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    assert levels(surroundings.check_home(tmp_path))["home"] == "ok"
    assert levels(surroundings.check_home(tmp_path / "not" / "yet"))["home"] == "ok"
    assert levels(surroundings.check_home(Path("/proc/lamplighter")))["home"] == "problem"


def test_a_full_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "FREE_BYTES_GOOD", 10**20)
    assert levels(surroundings.check_home(tmp_path))["disk"] == "warning"
    monkeypatch.setattr(surroundings, "FREE_BYTES_MIN", 10**19)
    assert levels(surroundings.check_home(tmp_path))["disk"] == "problem"


def test_time_zone_rules_of_long_ago_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").touch()
    (tmp_path / "tzdata.zi").write_text("# version 2019c\n")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    assert levels(surroundings.check_time_zones(NOON)) == {"time zones": "warning"}
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    assert levels(surroundings.check_time_zones(NOON)) == {"time zones": "ok"}
    assert levels(surroundings.check_time_zones(NOON.replace(year=2040))) == {
        "time zones": "warning"
    }


def test_a_clock_of_long_ago_is_a_problem() -> None:
    assert levels(surroundings.check_clock(NOON.replace(year=1970))) == {"clock": "problem"}
    assert levels(surroundings.check_clock(NOON)) == {"clock": "ok"}


def test_compiled_code_needs_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels(surroundings.check_compiled_code()) == {"compiled code": "ok"}
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/proc/lamplighter")
    assert levels(surroundings.check_compiled_code()) == {"compiled code": "warning"}


@pytest.mark.django_db
def test_the_database_of_the_tests_is_well() -> None:
    assert levels(database.check_reachable()) == {"database": "ok"}
    assert levels(database.check_tables()) == {"tables": "ok"}


@pytest.mark.django_db(databases=["history"])
def test_history_is_looked_at_as_well() -> None:
    assert levels(database.check_history()) == {"history": "ok"}
    with connections["history"].cursor() as cursor:
        for statement in append_only.unguards(connection.vendor, "history_linefact"):
            cursor.execute(statement)
    (found,) = database.check_history()
    assert (found.level, found.says.split(":")[0]) == ("problem", "history_linefact")
    with connections["history"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'history'")
    assert levels(database.check_history()) == {"history": "problem"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite")
@pytest.mark.parametrize("pragma", ["synchronous = OFF", "foreign_keys = OFF"])
def test_a_careless_sqlite_is_a_problem(pragma: str) -> None:
    assert levels(database.check_durability()) == {"sqlite": "ok"}
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
    try:
        assert levels(database.check_durability()) == {"sqlite": "problem"}
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL")
@pytest.mark.parametrize(
    ("parameter", "value", "level"),
    [
        ("synchronous_commit", "off", "warning"),
        ("TimeZone", "Asia/Kolkata", "problem"),
        ("default_transaction_isolation", "serializable", "problem"),
    ],
)
def test_a_careless_postgresql_is_noticed(parameter: str, value: str, level: str) -> None:
    says = f"{parameter.removeprefix('default_')} is {value}"
    assert not [f for f in database.check_durability() if says in f.says]
    with connection.cursor() as cursor:
        cursor.execute(f"SET {parameter} TO '{value}'")
    try:
        assert [f.level for f in database.check_durability() if says in f.says] == [level]
    finally:
        connection.close()


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no clock of its own")
def test_clocks_that_differ_are_a_problem() -> None:
    assert levels(database.check_clock(datetime.now(UTC))) == {"clocks": "ok"}
    apart = datetime.now(UTC) + timedelta(minutes=1)
    assert levels(database.check_clock(apart)) == {"clocks": "problem"}


@pytest.mark.django_db
def test_migrations_that_wait_and_that_are_unknown_are_problems() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('platform', '9999_newer', '2026-01-01')"
        )
    assert levels(database.check_tables()) == {"tables": "problem"}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'platform'")
    assert levels(database.check_tables()) == {"tables": "problem"}


@pytest.mark.django_db
def test_deliveries_that_wait_or_are_parked_are_told() -> None:
    assert set(levels(work.check_deliveries(NOON)).values()) == {"ok"}
    event = OutboxEvent.objects.create(name="a.B", data={}, published_at=NOON)
    late: dict[str, Any] = {"event": event, "due_at": NOON - timedelta(hours=1)}
    Delivery.objects.create(**late, reaction="a")
    Delivery.objects.create(**late, reaction="b", state="parked", finished_at=NOON)
    assert levels(work.check_deliveries(NOON)) == {"parked events": "warning", "worker": "warning"}


@pytest.mark.django_db
def test_a_clock_that_went_back_is_a_problem() -> None:
    OutboxEvent.objects.create(name="a.B", data={}, published_at=NOON)
    assert levels(work.check_clock(NOON)) == {}
    assert levels(work.check_clock(NOON - timedelta(hours=1))) == {"clock": "problem"}


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_audit_trail_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "LINES", 3)
    for n in range(9):
        with transaction.atomic():
            audit.record(actor="a", action="b", subject=str(n), detail={}, at=NOON)
    (found,) = work.check_audit_trail()
    assert (found.level, found.says) == ("ok", "the last 3 of 9 lines hold")


def test_a_check_that_breaks_down_is_a_finding() -> None:
    def check() -> Iterator[Finding]:
        yield Finding("a", Level.OK, "fine")
        raise ZeroDivisionError

    assert [f.level for f in look("b", check)] == ["ok", "problem"]
