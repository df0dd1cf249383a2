"""
What a channel probably measured while nobody was looking.

A gap of up to two hours is bridged by a straight line between its neighbours; a longer one takes,
slot by slot of the day, the mean of the latest days of the same kind on which that slot is known
(Monday to Friday, Saturday, Sunday), else of any day, else of all that is known. What was measured
is never touched. (California's VEE standard, estimation rules A and B.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.metering.domain.scaling import one_exponent, rescaled
from lamplighter.metering.domain.stored_blocks import lists

SHORT_GAP_S: Final = 2 * 3600
LIKE_DAYS: Final = 3
"""How many days of the same kind are averaged over."""
REFERENCE_DAYS: Final = 90
"""How far back they are looked for."""

Ints = NDArray[np.int64]
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Estimated:
    """Blocks without a gap."""

    blocks: pa.Table
    """Of the wanted days, schema BLOCKS; what was filled in has the quality ESTIMATED."""
    filled: int
    """How many intervals were."""


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel's days as a grid: [days, slots], shorter days have unused slots at their end."""

    values: Ints
    quality: NDArray[np.int8]
    wanted_from: int
    """The first wanted day: not before the channel began, if others began earlier."""
    slots: Ints
    """How many each day has."""
    first_day: date
    row: dict[str, Any]
    """What all its blocks have in common."""

    @property
    def known(self) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = self.quality != Quality.MISSING
        return known


def without_gaps(
    blocks: pa.Table, *, first_day: date, after_last: date, zone: tzinfo
) -> Estimated | None:
    """
    Fill the gaps of one usage point.

    :param blocks: of schema BLOCKS, of the wanted days and of those before to go by
    :return: None if nothing at all is known to go by
    """
    parts, filled = [], 0
    for channel in _channels(blocks, first_day, after_last, zone):
        estimate = _filled(channel)
        if estimate is None:
            return None
        parts.append(_as_blocks(channel, estimate))
        used = np.arange(estimate.shape[1]) < channel.slots[:, None]
        filled += int((~channel.known & used)[channel.wanted_from :].sum())
    if not parts:
        return None
    return Estimated(pa.concat_tables(parts), filled)


def _channels(
    blocks: pa.Table, first_day: date, after_last: date, zone: tzinfo
) -> Iterator[_Channel]:
    rows = blocks.to_pylist()
    began = {row["channel"]: row["local_day"] for row in sorted(rows, key=_later_first)}
    for name in sorted(began):
        alike = _of_one_kind([row for row in rows if row["channel"] == name])
        start = min(first_day, *(row["local_day"] for row in alike))
        count = (after_last - start).days
        slots = _slots(start, count, int(alike[0]["step_s"]), zone)
        values = np.zeros((count, int(slots.max())), np.int64)
        quality = np.zeros(values.shape, np.int8)
        for row in alike:
            n = (row["local_day"] - start).days
            if n < count and len(row["values"]) == slots[n]:
                values[n, : slots[n]] = row["values"]
                quality[n, : slots[n]] = row["quality"]
        # What was added to a meter later, such as a roof's export, was nothing before.
        added = began[name] > min(began.values())
        wanted = max(first_day, began[name]) if added else first_day
        yield _Channel(values, quality, (wanted - start).days, slots, start, alike[0])


def _later_first(row: dict[str, Any]) -> int:
    day: date = row["local_day"]
    return -day.toordinal()


def _of_one_kind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A channel that has changed its unit or intervals goes by those of its latest days."""
    latest = max(rows, key=lambda row: row["local_day"])
    shape = ("step_s", "unit", "flow")
    alike = [row for row in rows if all(row[key] == latest[key] for key in shape)]
    table = pa.Table.from_pylist(alike, BLOCKS)
    same: list[dict[str, Any]] = rescaled(table, one_exponent(table)).to_pylist()
    return same


def _slots(start: date, count: int, step_s: int, zone: tzinfo) -> Ints:
    """How many intervals each day has."""
    first = start.toordinal() - _EPOCH
    midnights = LocalDays(zone).starts(first, first + count)
    return np.diff(midnights) // step_s


def _filled(channel: _Channel) -> Ints | None:
    """All values of the grid, or None if none is known."""
    if not channel.known.any():
        return None
    values = channel.values.copy()
    missing = ~channel.known & (np.arange(values.shape[1]) < channel.slots[:, None])
    kinds = np.array([_kind(channel.first_day + timedelta(n)) for n in range(len(values))])
    for n in range(channel.wanted_from, len(values)):
        for slot in np.flatnonzero(missing[n]):
            values[n, slot] = _like(channel, kinds, n, int(slot))
    _bridge(channel, missing, values)
    return values


def _kind(day: date) -> int:
    return max(day.weekday() - 4, 0)


def _like(channel: _Channel, kinds: Any, n: int, slot: int) -> int:
    known = channel.known[:, slot]
    before = known & (np.arange(len(known)) < n)
    for chosen in (before & (kinds == kinds[n]), known & (kinds == kinds[n]), before, known):
        if chosen.any():
            return _mean(channel.values[np.flatnonzero(chosen)[-LIKE_DAYS:], slot])
    return _mean(channel.values[channel.known])


def _mean(values: Ints) -> int:
    """Rounded half up, in whole numbers."""
    return int((2 * int(values.sum()) + len(values)) // (2 * len(values)))


def _bridge(channel: _Channel, missing: Any, values: Ints) -> None:
    """Lay a straight line over short gaps."""
    longest = SHORT_GAP_S // int(channel.row["step_s"])
    used = np.arange(values.shape[1]) < channel.slots[:, None]
    gaps, line = missing[used], values[used]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gaps, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2).tolist():
        if start > 0 and end < len(line) and end - start <= longest:
            rise, width = int(line[end] - line[start - 1]), end - start + 1
            for n in range(start, end):
                part = 2 * rise * (n - start + 1) + width
                line[n] = line[start - 1] + part // (2 * width)
    values[used] = line


def _as_blocks(channel: _Channel, values: Ints) -> pa.Table:
    days = range(channel.wanted_from, len(values))
    counts = channel.slots[channel.wanted_from :]
    used = (np.arange(values.shape[1]) < channel.slots[:, None])[channel.wanted_from :]
    quality = np.where(channel.known, channel.quality, Quality.ESTIMATED)[channel.wanted_from :]
    same = {name: [channel.row[name]] * len(days) for name in BLOCKS.names}
    return pa.table(
        same
        | {
            "local_day": [channel.first_day + timedelta(n) for n in days],
            "values": lists("values", counts, values[channel.wanted_from :][used]),
            "quality": lists("quality", counts, quality[used].astype(np.int8)),
        },
        schema=BLOCKS,
    )
