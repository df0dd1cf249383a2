"""ISO 8601 times from text into columns of instants."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.kernel import Place
from lamplighter.metering.domain.local_days import EARLIEST_S, LATEST_S, Happened, LocalDays
from lamplighter.metering.domain.readings import Bools, Int8s, Int64s
from lamplighter.metering.domain.refusals import Faults, TimeZoneNeeded, WrongTime

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.0+)?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r":[0-9]{2}(?:\.0+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})$", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = 1_000_000
_LOOK_AT: Final = 100
"""So many rows are looked at for a first time that is one."""


class Times:
    """
    Reads one column of times, which all bear an offset from UTC, or all do not.

    :param days: of the zone of times without an offset; None if nobody said
    """

    def __init__(self, source: str, field: str, days: LocalDays | None, faults: Faults) -> None:
        self._source = source
        self._field = field
        self._days = days
        self._faults = faults
        self.local: bool | None = None
        """Whether the times bear no offset. Known from the first one on."""

    def parsed(self, texts: Any, rows: Int64s) -> tuple[Int64s, Int64s, Int8s]:
        """
        The instants in seconds, the same as the local clock shows them, and how often each local
        time happened. Wrong ones are noted, and become 0.

        :raises TimeZoneNeeded: if there is no offset, and no time zone was given
        """
        if self.local is None and len(texts):
            times = filter(_TIME.fullmatch, texts.slice(0, _LOOK_AT).to_pylist())
            self.local = _OFFSET.search(next(times, "T00:00Z")) is None
        shown = self._seconds(texts, rows)
        if not self.local:
            return shown, shown, np.zeros(len(shown), np.int8)
        instants, happened = self._local_days().instants(shown)
        return instants, shown, happened

    def second_time(self, local_s: int) -> int:
        """The later instant of a local time that happened twice."""
        return self._local_days().second_time(local_s)

    def midnights(self, instants: Int64s) -> tuple[Int64s, Int64s]:
        """When the local day of each instant begins, and when the next one does."""
        days = self._local_days()
        known, which = np.unique(days.day_of(instants), return_inverse=True)
        bounds = np.array([days.starts(int(d), int(d) + 1) for d in known], np.int64)
        return bounds[which, 0], bounds[which, 1]

    def _local_days(self) -> LocalDays:
        if self._days is None:
            raise TimeZoneNeeded(
                "These times bear no offset from UTC.",
                remedy="Say in which time zone they are, such as --timezone Europe/Berlin.",
                places=(Place(source=self._source, field=self._field),),
            )
        return self._days

    def _seconds(self, texts: Any, rows: Int64s) -> Int64s:
        zone = None if self.local else "UTC"
        try:
            stamps = pc.cast(texts, pa.timestamp("us", zone)).cast(pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            return self._one_by_one(texts.to_pylist(), rows)
        seconds: Int64s = stamps // _US
        wrong: Bools = (stamps % _US != 0) | (seconds < EARLIEST_S) | (seconds > LATEST_S)
        for i in np.flatnonzero(wrong):
            self._refuse(texts[int(i)].as_py(), int(rows[i]))
            seconds[i] = 0
        return seconds

    def _one_by_one(self, texts: list[str], rows: Int64s) -> Int64s:
        seconds = np.zeros(len(texts), np.int64)
        for i, text in enumerate(texts):
            found = self._second(text.strip())
            if found is None or not EARLIEST_S <= found <= LATEST_S:
                self._refuse(text, int(rows[i]))
            else:
                seconds[i] = found
        return seconds

    def _second(self, text: str) -> int | None:
        match = _TIME.fullmatch(text)
        if match is None or bool(match["offset"]) == self.local:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        at = at.replace(tzinfo=UTC) if self.local else at
        return (at - _EPOCH) // timedelta(seconds=1)

    def _refuse(self, text: str, row: int) -> None:
        sort = "without an offset" if self.local else "with an offset from UTC"
        short = text if len(text) <= 40 else text[:40] + "…"
        self._faults.add(
            WrongTime,
            f"{short!r} is not an ISO 8601 time {sort}, such as"
            f" 2024-07-01T00:30{'' if self.local else 'Z'}.",
            row=row,
            field=self._field,
        )


__all__ = ["Happened", "Times"]
