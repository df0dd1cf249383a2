"""
What NEM12 and NEM13 have in common: AEMO's Meter Data File Format.

Source: AEMO, "Meter Data File Format Specification NEM12 & NEM13", v2.5.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.refusals import (
    Faults,
    Malformed,
    NoReadings,
    Truncated,
)
from lamplighter.metering.domain.units import unit_named, usual_flow

NEM_TIME: Final = timezone(timedelta(hours=10), "UTC+10:00")
"""Every time in these files is Australian Eastern Standard Time, all year round."""
NEM_OFFSET_S: Final = 36_000

_METHOD: Final = re.compile(r"[AEFNSV]([0-9]{2})?", re.ASCII)
_QUALITY: Final = {
    "A": Quality.ACTUAL,
    "E": Quality.ESTIMATED,
    "F": Quality.SUBSTITUTED,
    "S": Quality.SUBSTITUTED,
    "N": Quality.MISSING,
}
_FLOW: Final = {"E": "import", "B": "export", "Q": "reactive-import", "K": "reactive-export"}
"""By the first letter of a master stream's suffix, as the customer sees it."""
_MOST_QUOTED: Final = 40


def quality_of(method: str) -> Quality | None:
    """What a QualityMethod such as A, E52 or S14 means; None if it is none, or is V (it varies)."""
    return _QUALITY.get(method[0]) if _METHOD.fullmatch(method) else None


def is_quality_method(method: str) -> bool:
    return _METHOD.fullmatch(method) is not None


def flow_of(suffix: str, unit: str) -> str:
    """
    Which way a data stream flows. Check and average streams (C, F, A, D …) measure what a master
    stream measures too, and may not be added to it: they are `other`.
    """
    flow = _FLOW.get(suffix[:1].upper(), "other")
    if flow == "other" or usual_flow(unit) == "other":
        return "apparent" if usual_flow(unit) == "apparent" else "other"
    return flow


def unit_of(text: str) -> str | None:
    """A unit of measure as the format allows it, in letters of any size."""
    return unit_named(text) if text else None


@lru_cache(4096)
def day_start_s(yyyymmdd: str) -> int | None:
    """The instant at which a date begins in NEM time; None if it is no date."""
    if not re.fullmatch(r"(?:19|20|21)[0-9]{6}", yyyymmdd, re.ASCII):
        return None
    try:
        day = date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - NEM_OFFSET_S


@lru_cache(4096)
def instant_s(yyyymmddhhmmss: str) -> int | None:
    """The instant of a date and time; None if it is none."""
    start = day_start_s(yyyymmddhhmmss[:8])
    clock = re.fullmatch(r"([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])", yyyymmddhhmmss[8:])
    if start is None or clock is None:
        return None
    hours, minutes, seconds = map(int, clock.groups())
    return start + hours * 3600 + minutes * 60 + seconds


def quoted(text: str) -> str:
    """What a file says, short enough to be repeated."""
    return repr(text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED] + "…")


class Envelope:
    """The rule that one header record comes first, and one end record last."""

    def __init__(self, version: str, faults: Faults) -> None:
        self._version = version
        self._faults = faults
        self._begun = False
        self._ended = False
        self._blamed = False
        self.readings = 0

    def header(self, row: int, fields: list[str]) -> None:
        """Take a 100 record."""
        if self._begun:
            self._faults.add(Malformed, "There is a second 100 record.", row=row)
        elif len(fields) < 2 or fields[1].strip().upper() != self._version:
            self._faults.add(
                Malformed,
                f"The 100 record does not say {self._version}.",
                row=row,
                field="VersionHeader",
            )
        self._begun = True

    def content(self, row: int) -> None:
        """Take any record between."""
        if (not self._begun or self._ended) and not self._blamed:
            self._blamed = True
            where = "after the 900 record" if self._ended else "before the 100 record"
            self._faults.add(Malformed, f"There is a record {where}.", row=row)

    def end(self, row: int) -> None:
        """Take a 900 record."""
        self.content(row)
        self._ended = True

    def check(self, last_row: int) -> None:
        """
        :raises Truncated: if the end record is missing
        :raises NoReadings: if nothing was between header and end
        """
        if not self._ended:
            self._faults.add(Truncated, "There is no 900 record at the end.", row=last_row)
        elif not self.readings:
            self._faults.add(NoReadings, "There are no readings between header and end.")
        self._faults.check()
