"""Interval blocks of the town's meters, month by month, with what goes wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.stored_blocks import lists
from lamplighter.site.demo.archetypes import KINDS, WATER, Channel, Kind, channels_of
from lamplighter.site.demo.chance import draws
from lamplighter.site.demo.loads import loads
from lamplighter.site.demo.months import Grid, grid
from lamplighter.site.demo.stories import FAULTS, SPIKE_KWH, Fault, Wrong

_AT_ONCE: Final = 512
"""So many accounts' readings of a month stay in the processor's cache."""
_GAPS: Final = 0.0004
"""This share of days never comes in."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Usage points with interval meters, a row each."""

    ordinals: Any
    """The numbers of their accounts."""
    kinds: Any
    """The places of their kinds in KINDS."""
    since: Any
    """The first day of readings, in days since 1970."""
    buckets: Any
    ids: Any
    """As text: an Arrow array."""

    def __len__(self) -> int:
        return len(self.ordinals)

    def take(self, rows: Any) -> "Points":
        """These rows of them."""
        return Points(
            self.ordinals[rows],
            self.kinds[rows],
            self.since[rows],
            self.buckets[rows],
            self.ids.take(pa.array(rows)),
        )


def blocks_of(
    points: Points, month: date, faults: Sequence[Fault] = FAULTS, *, gaps: bool = True
) -> Iterator[Any]:
    """RecordBatches (BLOCKS) of a month's readings."""
    for place in np.unique(points.kinds):
        kind = KINDS[place]
        rows = np.flatnonzero(points.kinds == place)
        for start in range(0, len(rows), _AT_ONCE):
            some = points.take(rows[start : start + _AT_ONCE])
            yield from _blocks(kind, some, grid(month, kind.step_s), faults, gaps=gaps)


def late_blocks(points: Points, fault: Fault) -> Iterator[Any]:
    """What comes in after all of the days of a fault."""
    mine = points.take(np.flatnonzero(points.ordinals == fault.ordinal))
    for batch in blocks_of(mine, fault.first_day.replace(day=1), (), gaps=False):
        days = batch["local_day"].to_pylist()
        late = [fault.first_day <= day <= fault.last_day for day in days]
        yield batch.filter(pa.array(late))


def _blocks(
    kind: Kind, points: Points, on: Grid, faults: Sequence[Fault], *, gaps: bool
) -> Iterator[Any]:
    told = on.days_since_1970 >= points.since[:, None]
    if gaps:
        told &= draws("gap", points.ordinals[:, None], on.days_since_1970) >= _GAPS
    quality = np.full((len(points), on.size), int(Quality.ACTUAL), np.int8)
    counted = dict(loads(kind, points.ordinals, on))
    for fault in faults if kind.name != WATER else ():
        for row in np.flatnonzero(points.ordinals == fault.ordinal):
            _spoil(fault, kind, on, (counted, quality, told), int(row))
    for channel in channels_of(kind):
        batch = _batch(kind, channel, points, on, (counted[channel.name], quality, told))
        if batch.num_rows:
            yield batch


def _spoil(fault: Fault, kind: Kind, on: Grid, what: tuple[Any, Any, Any], row: int) -> None:
    counted, quality, told = what
    first, last = on.place(fault.first_day), on.place(fault.last_day)
    days = (np.arange(on.days) >= first) & (np.arange(on.days) <= last)
    if not days.any():
        return
    intervals = days[on.day]
    match fault.wrong:
        case Wrong.MISSING:
            told[row] &= ~days
        case Wrong.STUCK:
            for values in counted.values():
                values[row, intervals] = 0
        case Wrong.ESTIMATED:
            quality[row, intervals] = int(Quality.ESTIMATED)
        case Wrong.SUBSTITUTED:
            noon = intervals & (on.hour > 13) & (on.hour < 15)
            quality[row, noon] = int(Quality.SUBSTITUTED)
        case Wrong.SPIKE:
            hour = intervals & (on.hour > 18) & (on.hour < 19)
            kwh = SPIKE_KWH * on.step_s / 3600
            counted["E1"][row, hour] += int(kwh * 10**-kind.exponent)


def _batch(
    kind: Kind, channel: Channel, points: Points, on: Grid, what: tuple[Any, Any, Any]
) -> Any:
    values, quality, told = what
    rows = int(told.sum())
    of, day = np.nonzero(told)
    kept = slice(None) if told.all() else told[:, on.day].ravel()
    counts = on.counts[day]
    columns = {
        "usage_point": points.ids.take(pa.array(of)),
        "channel": pa.repeat(channel.name, rows),
        "flow": pa.repeat(channel.flow, rows),
        "unit": pa.repeat(channel.unit, rows),
        "local_day": pa.array(on.days_since_1970[day].astype(np.int32)).cast(pa.date32()),
        "step_s": pa.repeat(pa.scalar(kind.step_s, pa.int32()), rows),
        "exponent": pa.repeat(pa.scalar(kind.exponent, pa.int8()), rows),
        "values": lists("values", counts, values.ravel()[kept]),
        "quality": lists("quality", counts, quality.ravel()[kept]),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in BLOCKS.names], schema=BLOCKS)
