from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from pytest_django import Settings

from lamplighter.metering.adapters.interval_plane import compaction
from lamplighter.metering.adapters.interval_plane.appending import STALE_AFTER
from lamplighter.metering.adapters.interval_plane.layout import write
from lamplighter.metering.domain.stored_blocks import unpack
from lamplighter.metering.models import IntervalFile
from lamplighter.metering.ports.interval_plane import IntervalPlane
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.days import JUNE_1, Day, blocks, seen

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUNE = (date(2025, 6, 1), date(2025, 7, 1))


def test_a_month_of_daily_files_becomes_one(plane: IntervalPlane, home: UUID) -> None:
    for n in range(30):
        plane.append([blocks(Day(point=home, day=JUNE_1 + n * DAY, values=[n]))], at=NOON)
    before = seen(plane.read(days=JUNE))
    done = plane.compact(at=NOON)
    assert (done.partitions, done.files_before, done.files_after) == (1, 30, 1)
    assert seen(plane.read(days=JUNE)) == before
    assert len(before) == 30
    assert plane.compact(at=NOON).partitions == 0


def test_every_version_outlives_compaction(plane: IntervalPlane, home: UUID) -> None:
    for n in range(4):
        plane.append([blocks(Day(point=home, values=[n, n, 7, n]))], at=NOON + n * HOUR)
        if n in (1, 2):
            plane.compact(at=NOON + n * HOUR)
    other = ("import", JUNE_1 + DAY)
    plane.append([blocks(Day(point=home, day=other[1], values=[8]))], at=NOON + DAY)
    plane.compact(at=NOON + DAY)
    known = [seen(plane.read(days=JUNE, as_of=NOON + n * HOUR)) for n in range(4)]
    assert [day["import", JUNE_1] for day in known] == [[n, n, 7, n] for n in range(4)]
    assert not any(other in days for days in known)
    assert seen(plane.read(days=JUNE))[other] == [8]
    assert sorted(IntervalFile.objects.filter(replaced_at=None).values_list("role", "rows")) == [
        ("current", 2),
        ("history", 3),
    ]
    versions = plane.versions(usage_point=home, channel="import", day=JUNE_1)
    assert [values[0] for values in versions["values"].to_pylist()] == [0, 1, 2, 3]


def test_a_large_partition_is_compacted_in_parts(
    plane: IntervalPlane, new_usage_point: NewUsagePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_ROWS_AT_ONCE", 5)
    points = [new_usage_point() for _ in range(48)]
    for n in (1, 0):
        days = (JUNE_1 + (2 * n + m) * DAY for m in range(2))
        plane.append(
            [blocks(*(Day(point=p, day=d, values=[n]) for d in days for p in points))],
            at=NOON + n * HOUR,
        )
    plane.compact(at=NOON)
    files = list(IntervalFile.objects.filter(replaced_at=None))
    assert len({file.bucket for file in files}) == len(files)
    assert sum(file.rows for file in files) == 48 * 4
    assert max(file.rows for file in files) > 5
    rows = [row for batch in plane.read(days=JUNE) for row in batch.to_pylist()]
    assert len(rows) == 48 * 4
    assert sum(a["usage_point"] != b["usage_point"] for a, b in pairwise(rows)) == 47


def test_what_was_replaced_is_deleted_a_day_later(
    plane: IntervalPlane, home: UUID, settings: Settings
) -> None:
    for n in range(2):
        plane.append([blocks(Day(point=home, day=JUNE_1 + n * DAY, values=[n]))], at=NOON)
    plane.compact(at=NOON)
    reading_on = IntervalFile.objects.exclude(replaced_at=None)
    assert reading_on.count() == 2
    assert plane.compact(at=NOON + DAY - HOUR).deleted == 0
    assert plane.compact(at=NOON + DAY + HOUR).deleted == 2
    assert not reading_on.exists()
    assert len(_parquet_files(settings)) == 1


def test_files_that_no_transaction_named_are_swept_a_day_later(
    plane: IntervalPlane, home: UUID, settings: Settings
) -> None:
    with plane.prepare([blocks(Day(point=home, values=[1]))], at=NOON):
        [waiting] = _parquet_files(settings)
        assert plane.compact(at=datetime.now(UTC) + STALE_AFTER).deleted == 0
        assert waiting.exists()
        assert plane.compact(at=datetime.now(UTC) + 2 * DAY).deleted == 1
        assert not waiting.exists()
        waiting.touch()


def test_of_two_compactions_at_once_one_stands_back(
    plane: IntervalPlane, home: UUID, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(2):
        plane.append([blocks(Day(point=home, day=JUNE_1 + n * DAY, values=[n]))], at=NOON)

    def overtaken(*args: Any, **kwargs: Any) -> IntervalFile | None:
        monkeypatch.setattr(compaction, "write", write)
        plane.compact(at=NOON)
        return write(*args, **kwargs)

    monkeypatch.setattr(compaction, "write", overtaken)
    assert plane.compact(at=NOON).partitions == 0
    assert len(_parquet_files(settings)) == 3
    assert len(seen(plane.read(days=JUNE))) == 2


def test_a_compact_file_has_whole_row_groups_in_order(
    plane: IntervalPlane, home: UUID, settings: Settings
) -> None:
    plane.append([blocks(Day(point=home, day=JUNE_1 + DAY, values=[2]))], at=NOON)
    plane.append([blocks(Day(point=home, values=[1]))], at=NOON)
    plane.compact(at=NOON)
    live = IntervalFile.objects.get(replaced_at=None)
    [path] = [path for path in _parquet_files(settings) if path.stem == str(live.id)]
    assert pq.read_metadata(path).num_row_groups == 1
    [rows] = pq.read_table(path, partitioning=None).to_batches()
    assert unpack(rows)["values"].to_pylist() == [[1], [2]]
    assert path.stat().st_size == live.size_bytes


def _parquet_files(settings: Settings) -> list[Path]:
    home: Path = settings.LAMPLIGHTER_INTERVALS
    return list(home.rglob("*.parquet"))
