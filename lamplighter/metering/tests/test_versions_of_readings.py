"""Versions, against the plainest model there is: of each interval, a list of what was told when."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.refusals import ConflictingReadings
from lamplighter.metering.domain.versions import (
    DayReshaped,
    IntervalCounts,
    ReadingTooLarge,
)
from lamplighter.metering.ports.interval_plane import Appended, IntervalPlane
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.metering.tests.days import JUNE_1, A, Day, E, blocks, seen

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAYS = [date(2025, 5, 31), date(2025, 6, 1), date(2025, 6, 2)]
YEAR = (date(2025, 1, 1), date(2026, 1, 1))
STEPS = 4
Interval = tuple[str, date, int]
Known = tuple[datetime, int, Quality]

readings = st.one_of(
    st.just((0, Quality.MISSING)),
    st.tuples(st.integers(0, 2), st.sampled_from([A, E])),
)
tellings = st.dictionaries(
    st.tuples(st.sampled_from(["E1", "B1"]), st.sampled_from(DAYS)),
    st.lists(readings, min_size=STEPS, max_size=STEPS),
    min_size=1,
)


@dataclass(frozen=True)
class Compact:
    """Let compaction run."""


class Model:
    """What a plane of one usage point knows."""

    def __init__(self) -> None:
        self.told: dict[Interval, list[Known]] = defaultdict(list)

    def tell(self, telling: dict[tuple[str, date], Any], *, at: datetime) -> IntervalCounts:
        counts = IntervalCounts()
        for (channel, day), values in telling.items():
            for number, (value, quality) in enumerate(values):
                if quality != Quality.MISSING:
                    known = self.told[channel, day, number]
                    counts += _counted(known, value, quality)
                    if not known or known[-1][1:] != (value, quality):
                        known.append((at, value, quality))
        return counts

    def known_at(self, at: datetime) -> dict[Interval, tuple[int, Quality]]:
        return {
            interval: [known for known in versions if known[0] <= at][-1][1:]
            for interval, versions in self.told.items()
            if versions[0][0] <= at
        }


def _counted(known: list[Known], value: int, quality: Quality) -> IntervalCounts:
    if not known:
        return IntervalCounts(new=1)
    same = known[-1][1:] == (value, quality)
    return IntervalCounts(unchanged=1) if same else IntervalCounts(changed=1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(st.one_of(tellings, st.just(Compact())), min_size=1, max_size=7))
def test_every_version_is_as_it_was_told(
    history: list[Any], plane: IntervalPlane, new_usage_point: NewUsagePoint
) -> None:
    home, model, times = new_usage_point(), Model(), [NOON - MINUTE]
    for number, step in enumerate(history):
        at = NOON + number * MINUTE
        if isinstance(step, Compact):
            plane.compact(at=at)
        else:
            appended = _tell(plane, home, step, at=at)
            assert appended.counts == model.tell(step, at=at)
            times.append(at)
    for at in times:
        assert _known_at(plane, home, at) == model.known_at(at)
    assert _known_at(plane, home, None) == model.known_at(times[-1])


def _tell(plane: IntervalPlane, home: UUID, telling: Any, *, at: datetime) -> Appended:
    days = [
        Day(
            point=home,
            channel=channel,
            day=day,
            values=[value for value, _ in values],
            quality=[quality for _, quality in values],
        )
        for (channel, day), values in telling.items()
    ]
    # Each day in a batch of its own, in whatever order: files come as they come.
    return plane.append([blocks(day) for day in days], at=at)


def _known_at(
    plane: IntervalPlane, home: UUID, at: datetime | None
) -> dict[Interval, tuple[int, Quality]]:
    return {
        (row["channel"], row["local_day"], number): (value, Quality(quality))
        for batch in plane.read(days=YEAR, usage_points=[home], as_of=at)
        for row in batch.to_pylist()
        for number, (value, quality) in enumerate(zip(row["values"], row["quality"], strict=True))
        if quality != Quality.MISSING
    }


def test_the_same_quantity_in_another_unit_or_precision_is_the_same_reading(
    plane: IntervalPlane, home: UUID
) -> None:
    plane.append([blocks(Day(point=home, values=[1500, 2000], unit="Wh"))], at=NOON)
    again = plane.append(
        [blocks(Day(point=home, values=[15, 20], unit="kWh", exponent=-1))], at=NOON + MINUTE
    )
    assert again.counts == IntervalCounts(unchanged=2)


def test_a_finer_reading_is_kept_exactly(plane: IntervalPlane, home: UUID) -> None:
    plane.append([blocks(Day(point=home, values=[15, 20], exponent=2))], at=NOON)
    plane.append([blocks(Day(point=home, values=[None, 20005], exponent=-1))], at=NOON + MINUTE)
    [batch] = plane.read(days=YEAR)
    assert batch["exponent"].to_pylist() == [-1]
    assert batch["values"].to_pylist() == [[15000, 20005]]


def test_a_reading_that_does_not_fit_is_refused(plane: IntervalPlane, home: UUID) -> None:
    plane.append([blocks(Day(point=home, values=[2**60, 1]))], at=NOON)
    finer = blocks(Day(point=home, values=[None, 1], exponent=-3))
    with pytest.raises(ReadingTooLarge, match="2025-06-01 of channel import"):
        plane.append([finer], at=NOON + MINUTE)


def test_a_day_may_be_told_anew_in_other_steps_but_not_in_part(
    plane: IntervalPlane, home: UUID
) -> None:
    plane.append([blocks(Day(point=home, values=[10, 20], step_s=43_200))], at=NOON)
    with pytest.raises(DayReshaped, match="2 intervals of 43200 s import in Wh"):
        plane.append([blocks(Day(point=home, values=[5, 5, 10, None]))], at=NOON + MINUTE)
    anew = plane.append([blocks(Day(point=home, values=[5, 5, 10, 10]))], at=NOON + MINUTE)
    assert anew.counts == IntervalCounts(changed=4)
    assert seen(plane.read(days=YEAR)) == {("import", JUNE_1): [5, 5, 10, 10]}
    assert seen(plane.read(days=YEAR, as_of=NOON)) == {("import", JUNE_1): [10, 20]}


def test_a_day_in_pieces_is_put_together(plane: IntervalPlane, home: UUID) -> None:
    pieces = [[1, None, None], [None, 2, None], [None, None, 3], [1, 2, None]]
    appended = plane.append(
        [blocks(*(Day(point=home, values=values) for values in pieces))], at=NOON
    )
    assert appended.counts == IntervalCounts(new=3)
    assert seen(plane.read(days=YEAR)) == {("import", JUNE_1): [1, 2, 3]}


def test_a_source_that_contradicts_itself_is_refused_whole(
    plane: IntervalPlane, home: UUID
) -> None:
    good = Day(point=home, day=date(2025, 1, 1), values=[1])
    with pytest.raises(ConflictingReadings, match="interval 2, is told twice"):
        plane.append(
            [
                blocks(good, Day(point=home, values=[1, 2])),
                blocks(Day(point=home, values=[1, 3])),
            ],
            at=NOON,
        )
    assert list(plane.read(days=YEAR)) == []
