"""
Interval blocks: the form in which every reading of a time series travels through Lamplighter.

One row is one usage point x channel x **local day**. Its values are whole numbers: value x
10^exponent is the quantity of the interval in `unit` (energy or volume, not power), exact as the
meter sent it. A day has as many values as it really has intervals: with 15-minute steps 92, 96 or
100, as the clocks go.
"""

from enum import IntEnum
from typing import Final

import pyarrow as pa


class Quality(IntEnum):
    """How far an interval's value can be trusted (the flags of NEM12 and of ESPI map onto it)."""

    MISSING = 0
    """No value is known; the number stored is 0."""
    ACTUAL = 1
    ESTIMATED = 2
    SUBSTITUTED = 3
    MANUAL = 4


FLOWS: Final = ("import", "export", "reactive-import", "reactive-export", "apparent", "other")
"""Which way: from the network to the customer (import), or back (export). Reactive likewise."""

BLOCKS: Final = pa.schema(
    [
        pa.field("usage_point", pa.string(), nullable=False),
        # The meter's own name of the channel where it has one (NEM12's suffix), else the flow.
        pa.field("channel", pa.string(), nullable=False),
        pa.field("flow", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("local_day", pa.date32(), nullable=False),
        pa.field("step_s", pa.int32(), nullable=False),
        pa.field("exponent", pa.int8(), nullable=False),
        pa.field("values", pa.list_(pa.field("item", pa.int64(), nullable=False)), nullable=False),
        pa.field("quality", pa.list_(pa.field("item", pa.int8(), nullable=False)), nullable=False),
    ]
)
"""The Arrow schema of interval blocks. `values` and `quality` are equally long."""
