from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from lamplighter.metering.adapters.interval_plane.told import Told
from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.buckets import bucket_of
from lamplighter.metering.domain.stored_blocks import STORED, unpack
from lamplighter.metering.domain.versions import IntervalCounts
from lamplighter.metering.models import IntervalFile
from lamplighter.metering.ports.interval_plane import ChannelChange, IntervalPlane
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.days import JUNE_1, A, Day, E, blocks, seen

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
JUNE = (date(2025, 6, 1), date(2025, 7, 1))


def test_what_was_stored_is_read(plane: IntervalPlane, home: UUID) -> None:
    told = blocks(Day(point=home, values=[1, 2, None, 4], quality=None))
    plane.append([told], at=NOON)
    assert list(plane.read(days=JUNE)) == [told]


def test_the_same_one_twice_changes_nothing(plane: IntervalPlane, home: UUID) -> None:
    told = blocks(Day(point=home, values=[1, 2, 3, None]))
    first = plane.append([told], at=NOON)
    again = plane.append([told], at=NOON + HOUR)
    assert first.counts == IntervalCounts(new=3)
    assert again.counts == IntervalCounts(unchanged=3)
    assert again.changes == ()
    assert IntervalFile.objects.count() == 1


def test_another_value_is_a_new_version_and_the_old_one_can_be_asked_for(
    plane: IntervalPlane, home: UUID
) -> None:
    plane.append([blocks(Day(point=home, values=[1, 2, 3, None]))], at=NOON)
    later = plane.append([blocks(Day(point=home, values=[None, 20, 3, 4]))], at=NOON + HOUR)
    assert later.counts == IntervalCounts(new=1, changed=1, unchanged=1)
    assert later.changes == (
        ChannelChange(usage_point_id=home, channel="import", first_day=JUNE_1, last_day=JUNE_1),
    )
    day = ("import", JUNE_1)
    assert seen(plane.read(days=JUNE)) == {day: [1, 20, 3, 4]}
    assert seen(plane.read(days=JUNE, as_of=NOON + HOUR)) == {day: [1, 20, 3, 4]}
    before = NOON + HOUR - timedelta(microseconds=1)
    assert seen(plane.read(days=JUNE, as_of=before)) == {day: [1, 2, 3, None]}
    assert seen(plane.read(days=JUNE, as_of=NOON - HOUR)) == {}


def test_an_estimate_that_is_confirmed_is_a_new_version(plane: IntervalPlane, home: UUID) -> None:
    plane.append([blocks(Day(point=home, values=[7], quality=[E], step_s=86_400))], at=NOON)
    confirmed = plane.append(
        [blocks(Day(point=home, values=[7], quality=[A], step_s=86_400))], at=NOON + HOUR
    )
    assert confirmed.counts == IntervalCounts(changed=1)
    versions = plane.versions(usage_point=home, channel="import", day=JUNE_1)
    assert versions["quality"].to_pylist() == [[Quality.ESTIMATED], [Quality.ACTUAL]]
    assert versions["recorded_at"].to_pylist() == [NOON, NOON + HOUR]


def test_a_day_of_23_24_or_25_hours_keeps_its_length(plane: IntervalPlane, home: UUID) -> None:
    spring, summer, autumn = date(2025, 3, 30), date(2025, 6, 1), date(2025, 10, 26)
    told = [
        blocks(
            Day(point=home, day=spring, values=range(92), step_s=900),
            Day(point=home, day=summer, values=range(96), step_s=900),
            Day(point=home, day=autumn, values=range(100), step_s=900),
        )
    ]
    plane.append(told, at=NOON)
    read = seen(plane.read(days=(date(2025, 1, 1), date(2026, 1, 1))))
    assert {day: len(values) for (_, day), values in read.items()} == {
        spring: 92,
        summer: 96,
        autumn: 100,
    }


def test_versions_stay_in_order_though_a_clock_was_put_back(
    plane: IntervalPlane, home: UUID
) -> None:
    plane.append([blocks(Day(point=home, values=[1]))], at=NOON)
    behind = plane.append([blocks(Day(point=home, values=[2]))], at=NOON - HOUR)
    assert behind.recorded_at == NOON + timedelta(microseconds=1)
    assert seen(plane.read(days=JUNE)) == {("import", JUNE_1): [2]}


def test_only_what_is_asked_for_is_read(
    plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    points = [new_usage_point() for _ in range(6)]
    days = [JUNE_1 + timedelta(days=n) for n in range(40)]
    plane.append(
        [
            blocks(
                *(Day(point=p, day=d, values=[i], channel=c) for d in days for c in ("B1", "E1"))
            )
            for i, p in enumerate(points)
        ],
        at=NOON,
    )
    first_week = (JUNE_1, JUNE_1 + timedelta(days=7))
    batches = list(
        plane.read(days=first_week, usage_points=points[1:3], channels=["E1"], columns=["values"])
    )
    assert all(batch.schema.names == ["values"] for batch in batches)
    read = sorted(v for b in batches for [v] in b["values"].to_pylist())
    assert read == [1] * 7 + [2] * 7


def test_names_may_come_as_dictionaries(plane: IntervalPlane, home: UUID) -> None:
    days = [Day(point=home, day=JUNE_1 + timedelta(days=n), values=[n]) for n in range(3)]
    plane.append([blocks(*days)], at=NOON)
    for revised in (False, True):
        if revised:
            plane.append([blocks(Day(point=home, day=JUNE_1, values=[9]))], at=NOON + HOUR)
        plain = list(plane.read(days=JUNE, columns=["channel", "unit", "values"]))
        short = list(
            plane.read(days=JUNE, columns=["channel", "unit", "values"], dictionaries=True)
        )
        assert [pa.types.is_dictionary(kind) for kind in short[0].schema.types] == [1, 1, 0]
        assert [b.to_pylist() for b in short] == [b.to_pylist() for b in plain]


def test_each_partition_is_read_in_order(
    plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    points = [new_usage_point() for _ in range(40)]
    for n in (2, 0, 1):
        day = JUNE_1 + timedelta(days=n)
        plane.append([blocks(*(Day(point=p, day=day, values=[n]) for p in points))], at=NOON)
    rows = [r for batch in plane.read(days=JUNE, buckets=range(16)) for r in batch.to_pylist()]
    assert len(rows) == 120
    changes = [a["usage_point"] != b["usage_point"] for a, b in pairwise(rows)]
    assert sum(changes) == 39
    assert [row["values"] for row in rows[:3]] == [[0], [1], [2]]


def test_nothing_is_seen_before_the_transaction_commits_and_nothing_after_it_failed(
    plane: IntervalPlane, home: UUID
) -> None:
    with plane.prepare([blocks(Day(point=home, values=[1]))], at=NOON) as prepared:
        assert list(plane.read(days=JUNE)) == []
        with suppress(ZeroDivisionError), transaction.atomic():
            prepared.commit()
            raise ZeroDivisionError
    assert list(plane.read(days=JUNE)) == []


def test_a_prepared_append_sees_what_others_stored_meanwhile(
    plane: IntervalPlane, home: UUID
) -> None:
    told = [blocks(Day(point=home, values=[1, 2, None, None]))]
    with plane.prepare(told, at=NOON) as prepared:
        plane.append([blocks(Day(point=home, values=[1, 9, 3, None]))], at=NOON + HOUR)
        with transaction.atomic():
            late = prepared.commit()
    assert late.counts == IntervalCounts(changed=1, unchanged=1)
    assert late.recorded_at > NOON + HOUR
    assert seen(plane.read(days=JUNE)) == {("import", JUNE_1): [1, 2, 3, None]}
    assert IntervalFile.objects.filter(role="current").count() == 1


def test_blocks_of_no_usage_point_are_refused_by_the_database(plane: IntervalPlane) -> None:
    plane.append([blocks(Day(point=uuid4(), values=[1]))], at=NOON)
    with pytest.raises(IntegrityError):
        connection.check_constraints()
    transaction.set_rollback(True)


def test_what_is_no_interval_block_is_a_bug(plane: IntervalPlane, home: UUID) -> None:
    wrong = [
        blocks(Day(point=home, values=[])),
        blocks(Day(point=home, values=[1, 2], quality=[A])),
        blocks(Day(point=home, values=[1], quality=[Quality.MISSING])),
        blocks(Day(point=home, values=[1], quality=[9])),  # type: ignore[list-item]
        blocks(Day(point=home, values=[1], flow="sideways")),
        blocks(Day(point=home, values=[1])).rename_columns([n.upper() for n in BLOCKS.names]),
    ]
    for batch in wrong:
        with pytest.raises(ValueError, match="no interval blocks"):
            plane.append([batch], at=NOON)


def test_any_64_bit_value_comes_back_as_it_was(plane: IntervalPlane, home: UUID) -> None:
    extremes = [2**63 - 1, -(2**63), 0, -1, 2**63 - 1, 1]
    plane.append([blocks(Day(point=home, values=extremes, quality=[A] * 6))], at=NOON)
    [batch] = plane.read(days=JUNE)
    assert batch["values"].to_pylist() == [extremes]


def test_other_engines_find_month_and_bucket_in_the_address(
    plane: IntervalPlane, home: UUID, settings: Settings
) -> None:
    plane.append([blocks(Day(point=home, values=[1, 2, 3, 4]))], at=NOON)
    table = ds.dataset(settings.LAMPLIGHTER_INTERVALS, partitioning="hive").to_table()
    assert [unpack(b.select(STORED.names))["values"].to_pylist() for b in table.to_batches()] == [
        [[1, 2, 3, 4]]
    ]
    assert table["month"].to_pylist() == ["2025-06"]
    assert table["bucket"].to_pylist() == [bucket_of(home)]


def test_a_file_that_is_missing_or_cut_short_is_named(
    plane: IntervalPlane, home: UUID, settings: Settings
) -> None:
    for month in (5, 6):
        plane.append([blocks(Day(point=home, day=date(2025, month, 1), values=[1]))], at=NOON)
    assert plane.damaged() == []
    may, june = sorted(settings.LAMPLIGHTER_INTERVALS.rglob("*.parquet"))
    may.unlink()
    june.write_bytes(june.read_bytes()[:-1])
    assert [name[:13] for name in plane.damaged()] == ["month=2025-05", "month=2025-06"]


def test_much_is_told_by_way_of_the_disk(home: UUID) -> None:
    told = [blocks(Day(point=uuid4(), values=[n])) for n in range(50)]
    kept, spilled = Told(told), Told(told, bytes_in_memory=500)
    for _ in range(2):
        for (bucket, table), (same, other) in zip(kept.buckets(), spilled.buckets(), strict=True):
            assert bucket == same
            assert sorted(table["values"].to_pylist()) == sorted(other["values"].to_pylist())
    assert kept.channels == spilled.channels
    spilled.close()
