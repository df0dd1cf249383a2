"""Generation behind the meter, set off against load interval by interval."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.scaling import in_billed_units, one_exponent, rescaled


class LoadsDoNotMatch(Refusal):
    """Load and generation do not cover the same intervals."""


def net_of(load: pa.Table, generation: pa.Table, *, sold_whole: bool) -> pa.Table:
    """
    What a meter would have counted: the import and the export that are left.

    :param load: blocks of flow `import`
    :param generation: blocks of flow `import` as well: a file of generation does not know its use
    :param sold_whole: leave load as it is and export all generation (buy all, sell all)
    :raises LoadsDoNotMatch: unless both have the same days and intervals
    """
    load, generation = _imported(load), _imported(generation)
    for column in ("local_day", "step_s"):
        if load.column(column).to_pylist() != generation.column(column).to_pylist():
            raise LoadsDoNotMatch(
                "Load and generation have different days or intervals.",
                remedy="Give both for the same time, in intervals of the same length.",
            )
    exponent = min(one_exponent(load), one_exponent(generation))
    load, generation = rescaled(load, exponent), rescaled(generation, exponent)
    used, made = _values(load), _values(generation)
    imported, exported = used, made
    if not sold_whole:
        imported, exported = np.maximum(used - made, 0), np.maximum(made - used, 0)
    return pa.concat_tables([_with(load, imported, "import"), _with(load, exported, "export")])


def _imported(blocks: pa.Table) -> pa.Table:
    chosen = blocks.filter(pc.equal(blocks.column("flow"), "import"))
    return in_billed_units(chosen).sort_by("local_day").combine_chunks()


def _values(blocks: pa.Table) -> Any:
    return pc.list_flatten(blocks.column("values")).to_numpy()


def _with(blocks: pa.Table, values: Any, flow: str) -> pa.Table:
    lengths = pc.list_value_length(blocks.column("values")).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))
    for name, column in (("values", lists), ("flow", pa.array([flow] * len(blocks)))):
        blocks = blocks.set_column(blocks.schema.get_field_index(name), name, column)
    return blocks.set_column(
        blocks.schema.get_field_index("channel"), "channel", pa.array([flow] * len(blocks))
    )
