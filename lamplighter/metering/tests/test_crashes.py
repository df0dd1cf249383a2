"""
What holds when a process that stores readings is killed, wherever that may be, and when several
store at the same time: nothing acknowledged is lost, nothing is half there.
"""

import itertools
import random
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings

from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import IntervalFile, ReadingImport
from lamplighter.metering.ports.interval_plane import IntervalPlane
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.crashing import (
    DAYS,
    NOON,
    YEAR,
    store,
    store_and_die_at_fsync,
    store_until_killed,
    values_of_all,
)
from lamplighter.metering.tests.days import Day, blocks
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.platform.tests.processes import killed_at, race, start

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, ROUNDS = 4, 8
NAMES = ["UP1", "UP2", "UP3"]


@pytest.fixture
def points(new_usage_point: NewUsagePoint, plane: IntervalPlane) -> list[UUID]:
    return [new_usage_point() for _ in NAMES]


@pytest.fixture
def home(settings: Settings) -> Path:
    path: Path = settings.LAMPLIGHTER_INTERVALS
    return path


def the_only_import(home: Path, points: list[UUID]) -> int:
    """The number of the import that is visible, which is so everywhere; 0 if there is none."""
    values = values_of_all(home, points)
    newest = ReadingImport.objects.order_by("-recorded_at").first()
    number = 0 if newest is None else int(newest.name.removesuffix(".csv"))
    assert set(values.values()) == ({number} if number else set())
    assert len(values) == (len(points) * len(DAYS) if number else 0)
    imports = ReadingImport.objects.count()
    assert OutboxEvent.objects.filter(name=MeterDataChanged.name).count() == imports * len(points)
    assert AuditLine.objects.filter(action="metering.import_readings").count() == imports
    assert all((home / path).exists() for path in _named_files())
    return number


def _named_files() -> list[str]:
    return [
        f"month={file.month:%Y-%m}/bucket={file.bucket:02}/{file.id}.parquet"
        for file in IntervalFile.objects.all()
    ]


def test_killed_after_any_statement_an_import_is_whole_or_not_there(
    points: list[UUID], home: Path, plane: IntervalPlane
) -> None:
    for statement in itertools.count(1):
        before = the_only_import(home, points)
        died = killed_at(statement, after=True, function=store, args=(home, NAMES, statement))
        assert the_only_import(home, points) == (before if died else statement)
        if not died:
            break
    assert statement > 10
    assert plane.compact(at=NOON + timedelta(days=10_000)).deleted > 0
    assert the_only_import(home, points) == statement


def test_killed_at_any_fsync_an_import_is_whole_or_not_there(
    points: list[UUID], home: Path
) -> None:
    for sync in itertools.count(1):
        process = start(partial(store_and_die_at_fsync, home, NAMES, sync, sync))
        process.join()
        if process.exitcode == 0:
            break
        assert the_only_import(home, points) == 0
    assert sync > 5
    assert the_only_import(home, points) == sync


def test_killed_after_any_statement_compaction_changes_nothing(
    points: list[UUID], home: Path
) -> None:
    for number in (1, 2, 3):
        store(home, NAMES, number)
    compact = partial(store, home, NAMES, 4, compact=True)
    for statement in itertools.count(1):
        died = killed_at(statement, after=True, function=compact, args=())
        assert the_only_import(home, points) == 3
        if not died:
            break
    assert statement > 3


def test_killed_at_any_time_what_was_acknowledged_is_there(
    points: list[UUID], home: Path, tmp_path: Path
) -> None:
    chance, noted = random.Random(25), tmp_path / "acknowledged"
    last = 0
    for _ in range(ROUNDS):
        noted.write_text("")
        process = start(partial(store_until_killed, home, NAMES, last + 1, noted))
        _wait_for(lambda: noted.stat().st_size > 0)
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.join()
        acknowledged = int(noted.read_text().split()[-1])
        # The one after the last acknowledged one may have made it, all of it.
        last = the_only_import(home, points)
        assert last >= acknowledged


def _wait_for(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.005)


def append_as_one_of_many(number: int, *, home: Path, points: list[UUID], apart: bool) -> int:
    from django.conf import settings

    from lamplighter.metering.ports.interval_plane import interval_plane

    settings.LAMPLIGHTER_INTERVALS = home
    mine = [points[number % len(points)]] if apart else points
    for n in range(ROUNDS):
        value = number * ROUNDS + n + 1
        day = DAYS[0] + timedelta(days=value) if apart else DAYS[0]
        interval_plane().append(
            [blocks(*(Day(point=point, day=day, values=[value]) for point in mine))], at=NOON
        )
    return number


@pytest.mark.parametrize("apart", [True, False], ids=["of other days", "of the same day"])
def test_four_processes_append_at_the_same_time(
    points: list[UUID], home: Path, plane: IntervalPlane, apart: bool
) -> None:
    race(partial(append_as_one_of_many, home=home, points=points, apart=apart), runners=RACERS)
    values = values_of_all(home, points)
    if apart:
        assert sorted(values.values()) == list(range(1, RACERS * ROUNDS + 1))
    else:
        # Each of them was the latest for a while, and all points changed together.
        assert len(values) == len(points)
        for point in points:
            told = plane.versions(usage_point=point, channel="import", day=DAYS[0])
            times = told["recorded_at"].to_pylist()
            assert len(set(times)) == len(times) == RACERS * ROUNDS
            assert sorted(v for [v] in told["values"].to_pylist()) == list(
                range(1, RACERS * ROUNDS + 1)
            )
        assert len(set(values.values())) == 1
    assert list(plane.read(days=YEAR))


def compact_or_append(number: int, *, home: Path, points: list[UUID]) -> int:
    from django.conf import settings

    from lamplighter.metering.ports.interval_plane import interval_plane

    settings.LAMPLIGHTER_INTERVALS = home
    for n in range(ROUNDS):
        if number < 2:
            interval_plane().compact(at=NOON)
        else:
            day = DAYS[0] + timedelta(days=n % 3)
            value = number * ROUNDS + n
            interval_plane().append(
                [blocks(Day(point=points[0], day=day, values=[value]))], at=NOON
            )
    return number


def test_compaction_and_appends_do_not_stand_in_each_others_way(
    points: list[UUID], home: Path, plane: IntervalPlane
) -> None:
    race(partial(compact_or_append, home=home, points=points), runners=4)
    plane.compact(at=NOON)
    seen = [
        value
        for n in range(3)
        for [value] in plane.versions(
            usage_point=points[0], channel="import", day=DAYS[0] + timedelta(days=n)
        )["values"].to_pylist()
    ]
    assert sorted(seen) == [number * ROUNDS + n for number in (2, 3) for n in range(ROUNDS)]
