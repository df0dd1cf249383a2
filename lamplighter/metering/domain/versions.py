"""
Versions of interval blocks: what is known of a day once something more is told about it.

All is done on whole columns, interval by interval: a bulk file of millions of readings is held
against what is known in about the time it takes to read it.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.refusals import ConflictingReadings
from lamplighter.metering.domain.stored_blocks import KEY, lengths, lists, numbers


class DayReshaped(Refusal):
    """A day cannot change its unit, direction or step unless all of it is told anew."""


class ReadingTooLarge(Refusal):
    """A reading does not fit into 64 bits in the unit and precision of its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalCounts:
    """How many intervals were told, by what they changed. Missing ones tell nothing."""

    new: int = 0
    """Nothing was known of them."""
    changed: int = 0
    """Something else was known: another value, or another quality."""
    unchanged: int = 0

    def __add__(self, other: "IntervalCounts") -> "IntervalCounts":
        return IntervalCounts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
        )


_SHORT_RUN: Final = 8
"""Rows. Shorter ones are quicker taken one by one."""

_SCALES: Final = {
    unit: (base, power)
    for base, scaled in {
        "Wh": {"Wh": 0, "kWh": 3, "MWh": 6, "GWh": 9},
        "VArh": {"VArh": 0, "kVArh": 3, "MVArh": 6},
        "VAh": {"VAh": 0, "kVAh": 3, "MVAh": 6},
        "J": {"J": 0, "kJ": 3, "MJ": 6, "GJ": 9, "TJ": 12},
        "L": {"L": 0, "hL": 2, "kL": 3, "m3": 3, "ML": 6},
    }.items()
    for unit, power in scaled.items()
}
"""Units that differ by a power of ten only, so that the same reading in both is the same."""


def as_told(told: Any) -> tuple[Any, IntervalCounts]:
    """Blocks of which nothing is known yet, less the days that tell nothing."""
    if not told.num_rows:
        return told, IntervalCounts()
    counts, quality = lengths(told["quality"]), numbers(told["quality"])
    known = quality != Quality.MISSING
    tells = np.logical_or.reduceat(known, np.cumsum(counts) - counts)
    kept = told if tells.all() else told.filter(pa.array(tells))
    return kept, IntervalCounts(new=int(known.sum()))


def overlay(known: Any, told: Any) -> tuple[Any, IntervalCounts]:
    """
    Lay what is told over what is known: row i of both Tables (BLOCKS) is about the same day.

    What is told replaces what is known, interval by interval, except that MISSING never replaces
    anything. Only those rows come back that say something new.

    :raises DayReshaped: if only a part of a day is told, and in another unit, step or direction
    :raises ReadingTooLarge: if both cannot be said in the finer of their two precisions
    """
    if not told.num_rows:
        return told, IntervalCounts()
    told, exponent = _in_units_of(known, told)
    reshaped = _reshaped(known, told)
    finer = np.where(reshaped, exponent, np.minimum(exponent, _exponents(known)))
    counts = lengths(told["values"])
    told_quality = numbers(told["quality"])
    told_value = _scaled(told, exponent - finer)
    value, quality = np.zeros_like(told_value), np.zeros_like(told_quality)
    same, same_known = np.repeat(~reshaped, counts), np.repeat(~reshaped, lengths(known["values"]))
    value[same] = _scaled(known, np.where(reshaped, 0, _exponents(known) - finer))[same_known]
    quality[same] = numbers(known["quality"])[same_known]

    tells = told_quality != Quality.MISSING
    new = tells & same & (quality == Quality.MISSING)
    changed = tells & ~new & ((value != told_value) | (quality != told_quality))
    news = np.logical_or.reduceat(new | changed, np.cumsum(counts) - counts)
    tally = IntervalCounts(
        new=int(new.sum()),
        changed=int(changed.sum()),
        unchanged=int((tells & ~new & ~changed).sum()),
    )
    whole = _with(
        told,
        exponent=pa.array(finer, pa.int8()),
        values=lists("values", counts, np.where(tells, told_value, value)),
        quality=lists("quality", counts, np.where(tells, told_quality, quality)),
    )
    return whole.filter(pa.array(news)), tally


def once_each(told: Any) -> Any:
    """
    Put the rows of each day together: a source may tell a day in several pieces.

    :param told: a Table (BLOCKS) sorted by KEY
    :raises ConflictingReadings: if two pieces differ in an interval that both of them know
    """
    repeated = _repeats(told)
    while repeated.any():
        # Each round lays the second row of a day over its first; the third is then the second.
        second = repeated & ~np.append(False, repeated[:-1])
        first = np.append(second[1:], False)
        firsts, seconds = told.filter(pa.array(first)), told.filter(pa.array(second))
        merged, tally = overlay(firsts, seconds)
        if tally.changed:
            raise ConflictingReadings(_first_difference(firsts, seconds))
        others = told.filter(pa.array(~first & ~second))
        kept = firsts.filter(pa.array(absent(firsts, merged)))
        told = in_order(pa.concat_tables([others, kept, merged]))
        repeated = _repeats(told)
    return told


def in_order(table: Any, *, by: tuple[str, ...] = KEY) -> Any:
    """Sort by columns, and leave alone what is sorted."""
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in by])
    return rows_at(table, order.to_numpy().astype(np.int64))


def rows_at(table: Any, places: Any) -> Any:
    """
    The rows at these places, in this order.

    Arrow's own `take` copies lists value by value. Rows that stay next to each other are quicker
    copied together, and there are many where sorted pieces are put into one another.
    """
    if np.array_equal(places, np.arange(table.num_rows)):
        return table
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    if len(starts) * _SHORT_RUN > len(places):
        return table.take(pa.array(places))
    runs = np.diff(starts, append=len(places)).tolist()
    pieces = [table.slice(places[at], n) for at, n in zip(starts.tolist(), runs, strict=True)]
    return pa.concat_tables(pieces or [table.slice(0, 0)]).combine_chunks()


def keys(table: Any) -> Any:
    """KEY of each row as one string."""
    day = pc.cast(pc.cast(table["local_day"], pa.int32()), pa.string())
    return pc.binary_join_element_wise(table["usage_point"], table["channel"], day, "\x1f")


def absent(table: Any, other: Any) -> Any:
    """Of each row of `table`, whether `other` has none with its KEY."""
    found = pc.is_in(keys(table), value_set=pc.unique(keys(other)))
    return ~found.to_numpy(zero_copy_only=False)


def latest(versions: Any) -> Any:
    """Of each day the row that was recorded last, sorted by KEY."""
    ordered = in_order(versions, by=(*KEY, "recorded_at"))
    return ordered.filter(pa.array(~_repeated(ordered)))


def superseded(versions: Any) -> Any:
    """All the other rows, sorted by KEY and the time at which they were recorded."""
    ordered = in_order(versions, by=(*KEY, "recorded_at"))
    return ordered.filter(pa.array(_repeated(ordered)))


def _repeated(table: Any) -> Any:
    """Of each row of a sorted Table, whether the row after has the same KEY."""
    return np.append(_repeats(table)[1:], np.zeros(min(table.num_rows, 1), bool))


def _repeats(table: Any) -> Any:
    """Of each row of a sorted Table, whether it has the KEY of the row before."""
    again = np.zeros(table.num_rows, bool)
    if table.num_rows > 1:
        again[1:] = True
        for name in KEY:
            column = table[name].combine_chunks()
            again[1:] &= pc.equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    return again


def _exponents(table: Any) -> Any:
    return table["exponent"].to_numpy().astype(np.int64)


def _in_units_of(known: Any, told: Any) -> tuple[Any, Any]:
    """Say what is told in the units of what is known, where they differ by a power of ten."""
    exponent = _exponents(told)
    if known["unit"].equals(told["unit"]):
        return told, exponent
    units = told["unit"].to_pylist()
    for i, (ours, theirs) in enumerate(zip(known["unit"].to_pylist(), units, strict=True)):
        base, power = _SCALES.get(ours, (ours, 0))
        their_base, their_power = _SCALES.get(theirs, (theirs, 0))
        if base == their_base:
            units[i] = ours
            exponent[i] += their_power - power
    return _with(told, unit=pa.array(units)), exponent


def _reshaped(known: Any, told: Any) -> Any:
    """
    Of each row, whether it is told in another shape than it is known in.

    :raises DayReshaped: if such a row leaves something out
    """
    reshaped = lengths(known["values"]) != lengths(told["values"])
    for name in ("flow", "unit", "step_s"):
        reshaped |= pc.not_equal(known[name], told[name]).to_numpy()
    if reshaped.any():
        before, after = known.filter(pa.array(reshaped)), told.filter(pa.array(reshaped))
        for old, new in zip(before.to_pylist(), after.to_pylist(), strict=True):
            if Quality.MISSING in new["quality"]:
                raise DayReshaped(
                    f"{_day(new)} is known as {_shape(old)}, and told as {_shape(new)}"
                    " with intervals missing.",
                    remedy="Give the whole day, or give it as it was before.",
                )
    return reshaped


def _scaled(table: Any, powers: Any) -> Any:
    """Multiply each row's values by 10^power, exactly."""
    values = numbers(table["values"])
    if not powers.any():
        return values
    most = np.iinfo(np.int64).max
    counts = lengths(table["values"])
    factor = np.array([min(10 ** int(p), most) for p in powers], np.int64)
    limit = np.repeat(np.array([most // 10 ** int(p) for p in powers], np.int64), counts)
    beyond = ((limit < values) | (values < -limit)) & np.repeat(powers > 0, counts)
    if beyond.any():
        row = table.slice(int(np.searchsorted(np.cumsum(counts), beyond.argmax(), "right")), 1)
        raise ReadingTooLarge(f"{_day(row.to_pylist()[0])} has a value with too many digits.")
    return values * np.repeat(factor, counts)


def _with(table: Any, **columns: Any) -> Any:
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name), column)
    return table


def _first_difference(firsts: Any, seconds: Any) -> str:
    for one, other in zip(firsts.to_pylist(), seconds.to_pylist(), strict=True):
        pairs = zip(one["values"], one["quality"], other["values"], other["quality"], strict=False)
        for number, (v, q, w, r) in enumerate(pairs, start=1):
            if Quality.MISSING not in (q, r) and (v, q) != (w, r):
                return f"{_day(one)}, interval {number}, is told twice, and differently."
    return f"{_day(firsts.to_pylist()[0])} is told twice, and differently."


def _day(row: dict[str, Any]) -> str:
    return f"{row['local_day']} of channel {row['channel']} at usage point {row['usage_point']}"


def _shape(row: dict[str, Any]) -> str:
    return f"{len(row['values'])} intervals of {row['step_s']} s {row['flow']} in {row['unit']}"
