"""Blocks in other units and other powers of ten: exact, or refused."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.kernel import Refusal

_BILLED: Final = {
    "Wh": ("kWh", -3), "kWh": ("kWh", 0), "MWh": ("kWh", 3), "GWh": ("kWh", 6),
    "VArh": ("kvarh", -3), "kVArh": ("kvarh", 0), "MVArh": ("kvarh", 3),
    "VAh": ("kVAh", -3), "kVAh": ("kVAh", 0), "MVAh": ("kVAh", 3),
}  # fmt: skip
"""The unit that tariffs bill, and the power of ten from the metered one."""
_LARGEST: Final = np.iinfo(np.int64).max


class QuantityOutOfRange(Refusal):
    """A quantity is too large to be counted this finely."""


def in_billed_units(rows: pa.Table) -> pa.Table:
    """
    The same blocks or periods in the units that tariffs bill: kWh, kvarh, kVAh.

    Every other unit stays as it is: a tariff that bills it says so.
    """
    units = rows.column("unit")
    metered = pc.unique(units).to_pylist()
    if all(unit not in _BILLED or _BILLED[unit] == (unit, 0) for unit in metered):
        return rows
    billed = [_BILLED.get(unit, (unit, 0)) for unit in metered]
    place = pc.index_in(units.cast(pa.string()), value_set=pa.array(metered, pa.string()))
    shifts = pa.array([power for _, power in billed], pa.int8()).take(place.combine_chunks())
    exponents = pc.add(rows.column("exponent"), shifts)
    named = pa.array([unit for unit, _ in billed], pa.string()).take(place.combine_chunks())
    return _replaced(_replaced(rows, "unit", named), "exponent", exponents)


def one_exponent(blocks: pa.Table) -> int:
    """The finest power of ten in use."""
    return int(pc.min(blocks.column("exponent")).as_py() or 0)


def rescaled(blocks: pa.Table, exponent: int) -> pa.Table:
    """
    The same blocks, all in units of one power of ten, no coarser than any they have.

    :raises QuantityOutOfRange: if a value would not fit 64 bits
    """
    exponents = blocks.column("exponent").to_numpy().astype(np.int64)
    if (exponents == exponent).all():
        return blocks
    column = blocks.column("values").combine_chunks()
    lengths = pc.list_value_length(column).to_numpy()
    factors = np.repeat(10 ** (exponents - exponent), lengths)
    values = column.flatten().to_numpy()
    if (np.abs(values) > _LARGEST // factors).any():
        raise QuantityOutOfRange(f"A value does not fit 64 bits in units of 10^{exponent}.")
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values * factors))
    same = pa.array(np.full(len(blocks), exponent, np.int8))
    return _replaced(_replaced(blocks, "values", lists), "exponent", same)


def _replaced(rows: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, column)
