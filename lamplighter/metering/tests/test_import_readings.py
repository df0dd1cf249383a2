import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from lamplighter.customers import actions as customers
from lamplighter.customers.queries import UsagePointUnknown
from lamplighter.metering import actions
from lamplighter.metering.actions.import_readings import (
    DaysOfAnotherZone,
    ReadingsFile,
    SeveralUsagePoints,
)
from lamplighter.metering.actions.storing_readings import (
    ChannelMalformed,
    ImportedReadings,
    NothingToStore,
    UsagePointsUnknown,
)
from lamplighter.metering.domain.versions import IntervalCounts
from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import IntervalFile, ReadingImport
from lamplighter.metering.ports.interval_plane import IntervalPlane
from lamplighter.metering.queries.files import blocks_in
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.days import JUNE_1, Day, blocks, seen
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
YEAR = (date(2025, 1, 1), date(2026, 1, 1))
FILE = ReadingsFile(name="june.csv", sha256="0" * 64, format="csv", time_zone="UTC")


def named(name: str, **day: Any) -> Any:
    """A batch of one day, of a usage point as the file names it."""
    return blocks(Day(point=name, **{"values": [1, 2], **day}))  # type: ignore[arg-type]


def stored(*batches: Any, at: datetime = NOON, **more: Any) -> ImportedReadings:
    return actions.import_readings(
        **{"blocks": batches, "file": FILE, "by": "test", "at": at, **more}
    )


def test_a_file_is_stored_with_its_event_its_row_and_its_line(
    plane: IntervalPlane, home: UUID
) -> None:
    done = stored(named("UP1"), named("UP1", day=JUNE_1 + timedelta(days=1)))
    assert done.counts == IntervalCounts(new=4)
    assert len(seen(plane.read(days=YEAR, usage_points=[home]))) == 2
    event = MeterDataChanged.from_json(OutboxEvent.objects.latest("id").data)
    assert event == MeterDataChanged(
        usage_point_id=home,
        channel="import",
        first_day=JUNE_1,
        last_day=JUNE_1 + timedelta(days=1),
        recorded_at=NOON,
    )
    row = ReadingImport.objects.get()
    assert (row.name, row.usage_points, row.intervals_new) == ("june.csv", 1, 4)
    line = AuditLine.objects.latest("id")
    assert (line.action, line.detail["new"]) == ("metering.import_readings", 4)


def test_the_same_file_again_stores_nothing_and_tells_nobody(
    plane: IntervalPlane, home: UUID
) -> None:
    stored(named("UP1"))
    files, events = IntervalFile.objects.count(), OutboxEvent.objects.count()
    again = stored(named("UP1"), at=NOON + timedelta(hours=1))
    assert again.counts == IntervalCounts(unchanged=2)
    assert (IntervalFile.objects.count(), OutboxEvent.objects.count()) == (files, events)


def test_several_usage_points_are_found_by_their_references(
    plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    points = [new_usage_point() for _ in range(3)]
    done = stored(*(named(f"UP{n + 1}", values=[n]) for n in range(3)))
    assert done.usage_points == 3
    for n, point in enumerate(points):
        assert seen(plane.read(days=YEAR, usage_points=[point])) == {("import", JUNE_1): [n]}


def test_a_file_of_one_usage_point_may_be_said_to_be_of_another(
    plane: IntervalPlane, home: UUID
) -> None:
    stored(named("whatever it says"), usage_point="UP1")
    assert len(seen(plane.read(days=YEAR, usage_points=[home]))) == 1


def test_it_is_refused_if_it_is_not_clear_whose_readings_these_are(
    plane: IntervalPlane, home: UUID
) -> None:
    with pytest.raises(UsagePointsUnknown, match=r"NMI7.*usage-points add"):
        stored(named("UP1"), named("NMI7"))
    with pytest.raises(UsagePointsUnknown, match="--usage-point"):
        stored(named(""))
    with pytest.raises(SeveralUsagePoints, match="A, B"):
        stored(named("A"), named("B"), usage_point="UP1")
    with pytest.raises(UsagePointUnknown):
        stored(named("A"), usage_point="UP9")
    assert not IntervalFile.objects.exists()


def test_days_of_another_zone_are_refused(
    plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    new_usage_point(time_zone="Australia/Sydney")
    with pytest.raises(DaysOfAnotherZone, match="Read it in Australia/Sydney"):
        stored(named("UP1"))


def test_a_channel_has_a_name(plane: IntervalPlane, home: UUID) -> None:
    for channel in ("", "x" * 65, "E1\x1f"):
        with pytest.raises(ChannelMalformed):
            stored(named("UP1", channel=channel))


def test_a_file_without_interval_readings_is_refused(plane: IntervalPlane, home: UUID) -> None:
    with pytest.raises(NothingToStore):
        stored(named("UP1", values=[None, None]))
    with pytest.raises(NothingToStore):
        stored()
    assert not ReadingImport.objects.exists()


def test_a_file_that_is_wrong_at_its_end_is_not_stored_at_all(
    plane: IntervalPlane, home: UUID
) -> None:
    def breaks_off() -> Iterator[Any]:
        yield named("UP1")
        raise NothingToStore

    lines = AuditLine.objects.count()
    with pytest.raises(NothingToStore):
        stored(blocks=breaks_off())
    assert list(plane.read(days=YEAR)) == []
    assert AuditLine.objects.count() == lines


def test_the_number_of_statements_does_not_grow_with_the_file(
    plane: IntervalPlane,
    home: UUID,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    days = [Day(point=home, day=JUNE_1 + timedelta(days=n), values=[n]) for n in range(100)]
    with django_assert_max_num_queries(25):
        plane.append([blocks(day) for day in days], at=NOON)


def test_a_real_file_of_many_usage_points_is_stored_to_the_last_reading(
    plane: IntervalPlane, shared_data: Path
) -> None:
    expected = next(
        one
        for one in json.loads((shared_data / "meters/expected_nem.json").read_text())
        if one["file"].endswith("Example_NEM12_ManyNMIs.zip")
    )
    zone = "Australia/Brisbane"
    place = customers.add_service_location(
        address="1 High Street", time_zone=zone, by="test", at=NOON
    )
    names = {
        str(
            customers.add_usage_point(
                service_location_id=place,
                reference=reference,
                commodity="electricity",
                by="test",
                at=NOON,
            )
        ): reference
        for reference in {key.split("/")[0] for key in expected["totals"]}
    }
    path = shared_data / "meters" / expected["file"]
    done = stored(
        blocks=blocks_in(path, time_zone=zone),
        file=ReadingsFile(name=path.name, sha256="0" * 64, format="auto", time_zone=zone),
    )
    assert done.usage_points == len(names) == 99
    assert done.counts == IntervalCounts(new=sum(expected["counts"].values()))
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for batch in plane.read(days=(date(1990, 1, 1), date(2030, 1, 1))):
        for row in batch.to_pylist():
            key = f"{names[row['usage_point']]}/{row['channel']}"
            totals[key] += Decimal(sum(row["values"])).scaleb(row["exponent"])
    assert totals == {key: Decimal(str(total)) for key, total in expected["totals"].items()}
