"""The readings in the interval blocks of a Green Button file, column by column."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, Final

import numpy as np
import pyarrow as pa
from lxml import etree

from lamplighter.metering.adapters.green_button.codes import QUALITIES
from lamplighter.metering.adapters.green_button.feed import Feed, Joined, ReadingType
from lamplighter.metering.adapters.safe_xml import forget, line_of, seen
from lamplighter.metering.domain import decimals
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.local_days import EARLIEST_S, LATEST_S
from lamplighter.metering.domain.readings import Bools, Int8s, Int64s, Notes, Series, Usage
from lamplighter.metering.domain.refusals import (
    Faults,
    NotANumber,
    TooManyDigits,
    UnknownQuality,
    UnreadableReadings,
    WrongTime,
)
from lamplighter.metering.domain.units import flows_one_way
from lamplighter.metering.ports.reading_formats import Source

_HARVEST_OVER: Final = 4096
_BATCH: Final = 20_000
_LONGEST_S: Final = 400 * 86_400


def usage_in(
    source: Source, feed: Feed, joined: Joined, faults: Faults, notes: Notes
) -> Iterator[Usage]:
    """All interval readings, in batches of one series each."""
    whose = chain.from_iterable(
        repeat(joined.of_blocks(home, row), times) for home, times, row in feed.homes
    )
    waiting: dict[tuple[Series, ReadingType], _Rows] = {}
    rows = _Rows(Series("", "", "other", ""), ReadingType())
    taken = 0
    for event, block in seen(source, ("IntervalBlock",)):
        if event == "start":
            series, how = next(whose, (rows.series, rows.how))
            rows = waiting.setdefault((series, how), _Rows(series, how))
        elif event == "end":
            taken += rows.harvest(block, block, ends=True)
            forget(block)
        elif len(block) > _HARVEST_OVER:
            taken += rows.harvest(block, _all_but_last(block), ends=False)
        if taken >= _BATCH:
            yield from _finished(waiting, faults, notes)
            taken = 0
            rows = waiting.setdefault((rows.series, rows.how), rows.emptied())
    yield from _finished(waiting, faults, notes)


def _finished(
    waiting: dict[tuple[Series, ReadingType], "_Rows"], faults: Faults, notes: Notes
) -> Iterator[Usage]:
    """What has been taken so far, as columns."""
    for rows in waiting.values():
        if len(rows):
            usage = _Columns(rows, faults, notes).usage()
            if not faults:
                yield usage
    waiting.clear()


@lru_cache(16)
def _paths(namespace: str) -> dict[str, etree.XPath]:
    """Ways from a block to the parts of its readings: of all but values the first of a reading."""
    names = {"e": namespace} if namespace else None
    e = "e:" if namespace else ""
    ways = {
        "value": f"{e}value",
        "start": f"{e}timePeriod[1]/{e}start[1]",
        "duration": f"{e}timePeriod[1]/{e}duration[1]",
        "cost": f"{e}cost[1]",
        "quality": f"{e}ReadingQuality[1]/{e}quality[1]",
    }
    return {
        part: etree.XPath(f"{e}IntervalReading/{way}", namespaces=names)
        for part, way in ways.items()
    } | {"reading": etree.XPath(f"{e}IntervalReading", namespaces=names)}


@dataclass(slots=True)
class _Rows:
    """Readings of one series as texts: equally long columns; empty where a reading says nothing."""

    series: Series
    how: ReadingType
    value: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    duration: list[str] = field(default_factory=list)
    cost: list[str] = field(default_factory=list)
    quality: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    so_far: int = 0
    """Readings of the present block that were harvested before it ended."""

    def __len__(self) -> int:
        return len(self.value)

    def emptied(self) -> "_Rows":
        """The same without what was taken, in the same block."""
        return _Rows(self.series, self.how, so_far=self.so_far)

    def harvest(self, block: etree._Element, part: etree._Element, *, ends: bool) -> int:
        """
        Take the readings that are in this part of a block, which may be all of it.

        :returns: how many there were
        """
        paths = _paths(etree.QName(part).namespace or "")
        elements: dict[str, Any] = {name: paths[name](part) for name in _PARTS}
        readings: Any = paths["reading"](part) or part.findall("{*}IntervalReading")
        n, values = len(readings), elements["value"]
        found = {name: _texts(some) for name, some in elements.items()}
        whole = all(len(found[name]) == n for name in ("value", "start", "duration"))
        whole = whole and not any(map(len, values)) and len({v.getparent() for v in values}) == n
        if not whole or any(len(found[name]) not in (0, n) for name in ("cost", "quality")):
            found = self._one_by_one(block, readings)
        for name, texts in found.items():
            getattr(self, name).extend(texts or [""] * n)
        self.row.extend([line_of(block)] * n)
        self.so_far = 0 if ends else self.so_far + n
        return n

    def _one_by_one(self, block: etree._Element, readings: Any) -> dict[str, list[str]]:
        """The same for readings that leave things out."""
        begin = (block.findtext("{*}interval/{*}start") or "").strip()
        length = (block.findtext("{*}interval/{*}duration") or "").strip()
        alone = len(readings) == 1 and not self.so_far
        step = self.how.interval_s or (int(length) if alone and _is_whole(length) else 0)
        found: dict[str, list[str]] = {name: [] for name in _PARTS}
        for place, reading in enumerate(readings, self.so_far):
            texts = {name: _said(reading, way) for name, way in _PARTS.items()}
            for name in ("cost", "quality"):
                texts[name] = reading.findtext(_PARTS[name]) or ""
            if not texts["start"] and _is_whole(begin) and step:
                texts["start"] = str(int(begin) + place * step)
            texts["duration"] = texts["duration"] or (str(step) if step else "")
            for name, text in texts.items():
                found[name].append(text)
        return found


_PARTS: Final = {
    "value": "{*}value",
    "start": "{*}timePeriod/{*}start",
    "duration": "{*}timePeriod/{*}duration",
    "cost": "{*}cost",
    "quality": "{*}ReadingQuality/{*}quality",
}


def _all_but_last(block: etree._Element) -> etree._Element:
    """The readings of a block, taken out of it: the last one may be half read."""
    part = etree.Element(block.tag)
    part.extend(block.findall("{*}IntervalReading")[:-1])
    return part


def _texts(found: Any) -> list[str]:
    return [element.text or "" for element in found]


def _said(reading: etree._Element, way: str) -> str:
    """The text of a part; of one in pieces or there twice, all of it, which is no number then."""
    return " ".join(" ".join(map(str, one.itertext())) for one in reading.findall(way))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12


class _Columns:
    """Turns texts into numbers, and notes what is wrong with them."""

    def __init__(self, rows: _Rows, faults: Faults, notes: Notes) -> None:
        self._rows = rows
        self._faults = faults
        self._notes = notes

    def usage(self) -> Usage:
        rows, how = self._rows, self._rows.how
        value, exponent, missing = self._values()
        quality = np.where(missing, Quality.MISSING, self._qualities()).astype(np.int8)
        n = len(rows.value)
        return Usage(
            series=(rows.series,),
            of=np.zeros(n, np.int32),
            start_s=self._seconds(rows.start, "start", EARLIEST_S, LATEST_S),
            duration_s=self._seconds(rows.duration, "duration", 1, _LONGEST_S),
            value=value,
            exponent=(exponent + how.power).astype(np.int8),
            quality=quality,
            row=np.array(rows.row, np.int64),
            version=np.zeros(n, np.int64),
            cost=self._costs(),
            running=how.running,
        )

    def _values(self) -> tuple[Int64s, Int8s, Bools]:
        texts = self._rows.value
        number = decimals.parsed(pa.array(texts, pa.string()))
        missing: Bools = np.array([not text.strip() for text in texts], np.bool_)
        for i in np.flatnonzero(number.not_numbers & ~missing):
            self._refuse(NotANumber, texts[i], "is not a plain number", int(i), "value")
        for i in np.flatnonzero(number.too_long):
            self._refuse(TooManyDigits, texts[i], "has too many digits", int(i), "value")
        series = self._rows.series
        self._note("{n} readings have no value", missing)
        if not series.unit:
            self._note("{n} readings have no unit", ~missing)
        if flows_one_way(series.flow, series.unit):
            self._note("{n} values are negative in a channel of one direction", number.value < 0)
        return number.value, number.exponent, missing

    def _costs(self) -> Int64s | None:
        texts = self._rows.cost
        if not any(texts):
            return None
        number = decimals.parsed(pa.array([text.strip() or "0" for text in texts], pa.string()))
        whole: Bools = number.value % 10 ** (-number.exponent.astype(np.int64)) == 0
        for i in np.flatnonzero(number.wrong | ~whole):
            self._refuse(NotANumber, texts[i], "is not a whole number", int(i), "cost")
        return number.value // 10 ** (-number.exponent.astype(np.int64))

    def _seconds(self, texts: list[str], name: str, least: int, most: int) -> Int64s:
        number = decimals.parsed(pa.array(texts, pa.string()))
        scale = 10 ** (-number.exponent.astype(np.int64))
        seconds: Int64s = number.value // scale
        self._note(f"{{n}} readings with a fraction of a second in {name}, cut off",
                   number.value % scale != 0)  # fmt: skip
        for i in np.flatnonzero(number.wrong | (seconds < least) | (seconds > most)):
            what = "is not a number of seconds to expect" if texts[i].strip() else "is missing"
            self._refuse(WrongTime, texts[i], what, int(i), f"timePeriod.{name}")
        return np.clip(seconds, least, most)

    def _qualities(self) -> Int8s:
        texts = [text.strip() or self._rows.how.default_quality for text in self._rows.quality]
        known: dict[str, Quality] = {"": Quality.ACTUAL}
        for text in set(texts) - {""}:
            code = int(text) if _is_whole(text) else -1
            if code not in QUALITIES:
                self._refuse(
                    UnknownQuality, text, "is not a quality code", texts.index(text), "quality"
                )
            known[text] = QUALITIES.get(code, Quality.ACTUAL)
        if len(known) == 1:
            return np.full(len(texts), Quality.ACTUAL, np.int8)
        return np.array([known[text] for text in texts], np.int8)

    def _note(self, text: str, where: Bools) -> None:
        self._notes.add(text, series=self._rows.series, times=int(np.count_nonzero(where)))

    def _refuse(
        self, reason: type[UnreadableReadings], text: str,
        what: str, i: int, name: str,
    ) -> None:  # fmt: skip
        short = text if len(text) <= 40 else text[:40] + "…"
        first = self._rows.row.index(self._rows.row[i])
        self._faults.add(
            reason,
            f"{short!r} {what}.",
            row=self._rows.row[i] or None,
            field=f"IntervalReading[{i - first}].{name}",
        )
