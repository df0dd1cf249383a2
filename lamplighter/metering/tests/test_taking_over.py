"""Many meters and readings at once, as a utility brings them from another system."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from lamplighter.customers.queries import UsagePointUnknown
from lamplighter.kernel import Period
from lamplighter.metering import actions
from lamplighter.metering.actions import NewMeter, TakenReading
from lamplighter.metering.actions.add_meter import BadMeter, MeterAlreadyKnown
from lamplighter.metering.actions.installing import (
    ChannelAlreadyMeasured,
    CommodityDiffers,
    InTheFuture,
    RemovedBeforeInstalled,
)
from lamplighter.metering.actions.reading_registers import RegisterUnknown
from lamplighter.metering.actions.record_register_reading import NotInstalledThen
from lamplighter.metering.actions.storing_readings import (
    ChannelMalformed,
    NothingToStore,
    UsagePointsUnknown,
)
from lamplighter.metering.actions.take_over_register_readings import ReadLater
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import (
    BadRegisterReading,
    Dials,
    RegisterPlan,
    RegisterRunsBackwards,
)
from lamplighter.metering.events import MeterDataChanged, MeterInstalled, MeterRemoved
from lamplighter.metering.models import (
    Installation,
    IntervalFile,
    Meter,
    ReadingImport,
    RegisterReading,
)
from lamplighter.metering.ports.interval_plane import IntervalPlane
from lamplighter.metering.queries.meters import meters_at
from lamplighter.metering.queries.register_usage import register_usage
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.days import JUNE_1, Day, blocks, seen
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPRING, SUMMER = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
YEAR = Period(datetime(2025, 1, 1, tzinfo=UTC), NOW)
DAYS = (date(2025, 1, 1), date(2026, 1, 1))
Told = Callable[[], list[Any]]


def register(channel: str = "E1", **dials: Any) -> RegisterPlan:
    return RegisterPlan(
        channel=channel,
        flow="import",
        unit="kWh",
        dials=Dials(**{"dials": 5, "decimals": 1, **dials}),
    )


def meter(point: UUID, serial: str = "1", **other: Any) -> NewMeter:
    asked = {
        "make": "Aster",
        "commodity": "electricity",
        "registers": (register(),),
        "installed_at": SPRING,
    }
    return NewMeter(serial=serial, usage_point_id=point, **{**asked, **other})


def taken_over(*meters: NewMeter, at: datetime = NOW) -> list[UUID]:
    return actions.take_over_meters(meters, by="test", at=at)


def reading(key: UUID, day: int, shown: str, **other: Any) -> TakenReading:
    read_at = datetime(2025, 6, day, tzinfo=UTC)
    asked = {"channel": "E1", "read_at": read_at, **other}
    return TakenReading(meter_id=key, shown=Decimal(shown), **asked)


def read(*readings: TakenReading, at: datetime = NOW) -> int:
    return actions.take_over_register_readings(readings, source="round 6", by="test", at=at)


def events(kind: type[Any]) -> list[Any]:
    rows = OutboxEvent.objects.filter(name=kind.name).order_by("id")
    return [kind.from_json(row.data) for row in rows]


def test_meters_hang_where_they_are_said_to(new_usage_point: NewUsagePoint) -> None:
    home, shop = new_usage_point(), new_usage_point()
    old, new, other = taken_over(
        meter(home, "1", removed_at=SUMMER),
        meter(home, "2", installed_at=SUMMER),
        meter(shop, "3", registers=(register("E1"), register("B1"))),
    )
    there = meters_at(usage_point_id=home, period=YEAR)
    assert [(one.meter_id, one.installed_at, one.removed_at) for one in there] == [
        (old, SPRING, SUMMER),
        (new, SUMMER, None),
    ]
    (one,) = meters_at(usage_point_id=shop, period=YEAR)
    assert one.meter_id == other
    assert sorted(plan.channel for plan in one.registers) == ["B1", "E1"]
    assert there[0].registers == (register(),)


def test_taking_meters_over_is_told_and_leaves_one_line(new_usage_point: NewUsagePoint) -> None:
    home, shop = new_usage_point(), new_usage_point()
    lines = AuditLine.objects.count()
    old, new = taken_over(meter(home, "1", removed_at=SUMMER), meter(shop, "2"))
    assert events(MeterInstalled) == [
        MeterInstalled(meter_id=old, usage_point_id=home, installed_at=SPRING),
        MeterInstalled(meter_id=new, usage_point_id=shop, installed_at=SPRING),
    ]
    assert events(MeterRemoved) == [
        MeterRemoved(meter_id=old, usage_point_id=home, removed_at=SUMMER)
    ]
    assert AuditLine.objects.count() == lines + 1
    line = AuditLine.objects.latest("id")
    assert (line.action, line.detail) == ("metering.take_over_meters", {"count": 2})


@pytest.mark.parametrize(
    ("wrong", "no"),
    [
        ({"serial": ""}, BadMeter),
        ({"registers": (register(dials=0),)}, BadMeter),
        ({"commodity": "gas"}, CommodityDiffers),
        ({"removed_at": SPRING}, RemovedBeforeInstalled),
        ({"installed_at": NOW + timedelta(days=1)}, InTheFuture),
        ({"usage_point_id": UUID(int=1)}, UsagePointUnknown),
    ],
)
def test_a_meter_that_cannot_be_is_named_by_its_row(
    wrong: dict[str, Any], no: type[Exception], new_usage_point: NewUsagePoint
) -> None:
    first, second = new_usage_point(), new_usage_point()
    bad = {**{each: getattr(meter(second), each) for each in NewMeter.__slots__}, **wrong}
    with pytest.raises(no) as refused:
        taken_over(meter(first, "7"), NewMeter(**bad))
    assert refused.value.places[0].row == 2  # type: ignore[attr-defined]
    assert not Meter.objects.exists()


def test_a_meter_that_is_known_undoes_all_of_them(new_usage_point: NewUsagePoint) -> None:
    home, shop = new_usage_point(), new_usage_point()
    taken_over(meter(home))
    with pytest.raises(MeterAlreadyKnown):
        taken_over(meter(shop, "2"), meter(shop, "1"))
    assert Meter.objects.count() == 1


def test_one_channel_is_measured_once_at_a_time(home: UUID) -> None:
    with pytest.raises(ChannelAlreadyMeasured):
        taken_over(meter(home, "1"), meter(home, "2", installed_at=SUMMER))
    assert not Installation.objects.exists()


def test_readings_of_registers_follow_what_is_known(home: UUID) -> None:
    (key,) = taken_over(meter(home))
    assert read(reading(key, 1, "100.0"), reading(key, 10, "150.5")) == 2
    read(reading(key, 20, "200.0", quality=Quality.ESTIMATED))
    used = register_usage(usage_point_id=home, channel="E1", period=YEAR)
    assert [(one.used.value, one.quality) for one in used] == [
        (Decimal("50.5"), Quality.ACTUAL),
        (Decimal("49.5"), Quality.ESTIMATED),
    ]
    assert [(e.first_day, e.last_day) for e in events(MeterDataChanged)] == [
        (date(2025, 6, 1), date(2025, 6, 10)),
        (date(2025, 6, 10), date(2025, 6, 20)),
    ]
    row = RegisterReading.objects.latest("at")
    assert (row.count, row.source, row.recorded_at) == (2000, "round 6", NOW)
    line = AuditLine.objects.latest("id")
    assert line.detail == {"count": 1, "source": "round 6"}


def test_a_register_may_roll_over_if_somebody_says_so(home: UUID) -> None:
    (key,) = taken_over(meter(home))
    with pytest.raises(RegisterRunsBackwards):
        read(reading(key, 1, "99950.0"), reading(key, 2, "50.0"))
    read(reading(key, 1, "99950.0"), reading(key, 2, "50.0", rolled_over=True))
    (used,) = register_usage(usage_point_id=home, channel="E1", period=YEAR)
    assert used.used.value == 100


def test_the_first_reading_at_another_meter_does_not_follow_the_last_one(home: UUID) -> None:
    change = datetime(2025, 6, 15, tzinfo=UTC)
    old, new = taken_over(
        meter(home, "1", removed_at=change), meter(home, "2", installed_at=change)
    )
    read(reading(old, 1, "900.0"), reading(old, 15, "930.0"))
    read(reading(new, 15, "0.0"), reading(new, 30, "20.0"))
    used = register_usage(usage_point_id=home, channel="E1", period=YEAR)
    assert [one.used.value for one in used] == [30, 20]


def test_readings_that_cannot_be_are_refused_all_together(home: UUID) -> None:
    (key,) = taken_over(meter(home))
    read(reading(key, 5, "10.0"))
    for wrong, no in (
        (reading(key, 5, "11.0"), ReadLater),
        (reading(key, 4, "9.0"), ReadLater),
        (reading(key, 9, "11.0", channel="E9"), RegisterUnknown),
        (reading(uuid4(), 9, "11.0"), RegisterUnknown),
        (reading(key, 9, "11.0", read_at=YEAR.start, channel="E1"), ReadLater),
        (reading(key, 9, "11.0", read_at=NOW + timedelta(days=1)), InTheFuture),
        (reading(key, 9, "11.03"), BadRegisterReading),
    ):
        with pytest.raises(no):
            read(reading(key, 8, "10.5"), wrong)
    assert RegisterReading.objects.count() == 1


def test_a_register_is_not_read_before_its_meter_hangs(home: UUID) -> None:
    (key,) = taken_over(meter(home, installed_at=SUMMER))
    with pytest.raises(NotInstalledThen):
        read(reading(key, 5, "10.0"))


def test_the_number_of_statements_does_not_grow_with_the_meters(
    new_usage_point: NewUsagePoint, django_assert_max_num_queries: Any
) -> None:
    points = [new_usage_point() for _ in range(60)]
    few = 25 if connection.vendor == "sqlite" else 30
    with django_assert_max_num_queries(few):
        keys = taken_over(*(meter(point, str(n)) for n, point in enumerate(points)))
    with django_assert_max_num_queries(few):
        read(*(reading(key, 1, "1.0") for key in keys))


def test_blocks_are_taken_over_with_their_events_their_row_and_their_line(
    plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    home, shop = new_usage_point(), new_usage_point()
    told = [blocks(Day(point=home, values=[1, 2]), Day(point=shop, values=[3, None]))]
    done = actions.take_over_readings(told, source="head-end", by="test", at=NOW)
    assert (done.usage_points, done.counts.new) == (2, 3)
    assert seen(plane.read(days=DAYS, usage_points=[shop])) == {("import", JUNE_1): [3, None]}
    assert {event.usage_point_id for event in events(MeterDataChanged)} == {home, shop}
    row = ReadingImport.objects.get()
    assert (row.name, row.format, row.sha256, row.intervals_new) == ("head-end", "blocks", "", 3)
    line = AuditLine.objects.latest("id")
    assert (line.action, line.detail["new"]) == ("metering.take_over_readings", 3)


def test_nobody_is_told_where_nobody_can_have_used_anything(
    plane: IntervalPlane, home: UUID
) -> None:
    told = [blocks(Day(point=home, values=[1, 2]))]
    actions.take_over_readings(told, source="head-end", tell=False, by="test", at=NOW)
    assert seen(plane.read(days=DAYS)) == {("import", JUNE_1): [1, 2]}
    assert not events(MeterDataChanged)


def test_the_same_blocks_again_change_nothing(plane: IntervalPlane, home: UUID) -> None:
    told = [blocks(Day(point=home, values=[1, 2]))]
    actions.take_over_readings(told, source="head-end", by="test", at=NOW)
    again = actions.take_over_readings(told, source="head-end", by="test", at=NOW)
    assert (again.counts.new, again.counts.unchanged) == (0, 2)
    assert IntervalFile.objects.count() == 1
    assert len(events(MeterDataChanged)) == 1


def test_blocks_of_nobody_are_refused(plane: IntervalPlane, home: UUID) -> None:
    stranger = UUID(int=1)
    for told, no in (
        ([Day(point=home, values=[1]), Day(point=stranger, values=[1])], UsagePointsUnknown),
        ([Day(point="UP1", values=[1])], UsagePointsUnknown),  # type: ignore[arg-type]
        ([Day(point=home, values=[1], channel="")], ChannelMalformed),
        ([Day(point=home, values=[None])], NothingToStore),
    ):
        with pytest.raises(no):
            actions.take_over_readings([blocks(*told)], source="x", by="test", at=NOW)
    assert not IntervalFile.objects.exists()
