"""Deterministic readings of many meters: hourly kWh of a year, in whole Wh."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS

FIRST_DAY, DAYS, HOURS = date(2018, 1, 1), 365, 24


def wh_of_a_year(meters: int, *, first: int = 0) -> Any:
    """[meters, days, hours]: a base load, mornings and evenings, seasons, and noise."""
    hour = np.arange(HOURS)
    shape = 200 + 900 * np.exp(-((hour - 8) ** 2) / 6) + 1600 * np.exp(-((hour - 19) ** 2) / 8)
    season = 1.2 + 0.5 * np.cos(2 * np.pi * np.arange(DAYS) / DAYS)
    result = np.empty((meters, DAYS, HOURS), np.int64)
    for m in range(meters):
        rng = np.random.default_rng(first + m)
        noise = rng.gamma(4.0, 0.25, (DAYS, HOURS)) * rng.uniform(0.3, 3.0)
        result[m] = shape * season[:, None] * noise
    return result


def blocks_of(wh: Any, *, first: int = 0) -> pa.Table:
    """The same as interval blocks."""
    meters = wh.shape[0]
    rows = meters * DAYS
    offsets = pa.array(np.arange(0, rows * HOURS + 1, HOURS, dtype=np.int32))
    day = (FIRST_DAY - date(1970, 1, 1)).days + np.arange(DAYS, dtype=np.int32)
    columns = {
        "usage_point": pa.array(np.repeat([f"m{first + m:06}" for m in range(meters)], DAYS)),
        "channel": pa.array(["import"] * rows),
        "flow": pa.array(["import"] * rows),
        "unit": pa.array(["kWh"] * rows),
        "local_day": pa.array(np.tile(day, meters)).cast(pa.date32()),
        "step_s": pa.array(np.full(rows, 3600, np.int32)),
        "exponent": pa.array(np.full(rows, -3, np.int8)),
        "values": pa.ListArray.from_arrays(offsets, pa.array(wh.ravel())),
        "quality": pa.ListArray.from_arrays(offsets, pa.array(np.ones(rows * HOURS, np.int8))),
    }
    return pa.table([columns[name].cast(BLOCKS.field(name).type) for name in BLOCKS.names],
                    schema=BLOCKS)  # fmt: skip
