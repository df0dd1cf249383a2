import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.readings import Notes, Series, Usage
from lamplighter.metering.domain.refusals import (
    ConflictingReadings,
    OverlappingReadings,
    TooFarOutOfOrder,
)
from lamplighter.metering.domain.settling import Settling

A, B = Series("A", "import", "import", "kWh"), Series("B", "import", "import", "kWh")

Row = tuple[Series, int, int, int]
"""Series, start, duration, value."""


def usage(rows: list[Row], *, version: int = 0, quality: int = Quality.ACTUAL) -> Usage:
    series = tuple(dict.fromkeys(row[0] for row in rows))
    n = len(rows)
    return Usage(
        series=series,
        of=np.array([series.index(row[0]) for row in rows], np.int32),
        start_s=np.array([row[1] for row in rows], np.int64),
        duration_s=np.array([row[2] for row in rows], np.int64),
        value=np.array([row[3] for row in rows], np.int64),
        exponent=np.zeros(n, np.int8),
        quality=np.full(n, quality, np.int8),
        row=np.arange(1, n + 1, dtype=np.int64),
        version=np.full(n, version, np.int64),
    )


def settled(
    *batches: Usage, strict: bool = True, most: int = 1000, notes: Notes | None = None
) -> list[Row]:
    settling = Settling("file", notes=notes or Notes(), strict=strict, most=most)
    parts = [part for batch in batches for part in settling.add(batch)] + list(settling.end())
    return [
        (part.series[of], start, duration, value)
        for part in parts
        for of, start, duration, value in zip(
            part.of, part.start_s.tolist(), part.duration_s.tolist(), part.value.tolist(),
            strict=True,
        )
    ]  # fmt: skip


@settings(deadline=None)
@given(st.permutations([(one, hour * 3600, 3600, hour) for one in (A, B) for hour in range(6)]))
def test_readings_come_out_in_order_whatever_their_order(rows: list[Row]) -> None:
    found = settled(usage(rows[:5]), usage(rows[5:]))
    assert sorted(found, key=lambda row: row[:2]) == sorted(rows, key=lambda row: row[:2])
    for one in (A, B):
        starts = [row[1] for row in found if row[0] == one]
        assert starts == sorted(starts)


def test_a_file_too_large_for_memory_is_settled_in_pieces() -> None:
    rows: list[Row] = [(A, hour * 3600, 3600, hour) for hour in range(50)]
    assert settled(*(usage(rows[n : n + 5]) for n in range(0, 50, 5)), most=8) == rows


def test_what_is_said_twice_is_noticed_between_pieces_too() -> None:
    rows: list[Row] = [(A, hour * 3600, 3600, hour) for hour in range(200)]
    twice = [row for row in rows for _ in range(2)]
    assert settled(*(usage(twice[n : n + 7]) for n in range(0, 400, 7)), most=80) == rows


def test_what_comes_long_after_its_place_is_refused() -> None:
    rows: list[Row] = [(A, hour * 3600, 3600, hour) for hour in range(1, 90)]
    with pytest.raises(TooFarOutOfOrder):
        settled(usage(rows), usage([(A, 0, 3600, 1)]), most=60)


def test_a_reading_that_says_missing_gives_way() -> None:
    known, missing = usage([(A, 0, 3600, 7)]), usage([(A, 0, 3600, 0)], quality=Quality.MISSING)
    assert settled(known, missing) == settled(missing, known) == [(A, 0, 3600, 7)]


def test_the_later_version_holds() -> None:
    old, new = usage([(A, 0, 3600, 7)], version=1), usage([(A, 0, 3600, 8)], version=2)
    notes = Notes()
    assert settled(new, old, notes=notes) == [(A, 0, 3600, 8)]
    assert notes.of(A) == ("1 readings superseded in the same file",)


def test_equal_values_at_different_scales_are_equal() -> None:
    one = usage([(A, 0, 3600, 1)])
    other = Usage(
        series=one.series, of=one.of, start_s=one.start_s, duration_s=one.duration_s,
        value=np.array([1000]), exponent=np.array([-3], np.int8), quality=one.quality,
        row=one.row, version=one.version,
    )  # fmt: skip
    assert len(settled(one, other)) == 1


def test_contradictions_are_refused() -> None:
    with pytest.raises(ConflictingReadings):
        settled(usage([(A, 0, 3600, 7), (A, 0, 3600, 8)]))
    with pytest.raises(OverlappingReadings):
        settled(usage([(A, 0, 3600, 7), (A, 1800, 3600, 7)]))
    with pytest.raises(OverlappingReadings):
        settled(usage([(A, 0, 9000, 7), (A, 100, 10, 7), (A, 1800, 3600, 7)]), strict=False)


def test_an_inspection_bears_overlapping_months() -> None:
    month = 30 * 86_400
    notes = Notes()
    rows: list[Row] = [(A, 0, month, 7), (A, 0, month, 8), (A, 100, month, 9)]
    assert settled(usage(rows), strict=False, notes=notes) == rows
    assert notes.of(A) == ("2 periods begin before the one before them ends",)
