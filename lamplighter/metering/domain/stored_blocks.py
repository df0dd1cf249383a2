"""
How interval blocks lie on disk: as BLOCKS, with the time at which each row was recorded, and with
values and qualities as bytes. An engine that decodes lists takes longer over where each list ends
than over the numbers in it; as bytes a day is copied at once (docs/adr/0003 has the figures).
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.metering.domain.blocks import BLOCKS, FLOWS, Quality

RECORDED_AT: Final = pa.field("recorded_at", pa.timestamp("us", "UTC"), nullable=False)
VERSIONED: Final = BLOCKS.append(RECORDED_AT)
"""BLOCKS and `recorded_at`: the version of a day that was known from then on."""

STORED: Final = pa.schema(
    [
        *(field for field in VERSIONED if field.name not in ("values", "quality")),
        # How many bytes each value takes: 2, 4 or 8.
        pa.field("width", pa.int8(), nullable=False),
        # One after the other, little-endian, in two's complement.
        pa.field("values", pa.binary(), nullable=False),
        # One byte for each interval; or a single one, where all of them are alike.
        pa.field("quality", pa.binary(), nullable=False),
    ]
)
"""The schema of the files."""

KEY: Final = ("usage_point", "channel", "local_day")
"""What a row is the block of. Files are sorted by it."""


NAMES: Final = ("usage_point", "channel", "flow", "unit")
"""Columns of text, with few different values each."""


def check_blocks(blocks: Any) -> None:
    """
    Hold a RecordBatch or Table against what BLOCKS promises.

    :raises ValueError: where whoever made the blocks has a bug
    """
    if not blocks.schema.equals(BLOCKS):
        _fail(f"the schema is not BLOCKS but {blocks.schema}")
    lengths = pc.list_value_length(blocks["values"])
    if not lengths.equals(pc.list_value_length(blocks["quality"])):
        _fail("values and quality are not equally long")
    if blocks.num_rows and pc.min(lengths).as_py() == 0:
        _fail("a day has no interval")
    if not set(pc.unique(blocks["flow"]).to_pylist()) <= set(FLOWS):
        _fail("a flow is not one of FLOWS")
    quality = numbers(blocks["quality"])
    if np.any((quality < Quality.MISSING) | (quality > Quality.MANUAL)):
        _fail("a quality is not one of Quality")
    if np.any(numbers(blocks["values"])[quality == Quality.MISSING]):
        _fail("a missing value is not 0")


def _fail(what: str) -> None:
    msg = f"these are no interval blocks: {what}"
    raise ValueError(msg)


def numbers(lists: Any) -> Any:
    """All numbers of a column of lists, one after the other, as a NumPy array."""
    return pc.list_flatten(lists).to_numpy(zero_copy_only=False)


def lengths(lists: Any) -> Any:
    """How many numbers each list of a column has, as a NumPy array."""
    return pc.list_value_length(lists).to_numpy(zero_copy_only=False)


def lists(column: str, counts: Any, items: Any) -> Any:
    """Undo `numbers` and `lengths`: make the column `values` or `quality`."""
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    kind = BLOCKS.field(column).type
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(items, kind.value_type), type=kind)


def pack(versioned: Any) -> Any:
    """
    Turn a Table of VERSIONED into one of STORED.

    All its values are as wide as the widest needs: a table of one row group brings hardly any
    change of width to those who read it.
    """
    counts, values = lengths(versioned["values"]), numbers(versioned["values"])
    width = _width(values)
    quality, starts = numbers(versioned["quality"]), np.cumsum(counts) - counts
    alike = np.logical_and.reduceat(quality == np.repeat(quality[starts], counts), starts)
    needed = ~np.repeat(alike, counts)
    needed[starts] = True
    columns = {
        "width": pa.repeat(pa.scalar(width, pa.int8()), len(counts)),
        "values": _binary(counts * width, values.astype(f"<i{width}")),
        "quality": _binary(np.where(alike, 1, counts), quality[needed]),
    }
    return pa.table(
        [columns[name] if name in columns else versioned[name] for name in STORED.names],
        schema=STORED,
    )


def unpack(stored: Any) -> Any:
    """Turn a RecordBatch of STORED, or of some of its columns, back into lists."""
    if "values" not in stored.schema.names:
        return stored
    sizes, content = _bytes_of(stored["values"])
    width = stored["width"].to_numpy()
    counts = sizes // width
    lists_of = {"values": lists("values", counts, _widened(content, sizes, width))}
    if "quality" in stored.schema.names:
        sizes, quality = _bytes_of(stored["quality"])
        if len(quality) == len(counts):
            quality = np.repeat(quality, counts)
        else:
            quality = np.repeat(quality, np.where(sizes == counts, 1, counts).repeat(sizes))
        lists_of["quality"] = lists("quality", counts, quality.view(np.int8))
    names = [name for name in VERSIONED.names if name in stored.schema.names]
    return pa.RecordBatch.from_arrays(
        [lists_of[name] if name in lists_of else stored[name] for name in names],
        schema=pa.schema(
            [BLOCKS.field(n) if n in lists_of else stored.schema.field(n) for n in names]
        ),
    )


def _width(values: Any) -> int:
    """How many bytes hold each of these, and are quickly read."""
    low, high = int(values.min()), int(values.max())
    return next(w for w in (2, 4, 8) if -(2 ** (8 * w - 1)) <= low and high < 2 ** (8 * w - 1))


def _widened(content: Any, sizes: Any, width: Any) -> Any:
    """The values as 64 bits each. Rows of one width come in long runs, mostly in a single one."""
    if (width == width[:1]).all():
        return content.view(f"<i{width[0] if len(width) else 8}").astype(np.int64)
    edges = np.flatnonzero(np.diff(width)) + 1
    ends = np.cumsum(sizes)[[*(edges - 1), -1]]
    return np.concatenate(
        [
            content[start:end].view(f"<i{each}").astype(np.int64)
            for start, end, each in zip([0, *ends], ends, width[[0, *edges]], strict=False)
        ]
    )


def _binary(sizes: Any, items: Any) -> Any:
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(items))]
    return pa.BinaryArray.from_buffers(pa.binary(), len(sizes), buffers)


def _bytes_of(column: Any) -> tuple[Any, Any]:
    """Of a column of binary: how many bytes each row has, and all of them."""
    _, offsets, content = column.buffers()
    ends = np.frombuffer(offsets, np.int32, len(column) + 1, column.offset * 4)
    everything = np.frombuffer(content, np.uint8) if content else np.zeros(0, np.uint8)
    return np.diff(ends), everything[ends[0] : ends[-1]]
