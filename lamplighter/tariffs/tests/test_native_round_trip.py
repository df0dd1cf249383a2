"""What is written as a native document reads back as the same schedule."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from lamplighter.kernel import Place
from lamplighter.platform.canonical_json import canonical
from lamplighter.tariffs.adapters.native import read_native
from lamplighter.tariffs.adapters.native_writer import document_of
from lamplighter.tariffs.domain.clock import MONTHS, SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.domain.words import in_words
from lamplighter.tariffs.queries.files import Refused, schedules_in
from lamplighter.tariffs.tests.schedules import clocks, schedules


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schedules())
def test_a_schedule_survives_being_written_and_read(schedule: RateSchedule) -> None:
    document = document_of(schedule)
    assert read_native(document, Place()) == schedule
    stored = json.loads(canonical(document))
    assert read_native(stored, Place()) == schedule, "the order of keys means nothing"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schedules())
def test_every_schedule_can_be_said_in_words(schedule: RateSchedule) -> None:
    headings = [paragraph.heading for paragraph in in_words(schedule)]
    assert headings[1 : 1 + len(schedule.components)] == [c.name for c in schedule.components]
    assert all(line for paragraph in in_words(schedule) for line in paragraph.lines)


@settings(max_examples=50, deadline=None)
@given(clocks())
def test_a_clock_has_one_shortest_form(clock: SeasonalClock) -> None:
    seasons = [
        SeasonDays(
            season.from_month,
            season.from_day,
            tuple(clock.profiles[profile] for profile in season.profiles),
            season.name,
        )
        for season in clock.seasons
    ]
    assert SeasonalClock.of(clock.bands, seasons, clock.holidays) == clock
    assert len(set(clock.profiles)) == len(clock.profiles)


def test_the_months_are_in_their_shortest_form() -> None:
    seasons = [SeasonDays(n, 1, ((n - 1,),) * 8) for n in range(1, 13)]
    assert SeasonalClock.of(MONTHS.bands, seasons) == MONTHS


def test_every_real_record_survives_as_a_native_document(urdb_records: Path) -> None:
    read = [s for s in schedules_in(urdb_records) if not isinstance(s, Refused)]
    assert len(read) == 2387
    for schedule in read:
        assert read_native(document_of(schedule), Place()) == schedule, schedule.code
