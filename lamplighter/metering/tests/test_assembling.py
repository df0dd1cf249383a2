from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.assembling import Assembling
from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.metering.domain.readings import Series, Usage
from lamplighter.metering.domain.refusals import (
    IntervalsDoNotFitTheDay,
    TooManyDigits,
    UnitNotStated,
)

A = Series("A", "import", "import", "kWh")


def usage(
    start: str, values: list[int], *, step: int = 1800, exponent: int = -3, series: Series = A
) -> Usage:
    n = len(values)
    begin = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp())
    return Usage(
        series=(series,),
        of=np.zeros(n, np.int32),
        start_s=begin + step * np.arange(n, dtype=np.int64),
        duration_s=np.full(n, step, np.int64),
        value=np.array(values, np.int64),
        exponent=np.full(n, exponent, np.int8),
        quality=np.full(n, Quality.ACTUAL, np.int8),
        row=np.arange(n, dtype=np.int64),
        version=np.zeros(n, np.int64),
    )


def blocks(*batches: Usage, zone: str = "UTC") -> list[dict[str, Any]]:
    def made() -> Iterator[Any]:
        assembling = Assembling("file", LocalDays(ZoneInfo(zone)))
        for batch in batches:
            yield from assembling.add(batch)
        yield from assembling.end()

    found = list(made())
    assert all(batch.schema == BLOCKS for batch in found)
    return [block for batch in found for block in batch.to_pylist()]


@pytest.mark.parametrize(
    ("start", "hours"),
    [("2024-03-30T23:00", 23), ("2024-10-26T22:00", 25), ("2024-06-30T22:00", 24)],
)
@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_a_day_has_as_many_values_as_it_has_intervals(start: str, hours: int, minutes: int) -> None:
    n = hours * 60 // minutes
    (block,) = blocks(usage(start, list(range(n)), step=minutes * 60), zone="Europe/Berlin")
    assert (block["values"], block["step_s"]) == (list(range(n)), minutes * 60)
    assert block["quality"] == [Quality.ACTUAL] * n


def test_intervals_that_are_not_there_are_missing() -> None:
    (block,) = blocks(usage("2024-07-01T01:00", [5]))
    assert block["values"] == [0, 0, 5, *[0] * 45]
    assert block["quality"] == [0, 0, 1, *[0] * 45]
    assert (block["local_day"], block["usage_point"]) == (date(2024, 7, 1), "A")


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_it_makes_no_difference_where_batches_begin(cuts: list[int]) -> None:
    values = list(range(1, sum(cuts) + 1))
    whole = usage("2024-07-01T05:00", values)
    parts, begin = [], 0
    for cut in cuts:
        parts.append(whole.take(np.arange(begin, begin + cut)))
        begin += cut
    assert blocks(*parts) == blocks(whole)
    assert sum(sum(block["values"]) for block in blocks(whole)) == sum(values)


def test_values_of_one_day_come_to_one_scale() -> None:
    fine, coarse = usage("2024-07-01T00:00", [1500]), usage("2024-07-01T00:30", [2], exponent=0)
    (block,) = blocks(fine, coarse)
    assert (block["values"][:2], block["exponent"]) == ([1500, 2000], -3)


def test_values_that_find_no_scale_together_are_refused() -> None:
    with pytest.raises(TooManyDigits):
        blocks(
            usage("2024-07-01T00:00", [1], exponent=-15),
            usage("2024-07-01T00:30", [10**6], exponent=0),
        )


@pytest.mark.parametrize(
    "wrong",
    [
        usage("2024-07-01T00:10", [1, 2]),
        usage("2024-07-01T00:00", [1, 2], step=25_200),
        usage("2024-07-01T23:45", [1, 2]),
    ],
)
def test_intervals_that_do_not_fit_the_day_are_refused(wrong: Usage) -> None:
    with pytest.raises(IntervalsDoNotFitTheDay):
        blocks(wrong)


def test_a_step_that_changes_within_a_day_is_refused() -> None:
    with pytest.raises(IntervalsDoNotFitTheDay):
        blocks(usage("2024-07-01T00:00", [1, 2]), usage("2024-07-01T01:00", [3], step=3600))


def test_usage_without_a_unit_is_refused() -> None:
    with pytest.raises(UnitNotStated):
        blocks(usage("2024-07-01T00:00", [1], series=Series("A", "other", "other", "")))
