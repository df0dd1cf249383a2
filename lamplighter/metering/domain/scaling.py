"""Blocks in other units and other powers of ten: exact, or refused."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.kernel import Refusal

_POWER_OF_TEN: Final = {
    **{prefix + unit: power for unit in ("Wh", "VArh", "VAh")
       for prefix, power in (("", -3), ("k", 0), ("M", 3), ("G", 6))},
    "m3": 0,
}  # fmt: skip
_LARGEST: Final = np.iinfo(np.int64).max


class UnitNotBillable(Refusal):
    """Usage in this unit cannot be billed as it is."""


class QuantityOutOfRange(Refusal):
    """A quantity is too large to be counted this finely."""


def in_billed_units(blocks: pa.Table) -> pa.Table:
    """
    The same blocks, counted in kWh, kvarh, kVAh or m3.

    :raises UnitNotBillable: naming the unit
    """
    units = pc.unique(blocks.column("unit")).to_pylist()
    unknown = [unit for unit in units if unit not in _POWER_OF_TEN]
    if unknown:
        raise UnitNotBillable(
            f"Usage in {', '.join(unknown)} cannot be billed as it is.",
            remedy="Convert it to kWh first (for gas by its calorific value).",
        )
    if all(_POWER_OF_TEN[unit] == 0 for unit in units):
        return blocks
    shifts = [_POWER_OF_TEN[unit] for unit in blocks.column("unit").to_pylist()]
    exponents = pc.add(blocks.column("exponent"), pa.array(shifts, pa.int8()))
    return _replaced(blocks, "exponent", exponents)


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


def _replaced(blocks: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    return blocks.set_column(blocks.schema.get_field_index(name), name, column)
