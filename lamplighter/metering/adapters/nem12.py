"""
NEM12: interval metering data of the Australian market.

A 200 record says which data stream follows, each 300 record brings one day of it, and 400 records
below a day say the quality of stretches of it. See `mdff` for the source.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from lamplighter.metering.adapters import mdff
from lamplighter.metering.adapters.lines import chunks
from lamplighter.metering.domain import decimals
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.readings import (
    Bools,
    Int64s,
    Notes,
    Reading,
    Series,
    Usage,
)
from lamplighter.metering.domain.refusals import (
    Faults,
    Malformed,
    NegativeUsage,
    NotANumber,
    TooManyDigits,
    UnknownQuality,
    UnknownUnit,
    UnreadableReadings,
    WrongTime,
)
from lamplighter.metering.domain.units import flows_one_way
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_AFTER_VALUES: Final = (
    "QualityMethod", "ReasonCode", "ReasonDescription", "UpdateDateTime", "MSATSLoadDateTime",
)  # fmt: skip

# 400 records too: they speak of the day above.
_RECORDS: Final = ("100", "200", "300", "500", "900")
_DATE_ONLY: Final = len("300,20050113,") + len("\r")


class Nem12:
    """The format NEM12."""

    name = "nem12"
    title = "NEM12 interval data (AEMO)"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002
        begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:10].upper()
        return begin.startswith((b"100,NEM12", b"200,", b"300,"))

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        return Opened(readings=_readings(source, surroundings), time_zone=mdff.NEM_TIME)


def _readings(source: Source, surroundings: Surroundings) -> Iterator[Reading]:
    reader = _Reader(Faults(source.name), None if surroundings.strict else surroundings.notes)
    last_row = 1
    for chunk in chunks(source):
        rows = chunk.data.removesuffix(b"\n").split(b"\n")
        for row, line in enumerate(rows, chunk.first_row):
            last_row = row if line else last_row
            reader.take(row, line)
        usage = reader.usage(whole=chunk.last)
        # Once a row is wrong, the rest is read only to find the other wrong ones.
        if usage is not None and not reader.faults:
            yield usage
    reader.envelope.check(last_row)


@dataclass(slots=True)
class _Days:
    """Days that were read and not yet turned into columns: one element a 300 record."""

    values: list[bytes] = field(default_factory=list)
    series: list[int] = field(default_factory=list)
    start_s: list[int] = field(default_factory=list)
    step_s: list[int] = field(default_factory=list)
    intervals: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    version: list[int] = field(default_factory=list)
    stretches: list[tuple[int, int, int, Quality]] = field(default_factory=list)
    """Day, first interval, interval after the last, and their quality."""


class _Reader:
    """Takes record after record, and knows what the next one may be."""

    def __init__(self, faults: Faults, notes: Notes | None) -> None:
        """:param notes: where days broken over several lines are noted; None: they are refused"""
        self.faults = faults
        self._notes = notes
        self._broken = False
        self.envelope = mdff.Envelope("NEM12", faults)
        self._numbers: dict[Series, int] = {}
        self._series: list[Series] = []
        self._stream: int | None = None
        self._minutes = 30
        self._days = _Days()
        self._varies = False
        self._covered = 0
        self._in_day = False

    def take(self, row: int, line: bytes) -> None:
        if line[:4] == b"300,":
            self._close_day()
            self._broken = self._breaks_off(row, line)
            if not self._broken:
                self._day(row, line)
            return
        text = line.decode().strip()
        fields = text.split(",")
        self._broken = self._broken and fields[0] not in _RECORDS
        if not text or self._broken:
            return
        if fields[0] == "400":
            self._stretch(row, fields)
            return
        self._close_day()
        if fields[0] == "100":
            self.envelope.header(row, fields)
        elif fields[0] == "900":
            self.envelope.end(row)
        elif fields[0] == "200":
            self.envelope.content(row)
            self._details(row, fields)
        elif fields[0] == "500":
            self.envelope.content(row)
        else:
            self.faults.add(
                Malformed,
                f"{mdff.quoted(fields[0])} is no record of NEM12: they are 100, 200, 300, 400,"
                " 500 and 900.",
                row=row,
                field="RecordIndicator",
            )

    def _breaks_off(self, row: int, line: bytes) -> bool:
        """Whether a day ends after its date, its values on lines of their own; this is noted."""
        if self._notes is None or len(line) > _DATE_ONLY:
            return False
        self._notes.add(f"Row {row}: a day broken over several lines is left out.")
        return True

    def _details(self, row: int, fields: list[str]) -> None:
        self._stream = None
        if len(fields) < 9:
            self.faults.add(Malformed, "A 200 record has at least 9 fields.", row=row)
            return
        nmi, suffix = fields[1].strip(), fields[4].strip()
        unit, minutes = mdff.unit_of(fields[7]), fields[8].strip().lstrip("0")
        if not nmi or not suffix:
            self.faults.add(
                Malformed, "This is empty.", row=row, field="NMISuffix" if nmi else "NMI"
            )
        if unit is None:
            self.faults.add(
                UnknownUnit, f"{mdff.quoted(fields[7])} is not a unit.", row=row, field="UOM"
            )
        if minutes not in _STEPS:
            self.faults.add(
                Malformed,
                f"{mdff.quoted(minutes)} is not a number of minutes that divides the day.",
                row=row,
                field="IntervalLength",
            )
        if nmi and suffix and unit is not None and minutes in _STEPS:
            series = Series(nmi, suffix, mdff.flow_of(suffix, unit), unit)
            self._stream = self._numbers.setdefault(series, len(self._numbers))
            if self._stream == len(self._series):
                self._series.append(series)
            self._minutes = int(minutes)

    def _day(self, row: int, line: bytes) -> None:
        self.envelope.content(row)
        self.envelope.readings += 1
        if self._stream is None:
            if not self.faults:
                self.faults.add(Malformed, "A 300 record without a 200 record above.", row=row)
            return
        intervals = 1440 // self._minutes
        parts = line.split(b",", intervals + 2)
        after = parts[-1].decode().rstrip("\r").split(",") if len(parts) == intervals + 3 else [""]
        method = after[0].strip()
        # Spreadsheets make all rows as long as the longest, with commas and nothing between.
        beyond = any(text.strip() for text in after[len(_AFTER_VALUES) :])
        if not mdff.is_quality_method(method) or beyond:
            self._wrong_length(row, line, intervals)
            return
        start, version = mdff.day_start_s(parts[1].decode()), _version(after)
        if start is None or version is None:
            wrong, name = (parts[1].decode(), "IntervalDate") if start is None else (
                after[3], "UpdateDateTime"
            )  # fmt: skip
            self.faults.add(WrongTime, f"{mdff.quoted(wrong)} is not a date.", row=row, field=name)
            return
        days = self._days
        days.row.append(row)
        days.values.append(line[13 : len(line) - len(parts[-1]) - 1])
        days.start_s.append(start)
        days.version.append(version)
        days.series.append(self._stream)
        self._begin_day(intervals, mdff.quality_of(method))

    def _wrong_length(self, row: int, line: bytes, intervals: int) -> None:
        fields = line.decode().rstrip("\r").split(",")
        method = fields[intervals + 2].strip() if len(fields) > intervals + 2 else ""
        letter = method[:1].isalpha()
        beyond = any(text.strip() for text in fields[intervals + 2 + len(_AFTER_VALUES) :])
        if letter and not beyond:
            self.faults.add(
                UnknownQuality,
                f"{mdff.quoted(method)} is not a quality method.",
                row=row,
                field="QualityMethod",
            )
        else:
            self.faults.add(
                Malformed,
                f"A day of {self._minutes} minute intervals has {intervals} values and then a"
                f" quality method; this record has {len(fields)} fields.",
                row=row,
                field=f"IntervalValue{intervals}",
            )

    def _begin_day(self, intervals: int, quality: Quality | None) -> None:
        """:param quality: of the whole day; None if it varies"""
        days = self._days
        days.intervals.append(intervals)
        days.step_s.append(self._minutes * 60)
        days.quality.append(Quality.MISSING if quality is None else quality)
        self._in_day, self._varies, self._covered = True, quality is None, 0

    def _stretch(self, row: int, fields: list[str]) -> None:
        """Take a 400 record: the quality of the intervals from one to another of the day above."""
        self.envelope.content(row)
        if not self._in_day:
            if not self.faults:
                self.faults.add(Malformed, "A 400 record without a 300 record above.", row=row)
            return
        last = self._days.intervals[-1]
        numbers = [_interval_number(text, last) for text in fields[1:3]]
        quality = mdff.quality_of(fields[3].strip()) if len(fields) > 3 else None
        if len(numbers) < 2 or None in numbers or numbers[0] != self._covered + 1:
            self.faults.add(
                Malformed,
                f"The next stretch of this day begins with interval {self._covered + 1} and ends"
                f" at {last} or before.",
                row=row,
                field="StartInterval",
            )
        elif quality is None:
            self.faults.add(
                UnknownQuality,
                f"{mdff.quoted(fields[3] if len(fields) > 3 else '')} is not a quality method.",
                row=row,
                field="QualityMethod",
            )
        else:
            self._covered = numbers[1] or 0
            day = len(self._days.row) - 1
            self._days.stretches.append((day, numbers[0] - 1, self._covered, quality))

    def _close_day(self) -> None:
        unsaid = self._in_day and self._varies and self._covered != self._days.intervals[-1]
        if unsaid and not self.faults:
            self.faults.add(
                Malformed,
                f"The quality of this day varies, but 400 records say it only up to interval"
                f" {self._covered}.",
                row=self._days.row[-1],
                field="QualityMethod",
            )
        self._in_day = False

    def usage(self, *, whole: bool) -> Usage | None:
        """The days so far as columns; the last one waits, in case 400 records follow."""
        if whole:
            self._close_day()
        days, self._days = self._days, _Days()
        if self._in_day:
            self._days = _last_of(days)
        if not days.row:
            return None
        return _columns(days, self._series, self.faults)


_STEPS: Final = frozenset(str(n) for n in range(1, 61) if 60 % n == 0)


def _version(after: list[str]) -> int | None:
    """When this day's data was made, as a number; 0 if it does not say; None if it is no time."""
    text = after[3].strip() if len(after) > 3 else ""
    return mdff.instant_s(text.ljust(14, "0")) if text else 0


def _interval_number(text: str, last: int) -> int | None:
    text = text.strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
    return number if 1 <= number <= last else None


def _last_of(days: _Days) -> _Days:
    """Take the last day out."""
    day = len(days.row) - 1
    last = _Days(stretches=[(0, a, b, flag) for of, a, b, flag in days.stretches if of == day])
    days.stretches = [stretch for stretch in days.stretches if stretch[0] != day]
    for name in _COLUMNS:
        getattr(last, name).append(getattr(days, name).pop())
    return last


_COLUMNS: Final = (
    "values", "series", "start_s", "step_s", "intervals", "quality", "row", "version",
)  # fmt: skip


def _columns(days: _Days, series: list[Series], faults: Faults) -> Usage:
    intervals = np.array(days.intervals, np.int64)
    first = np.cumsum(intervals) - intervals
    place = np.arange(int(intervals.sum())) - np.repeat(first, intervals)
    step = np.repeat(np.array(days.step_s, np.int64), intervals)
    quality = np.repeat(np.array(days.quality, np.int8), intervals)
    for day, begin, end, flag in days.stretches:
        quality[first[day] + begin : first[day] + end] = flag
    number = decimals.parsed(_texts(days.values))
    forward = np.array([flows_one_way(one.flow, one.unit) for one in series], np.bool_)
    one_way = np.repeat(forward[np.array(days.series)], intervals)
    wrong: Bools = number.wrong | ((number.value < 0) & one_way)
    _refuse(number, wrong & (quality != Quality.MISSING), days, first, faults)
    here, of = np.unique(np.array(days.series), return_inverse=True)
    return Usage(
        series=tuple(series[number] for number in here.tolist()),
        of=np.repeat(of.astype(np.int32), intervals),
        start_s=np.repeat(np.array(days.start_s, np.int64), intervals) + place * step,
        duration_s=step,
        value=np.where(quality == Quality.MISSING, 0, number.value),
        exponent=number.exponent,
        quality=quality,
        row=np.repeat(np.array(days.row, np.int64), intervals),
        version=np.repeat(np.array(days.version, np.int64), intervals),
    )


def _texts(values: list[bytes]) -> pa.Array:
    """The comma-separated values as an Arrow array, without making each a Python object."""
    joined = b",".join(values)
    commas = np.flatnonzero(np.frombuffer(joined, np.uint8) == ord(","))
    ends = np.append(commas, len(joined)) - np.arange(len(commas) + 1)
    offsets = np.append(0, ends).astype(np.int32)
    data = joined.replace(b",", b"")
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))


def _refuse(
    number: decimals.Decimals, wrong: Bools, days: _Days, first: Int64s, faults: Faults
) -> None:
    """Name every value that is no number, or negative. A missing value may be anything."""
    for i in np.flatnonzero(wrong):
        day = int(np.searchsorted(first, i, side="right")) - 1
        text = days.values[day].decode().split(",")[i - first[day]]
        reason: type[UnreadableReadings] = NegativeUsage
        what = "is negative"
        if number.not_numbers[i]:
            reason, what = NotANumber, "is not a plain decimal number"
        elif number.too_long[i]:
            reason, what = TooManyDigits, "has too many digits"
        faults.add(
            reason,
            f"{mdff.quoted(text)} {what}.",
            row=days.row[day],
            field=f"IntervalValue{i - first[day] + 1}",
        )


FORMAT: Final = Nem12()
