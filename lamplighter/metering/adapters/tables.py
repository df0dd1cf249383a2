"""Cells of a table into usage, piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.metering.adapters.columns import (
    FLOW_NAMES,
    QUALITY_NAMES,
    Columns,
    ValueColumn,
)
from lamplighter.metering.adapters.steps import Steps
from lamplighter.metering.adapters.times import Happened, Times
from lamplighter.metering.domain import decimals
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.metering.domain.readings import Bools, Int8s, Int32s, Int64s, Series, Usage
from lamplighter.metering.domain.refusals import (
    Faults,
    LocalTimeAmbiguous,
    LocalTimeSkipped,
    Malformed,
    NegativeUsage,
    NotANumber,
    TooManyDigits,
    UnknownQuality,
    UnknownUnit,
    UnreadableReadings,
)
from lamplighter.metering.domain.units import flows_one_way, unit_named, usual_channel, usual_flow


@dataclass(frozen=True, slots=True)
class Cells:
    """Some rows of a table: the columns as Arrow strings without nulls, and their row numbers."""

    columns: list[Any]
    rows: Int64s


_Label = tuple[str, ...]
"""Usage point, channel, flow and unit, as the cells say."""


@dataclass(frozen=True, slots=True)
class _Labels:
    """Whose rows these are: a few distinct labels, and which row bears which."""

    distinct: list[_Label]
    of: Int32s


class Table:
    """Turns the cells of one table into usage, and notes what is wrong with them."""

    def __init__(
        self, columns: Columns, source: str, days: LocalDays | None, faults: Faults
    ) -> None:
        self._columns = columns
        self._faults = faults
        self._start = Times(source, columns.names[columns.start], days, faults)
        self._twice = _Twice(self._start, faults)
        self._steps = Steps(columns, source, days, self._start, faults)
        self._labelled = (columns.usage_point, columns.channel, columns.flow, columns.unit)
        self._known: set[_Label] = set()
        self._named: dict[int, dict[_Label, Series]] = {}
        """Of each column of values, the series of each label seen so far."""

    def usage(self, cells: Cells) -> Iterator[Usage]:
        """One batch for every column of values."""
        columns, rows = self._columns, cells.rows
        if not len(rows):
            return
        labels = self._labels(cells)
        starts, shown, happened = self._start.parsed(cells.columns[columns.start], rows)
        name = columns.names[columns.start]
        for i in np.flatnonzero(happened == Happened.NEVER):
            text = cells.columns[columns.start][int(i)].as_py()
            self._faults.add(
                LocalTimeSkipped, f"The clocks went over {text}.", row=int(rows[i]), field=name
            )
        self._twice.resolve(starts, shown, happened, labels.of, labels.distinct, rows, name)
        durations = self._steps.durations(cells.columns, rows, starts, shown, labels.of)
        quality = self._quality(cells)
        for column in columns.values:
            yield self._column(column, cells, labels, starts, durations, quality)

    def end(self) -> None:
        """:raises UnreadableReadings: if a local time happened twice and the file has it once"""
        self._twice.end()

    def _column(
        self, column: ValueColumn, cells: Cells, labels: _Labels,
        starts: Int64s, durations: Int64s, quality: Int8s,
    ) -> Usage:  # fmt: skip
        texts = cells.columns[column.index]
        empty: Bools = pc.equal(texts, "").to_numpy(zero_copy_only=False)
        quality = np.where(empty, Quality.MISSING, quality).astype(np.int8)
        number = decimals.parsed(texts, scientific=True)
        series, of = self._series(column, labels)
        self._refuse(column, texts, number, quality, series, of, cells.rows)
        return Usage(
            series=series, of=of, start_s=starts, duration_s=durations,
            value=np.where(quality == Quality.MISSING, 0, number.value),
            exponent=number.exponent, quality=quality, row=cells.rows,
            version=np.zeros(len(of), np.int64),
        )  # fmt: skip

    def _refuse(
        self, column: ValueColumn, texts: Any, number: decimals.Decimals, quality: Int8s,
        series: tuple[Series, ...], of: Int32s, rows: Int64s,
    ) -> None:  # fmt: skip
        forward = np.array([flows_one_way(one.flow, one.unit) for one in series], np.bool_)[of]
        negative: Bools = (number.value < 0) & forward
        wrong: Bools = (number.wrong | negative) & ~(
            (quality == Quality.MISSING) & pc.equal(texts, "").to_numpy(zero_copy_only=False)
        )
        for i in np.flatnonzero(wrong):
            reason: type[UnreadableReadings]
            reason, what, remedy = NegativeUsage, "is negative", _NEGATIVE
            if number.not_numbers[i]:
                reason, what, remedy = NotANumber, "is not a plain decimal number", _PLAIN
            elif number.too_long[i]:
                reason, what, remedy = TooManyDigits, "has too many digits", ""
            text = texts[int(i)].as_py()
            self._faults.add(
                reason,
                f"{_short(text)} {what}.",
                row=int(rows[i]),
                field=column.name,
                remedy=remedy,
            )

    def _quality(self, cells: Cells) -> Int8s:
        index = self._columns.quality
        if index is None:
            return np.full(len(cells.rows), Quality.ACTUAL, np.int8)
        distinct, of = _distinct(cells.columns[index])
        flags = []
        for n, text in enumerate(distinct):
            flag = QUALITY_NAMES.get(text.strip().casefold(), None if text else 1)
            if flag is None:
                self._faults.add(
                    UnknownQuality,
                    f"{_short(text)} is not a quality.",
                    row=int(cells.rows[int(np.argmax(of == n))]),
                    field=self._columns.names[index],
                    remedy="They are actual, estimated, substituted, manual and missing.",
                )
            flags.append(0 if flag is None else flag)
        return np.array(flags, np.int8)[of]

    def _labels(self, cells: Cells) -> _Labels:
        parts: list[tuple[list[str], Int64s]] = []
        of = np.zeros(len(cells.rows), np.int64)
        for index in self._labelled:
            distinct, which = ([""], of[:0]) if index is None else _distinct(cells.columns[index])
            if index is not None:
                self._refuse_unlabelled(index, distinct, which, cells.rows)
                of = of * len(distinct) + which
            parts.append((distinct, which))
        _, first, labels_of = np.unique(of, return_index=True, return_inverse=True)
        columns = [
            [distinct[n].strip() for n in which[first].tolist()]
            if len(which)
            else distinct * len(first)
            for distinct, which in parts
        ]
        labels = list(zip(*columns, strict=True))
        self._refuse_unknown(labels, cells.rows[first])
        return _Labels(labels, labels_of.astype(np.int32))

    def _refuse_unlabelled(self, index: int, distinct: list[str], of: Int64s, rows: Int64s) -> None:
        if index == self._columns.usage_point and "" in distinct:
            for i in np.flatnonzero(of == distinct.index("")):
                self._faults.add(
                    Malformed,
                    "This is empty.",
                    row=int(rows[i]),
                    field=self._columns.names[index],
                )

    def _refuse_unknown(self, labels: list[_Label], rows: Int64s) -> None:
        """:param rows: of each label, the first row that bears it"""
        for label, row in zip(labels, rows.tolist(), strict=True):
            if label in self._known:
                continue
            self._known.add(label)
            _, _, flow, unit = label
            if self._columns.unit is not None and unit_named(unit) is None:
                self._faults.add(
                    UnknownUnit,
                    f"{_short(unit)} is not a unit.",
                    row=row,
                    field=self._columns.name(self._columns.unit),
                )
            if flow and flow.casefold() not in FLOW_NAMES:
                self._faults.add(
                    Malformed,
                    f"{_short(flow)} is not a flow.",
                    row=row,
                    field=self._columns.name(self._columns.flow),
                    remedy=f"They are {', '.join(dict.fromkeys(FLOW_NAMES.values()))}.",
                )

    def _series(self, column: ValueColumn, labels: _Labels) -> tuple[tuple[Series, ...], Int32s]:
        series: dict[Series, int] = {}
        named = self._named.setdefault(column.index, {})
        numbers = []
        for label in labels.distinct:
            one = named.get(label)
            if one is None:
                one = named[label] = _series_of(column, label)
            numbers.append(series.setdefault(one, len(series)))
        return tuple(series), np.array(numbers, np.int32)[labels.of]


def _series_of(column: ValueColumn, label: _Label) -> Series:
    usage_point, channel, flow_text, unit_text = label
    unit = column.unit or unit_named(unit_text) or ""
    told = FLOW_NAMES.get(flow_text.casefold()) or column.flow or _flow_by_name(channel, unit)
    flow = told or usual_flow(unit)
    return Series(usage_point, channel or usual_channel(flow, unit), flow, unit)


def _flow_by_name(channel: str, unit: str) -> str:
    """The flow of a channel that is called after one."""
    named = FLOW_NAMES.get(channel.casefold(), "")
    reactive = named in ("import", "export") and usual_flow(unit) == "reactive-import"
    return f"reactive-{named}" if reactive else named


_NEGATIVE: Final = "Put what flows back in a column of its own, such as `export_kwh`."
_PLAIN: Final = "Write digits with at most one decimal point, and no separators."


@dataclass(slots=True)
class _Twice:
    """
    Tells apart the two passes through the hour that the clocks repeat: in a series in order, the
    first time a local time is seen is the first time it happened.
    """

    times: Times
    faults: Faults
    seen: dict[tuple[_Label, int], int | None] = field(default_factory=dict)
    """By series and local time: the row of its first pass, None once the second was seen."""
    name: str = ""

    def resolve(
        self, starts: Int64s, shown: Int64s, happened: Int8s, of: Int32s,
        labels: list[_Label], rows: Int64s, name: str,
    ) -> None:  # fmt: skip
        """Put starts that happened twice at the right one of the two instants."""
        self.name = name
        for i in np.flatnonzero(happened == Happened.TWICE).tolist():
            key = (labels[of[i]], int(shown[i]))
            if key not in self.seen:
                self.seen[key] = int(rows[i])
            else:
                self.seen[key] = None
                starts[i] = self.times.second_time(int(shown[i]))

    def end(self) -> None:
        for row in self.seen.values():
            if row is not None:
                self.faults.add(
                    LocalTimeAmbiguous,
                    "This local time happened twice, and the file has it once.",
                    row=row,
                    field=self.name,
                    remedy="Write times with their offset from UTC.",
                )


def _distinct(texts: Any) -> tuple[list[str], Int64s]:
    encoded = pc.dictionary_encode(texts)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    of: Int64s = encoded.indices.to_numpy().astype(np.int64)
    return encoded.dictionary.to_pylist(), of


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
