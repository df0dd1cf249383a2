"""Spans of time: half-open and aware of their time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """All instants from `start` up to but not including `end`. Both are aware, `start < end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            msg = "a period's ends are aware of their time zone"
            raise ValueError(msg)
        if self.start.astimezone(UTC) >= self.end.astimezone(UTC):
            msg = f"a period ends after it starts, and this one is {self.start} to {self.end}"
            raise ValueError(msg)

    @classmethod
    def of_days(cls, first: date, after_last: date, zone: ZoneInfo) -> Self:
        """The local days from `first` up to but not including `after_last`."""
        return cls(
            datetime.combine(first, time.min, zone), datetime.combine(after_last, time.min, zone)
        )

    @property
    def duration(self) -> timedelta:
        """Time that really passes: a local day may take 23, 24 or 25 hours."""
        return self.end.astimezone(UTC) - self.start.astimezone(UTC)

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Period") -> "Period | None":
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def local_days(self, zone: ZoneInfo) -> Iterator[date]:
        """Every local day that the period touches."""
        day = self.start.astimezone(zone).date()
        last = (self.end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date()
        while day <= last:
            yield day
            day += timedelta(days=1)
