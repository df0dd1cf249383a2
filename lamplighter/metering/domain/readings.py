"""
What the importers of every format yield: usage over spans of time, column by column, and the
readings of registers, one by one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lamplighter.metering.domain.blocks import Quality

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

PERIOD_FROM_S: Final = 23 * 3600
"""Usage over the shortest local day and longer is usage over a period, not over an interval."""


class Series(NamedTuple):
    """What one register or channel of one usage point measures."""

    usage_point: str
    """Empty if the file does not say."""
    channel: str
    flow: str
    """One of `FLOWS`."""
    unit: str
    """Empty for plain numbers, and if the file does not say."""
    currency: str = ""
    """Of what the readings cost, where the file says that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """
    What was used over spans of time: equally long columns, one element a reading.

    The quantity of a reading is exactly `value` x 10^`exponent` in its series' unit, over
    [`start_s`, `start_s` + `duration_s`), in seconds since 1970 UTC.
    """

    series: tuple[Series, ...]
    of: Int32s
    """Index into `series`."""
    start_s: Int64s
    duration_s: Int64s
    value: Int64s
    exponent: Int8s
    quality: Int8s
    row: Int64s
    """Where the reading stands in the file."""
    version: Int64s
    """Of two readings of one interval the greater version holds; equal ones may not differ."""
    cost: Int64s | None = None
    """What the reading cost, in hundred-thousandths of the currency, where the file says."""
    running: bool = False
    """Whether the file says that its values are those of a running register after all."""

    def __len__(self) -> int:
        return len(self.of)

    def take(self, which: Int64s | Bools) -> "Usage":
        """The readings at these places, in this order."""
        return replace(
            self,
            of=self.of[which],
            start_s=self.start_s[which],
            duration_s=self.duration_s[which],
            value=self.value[which],
            exponent=self.exponent[which],
            quality=self.quality[which],
            row=self.row[which],
            version=self.version[which],
            cost=None if self.cost is None else self.cost[which],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReading:
    """What a register showed: a running total, a power, a date, a name."""

    series: Series
    at: datetime | None
    """None if the meter does not say when."""
    value: Decimal | None
    text: str = ""
    """What the register says, where that is not a number."""
    quality: Quality = Quality.ACTUAL
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSummary:
    """What the utility says of a billing period: what it measured and what it charged."""

    usage_point: str
    start: datetime | None
    duration_s: int
    consumption: Decimal | None
    unit: str
    bill: Decimal | None
    """The amount of the last period, in `currency`."""
    bill_to_date: Decimal | None
    additional_cost: Decimal | None
    currency: str


Reading = Usage | RegisterReading | UsageSummary

PERIODS: Final = pa.schema(
    [
        pa.field("usage_point", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("flow", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("start", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("end", pa.timestamp("s", tz="UTC"), nullable=False),
        pa.field("value", pa.int64(), nullable=False),
        pa.field("exponent", pa.int8(), nullable=False),
        pa.field("quality", pa.int8(), nullable=False),
    ]
)
"""The Arrow schema of usage over periods of a day and longer, such as monthly accumulations."""


def joined(batches: list[Usage]) -> Usage:
    """Batches of the same series, one after the other."""
    cost = None
    if any(batch.cost is not None for batch in batches):
        cost = np.concatenate(
            [np.zeros(len(b), np.int64) if b.cost is None else b.cost for b in batches]
        )
    return replace(
        batches[-1],
        of=np.concatenate([batch.of for batch in batches]),
        start_s=np.concatenate([batch.start_s for batch in batches]),
        duration_s=np.concatenate([batch.duration_s for batch in batches]),
        value=np.concatenate([batch.value for batch in batches]),
        exponent=np.concatenate([batch.exponent for batch in batches]),
        quality=np.concatenate([batch.quality for batch in batches]),
        row=np.concatenate([batch.row for batch in batches]),
        version=np.concatenate([batch.version for batch in batches]),
        cost=cost,
    )


class Notes:
    """What a reader has to say about a file that it reads all the same."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Series | None, str], int] = {}

    def add(self, text: str, *, series: Series | None = None, times: int = 1) -> None:
        """`{n}` in the text becomes the number of times it was said."""
        if times:
            key = (series, text)
            self._counts[key] = self._counts.get(key, 0) + times

    def of(self, series: Series | None) -> tuple[str, ...]:
        """What there is to say about this series (or, without one, about the whole file)."""
        return tuple(
            text.replace("{n}", str(n))
            for (about, text), n in self._counts.items()
            if about == series
        )
