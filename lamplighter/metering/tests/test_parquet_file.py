from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.refusals import (
    IntervalsDoNotFitTheDay,
    Malformed,
    NegativeUsage,
    NoReadings,
    NotANumber,
    TimeZoneNeeded,
    TooManyDigits,
    Truncated,
    UnknownUnit,
    UnsafeArchive,
    WrongColumns,
)
from lamplighter.metering.queries.files import blocks_in, inspect
from lamplighter.metering.tests.samples import csv_file

Write = Callable[..., Path]


def table(values: Any, **columns: Any) -> pa.Table:
    starts = [
        datetime(2024, 7, 1, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(len(values))
    ]
    return pa.table(
        {"start": pa.array(starts, pa.timestamp("us", "UTC")), "kwh": values, **columns}
    )


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[pa.Table], Path]:
    def write(content: pa.Table) -> Path:
        path = tmp_path / "readings.parquet"
        pq.write_table(content, path)
        return path

    return write


@pytest.mark.parametrize(
    "kind", [pa.decimal128(9, 3), pa.float64(), pa.string(), pa.dictionary(pa.int8(), pa.string())]
)
def test_one_reading_a_row_is_read_exactly(stored: Callable[..., Path], kind: Any) -> None:
    values = pa.array(["0.1", "0.00001" if kind == pa.float64() else "0.2", "3"]).cast(kind)
    (found,) = inspect(stored(table(values)))
    assert found.count == 3
    assert found.total == Decimal("3.10001" if kind == pa.float64() else "3.3")


def test_what_csv_says_parquet_says(stored: Callable[..., Path], written: Write) -> None:
    lines = [line.split(",") for line in csv_file().splitlines()[1:]]
    starts, values = zip(*lines, strict=True)
    as_parquet = stored(pa.table({"start": starts, "kwh": values}))
    assert inspect(as_parquet) == inspect(written(csv_file(), "a.csv"))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_interval_blocks_come_back_as_they_went(
    stored: Callable[..., Path], written: Write, zone: str
) -> None:
    source = written(csv_file(rows=96 * 3, value="0.125"), "a.csv")
    blocks = pa.Table.from_batches(blocks_in(source, time_zone=zone))
    path = stored(blocks)
    again = pa.Table.from_batches(blocks_in(path, time_zone=zone))
    assert again == blocks
    (found,) = inspect(path, time_zone=zone)
    assert found.total == Decimal("0.125") * 96 * 3


def block(**other: Any) -> pa.Table:
    said = {
        "usage_point": "A", "channel": "E1", "flow": "import", "unit": "kWh",
        "local_day": date(2024, 3, 31), "step_s": 3600, "exponent": -3,
        "values": [1] * 23, "quality": [1] * 23,
    } | other  # fmt: skip
    types = {name: BLOCKS.field(name).type for name in BLOCKS.names}
    types |= {"values": pa.list_(pa.int64()), "quality": pa.list_(pa.int8())}
    return pa.table({name: pa.array([said[name]], of) for name, of in types.items()})


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"values": [1] * 24, "quality": [1] * 24}, IntervalsDoNotFitTheDay),
        ({"values": [1] * 22}, Malformed),
        ({"values": [None] * 23}, Malformed),
        ({"quality": [9] * 23}, Malformed),
        ({"flow": "up"}, Malformed),
        ({"step_s": 0}, Malformed),
        ({"step_s": -3600}, Malformed),
        ({"exponent": -100}, Malformed),
        ({"usage_point": None}, Malformed),
        ({"local_day": None}, Malformed),
        ({"local_day": date(9000, 1, 1)}, Malformed),
        ({"unit": "ells"}, UnknownUnit),
        ({"values": [-1] * 23}, NegativeUsage),
        ({"values": [-(2**63)] * 23, "flow": "other"}, TooManyDigits),
    ],
)
def test_a_wrong_block_is_refused_at_its_row(
    stored: Callable[..., Path], other: dict[str, Any], reason: type[Refusal]
) -> None:
    assert inspect(stored(block()), time_zone="Europe/Berlin")[0].count == 23
    with pytest.raises(reason) as no:
        inspect(stored(block(**other)), time_zone="Europe/Berlin")
    assert no.value.places[0].row == 1


def test_blocks_need_a_zone(stored: Callable[..., Path]) -> None:
    with pytest.raises(TimeZoneNeeded):
        inspect(stored(block()))


def test_what_is_no_number_is_refused_at_its_row(stored: Callable[..., Path]) -> None:
    with pytest.raises(NotANumber) as no:
        inspect(stored(table(pa.array([1.0, float("nan"), float("inf")]))))
    assert [(place.row, place.field) for place in no.value.places] == [(2, "kwh"), (3, "kwh")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pa.table({"colour": ["red"]}), WrongColumns),
        (table(pa.array([[1], [2]])), WrongColumns),
        (table(pa.array([], pa.float64())), NoReadings),
        (block().drop_columns(["unit"]), WrongColumns),
    ],
)
def test_a_table_of_something_else_is_refused(
    stored: Callable[..., Path], content: pa.Table, reason: type[Refusal]
) -> None:
    with pytest.raises(reason):
        inspect(stored(content), time_zone="UTC")


def test_a_damaged_file_is_refused(stored: Callable[..., Path], written: Write) -> None:
    data = stored(table(pa.array([1.0] * 100))).read_bytes()
    with pytest.raises(Truncated):
        inspect(written(data[:-20], "cut.parquet"))


def test_it_is_not_read_inside_an_archive(
    stored: Callable[..., Path], zipped: Callable[..., Path]
) -> None:
    data = stored(table(pa.array([1.0]))).read_bytes()
    with pytest.raises(UnsafeArchive):
        inspect(zipped({"a.parquet": data}))


def test_a_number_beyond_all_bounds_is_refused(stored: Callable[..., Path]) -> None:
    with pytest.raises(TooManyDigits):
        inspect(stored(table(pa.array([1.0, 1e308]))))


def test_blocks_that_do_not_fit_their_columns_are_refused(stored: Callable[..., Path]) -> None:
    wide = block().set_column(6, "exponent", pa.array([300]))
    with pytest.raises(WrongColumns) as no:
        inspect(stored(wide), time_zone="Europe/Berlin")
    assert no.value.places[0].field == "exponent"
