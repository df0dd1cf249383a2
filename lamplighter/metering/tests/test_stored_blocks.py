from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.stored_blocks import RECORDED_AT, STORED, VERSIONED, pack, unpack
from lamplighter.metering.tests.days import JUNE_1, A, Day, E, blocks

HOME = UUID(int=7)
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)

numbers = st.one_of(
    st.integers(-3, 3),
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
)
intervals = st.one_of(st.just((0, Quality.MISSING)), st.tuples(numbers, st.sampled_from([A, E])))
days = st.lists(intervals, min_size=1, max_size=5)


def table_of(values: list[list[tuple[int, Quality]]]) -> Any:
    told = blocks(
        *(
            Day(
                point=HOME,
                day=JUNE_1 + timedelta(days=n),
                values=[value for value, _ in day],
                quality=[quality for _, quality in day],
            )
            for n, day in enumerate(values)
        )
    )
    recorded_at = pa.repeat(pa.scalar(NOON, RECORDED_AT.type), len(values))
    return pa.Table.from_batches([told]).append_column(RECORDED_AT, recorded_at)


@given(
    parts=st.lists(st.lists(days, min_size=1, max_size=4), min_size=1, max_size=4),
    start=st.integers(0, 3),
)
def test_whatever_is_packed_is_unpacked_again(parts: list[list[Any]], start: int) -> None:
    tables = [table_of(part) for part in parts]
    whole = pa.concat_tables(tables).combine_chunks().to_batches()[0].slice(start)
    packed = pa.concat_tables([pack(table) for table in tables])
    assert packed.schema.equals(STORED)
    # As readers see it: in batches that begin and end anywhere, whatever the width of the values.
    batch = packed.combine_chunks().to_batches()[0].slice(start)
    assert unpack(batch).schema.equals(VERSIONED)
    assert unpack(batch).to_pylist() == whole.to_pylist()


def test_small_numbers_take_two_bytes_and_a_quality_that_stays_the_same_takes_one() -> None:
    alike, mixed = [(1, A), (-2, A), (300, A)], [(1, A), (-2, E)]
    packed = pack(table_of([alike, mixed]))
    assert packed["values"].to_pylist() == [b"\x01\x00\xfe\xff\x2c\x01", b"\x01\x00\xfe\xff"]
    assert packed["quality"].to_pylist() == [b"\x01", b"\x01\x02"]
    assert packed["width"].to_pylist() == [2, 2]
    assert pack(table_of([[(40_000, A)], [(1, A)]]))["width"].to_pylist() == [4, 4]
    assert pack(table_of([[(2**40, A)]]))["width"].to_pylist() == [8]


def test_columns_without_values_need_no_unpacking() -> None:
    batch = pack(table_of([[(1, A)]])).select(["channel", "unit"]).to_batches()[0]
    assert unpack(batch) is batch
