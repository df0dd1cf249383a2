"""
How interval blocks lie on disk: as BLOCKS, with the time at which each row was recorded, and with
the qualities of a day put as one number where they are all alike, which they nearly always are.
A reader that lists them one by one pays as much for the qualities as for the values.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.metering.domain.blocks import BLOCKS, FLOWS, Quality

RECORDED_AT: Final = pa.field("recorded_at", pa.timestamp("us", "UTC"), nullable=False)
UNIFORM_QUALITY: Final = pa.field("uniform_quality", pa.int8())

VERSIONED: Final = BLOCKS.append(RECORDED_AT)
"""BLOCKS and `recorded_at`: the version of a day that was known from then on."""

STORED: Final = VERSIONED.append(UNIFORM_QUALITY)
"""
VERSIONED and `uniform_quality`: the quality of all intervals of the day, and then `quality` is an
empty list; or null, and then `quality` has one for each.
"""

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
    """Turn a Table of VERSIONED into one of STORED."""
    counts, quality = lengths(versioned["quality"]), numbers(versioned["quality"])
    starts = np.cumsum(counts) - counts
    first = quality[starts]
    alike = np.logical_and.reduceat(quality == np.repeat(first, counts), starts)
    mixed = lists("quality", np.where(alike, 0, counts), quality[np.repeat(~alike, counts)])
    at = versioned.schema.get_field_index("quality")
    return versioned.set_column(at, BLOCKS.field("quality"), mixed).append_column(
        UNIFORM_QUALITY, pa.array(first, pa.int8(), mask=~alike)
    )


def unpack(stored: Any) -> Any:
    """Turn a RecordBatch of STORED, with `values`, into one of VERSIONED."""
    uniform = stored["uniform_quality"]
    counts = lengths(stored["values"])
    quality = np.repeat(pc.fill_null(uniform, 0).to_numpy(zero_copy_only=False), counts)
    if uniform.null_count:
        mixed = pc.is_null(uniform).to_numpy(zero_copy_only=False)
        quality[np.repeat(mixed, counts)] = numbers(stored["quality"])
    at = stored.schema.get_field_index("quality")
    return stored.set_column(
        at, BLOCKS.field("quality"), lists("quality", counts, quality)
    ).drop_columns(["uniform_quality"])
