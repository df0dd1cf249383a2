"""Interval blocks as tests write them: one day a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS, Quality

JUNE_1 = date(2025, 6, 1)
A, E, M = Quality.ACTUAL, Quality.ESTIMATED, Quality.MISSING


@dataclass(frozen=True, kw_only=True)
class Day:
    """A row of BLOCKS. Without `quality`, None is a missing value and all others are actual."""

    point: UUID
    values: Sequence[int | None]
    day: date = JUNE_1
    channel: str = "import"
    quality: Sequence[Quality] | None = None
    step_s: int = 21_600
    unit: str = "Wh"
    exponent: int = 0
    flow: str = "import"


def blocks(*days: Day) -> Any:
    """A RecordBatch of BLOCKS."""
    return pa.RecordBatch.from_pylist(
        [
            {
                "usage_point": str(day.point),
                "channel": day.channel,
                "flow": day.flow,
                "unit": day.unit,
                "local_day": day.day,
                "step_s": day.step_s,
                "exponent": day.exponent,
                "values": [value or 0 for value in day.values],
                "quality": day.quality or [M if v is None else A for v in day.values],
            }
            for day in days
        ],
        schema=BLOCKS,
    )


def seen(batches: Any) -> dict[tuple[str, date], list[int | None]]:
    """What was read, by channel and day; a missing value is None."""
    return {
        (row["channel"], row["local_day"]): [
            None if quality == M else value
            for value, quality in zip(row["values"], row["quality"], strict=True)
        ]
        for batch in batches
        for row in batch.to_pylist()
    }
