"""
Price bands laid over real local days.

A tariff's clock counts 24 hours of wall-clock time; a real day has 23, 24 or 25. Here the two are
brought together, for one length of interval, as segments: runs of intervals with the same bands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class BandPlan:
    """
    A clock, tabulated for the days of a request.

    `profiles` are the ways that days go: the band of each of a day's equally long slots of
    wall-clock time; `profile_of_day` says which of them each day of the request follows.
    """

    bands: int
    profiles: tuple[tuple[int, ...], ...]
    profile_of_day: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaidOut:
    """
    Plans laid over the days of a request, interval by interval.

    A cell is a combination of bands, one of each plan. Interval i of day d belongs to the cell
    `cell_of[kind_of_day[d], i]`: days that go alike are one kind.
    """

    kind_of_day: NDArray[np.int32]
    steps_of_kind: NDArray[np.int32]
    cell_of: NDArray[np.int32]
    cells: tuple[tuple[int, ...], ...]
    """The band in each plan, by cell."""

    @property
    def steps_of_day(self) -> NDArray[np.int32]:
        return self.steps_of_kind[self.kind_of_day]


def lay_out(
    plans: Sequence[BandPlan], *, first_day: date, days: int, step_s: int, zone: tzinfo
) -> LaidOut:
    """
    Lay plans over days, in intervals of `step_s` seconds.

    An interval that crosses a change of band belongs to the band in which it starts.
    """
    cells: dict[tuple[int, ...], int] = {}
    kinds: dict[tuple[tuple[int, ...], tuple[int, ...] | None], int] = {}
    rows: list[list[int]] = []
    kind_of_day = np.empty(days, np.int32)
    for n in range(days):
        day = first_day + timedelta(n)
        clock = None if _length_s(day, zone) == DAY_S else _wall_seconds(day, zone, step_s)
        profiles = tuple(plan.profile_of_day[n] for plan in plans)
        kind = kind_of_day[n] = kinds.setdefault((profiles, clock), len(rows))
        if kind == len(rows):
            bands = [plan.profiles[p] for plan, p in zip(plans, profiles, strict=True)]
            rows.append(
                [
                    cells.setdefault(tuple(b[s * len(b) // DAY_S] for b in bands), len(cells))
                    for s in clock or range(0, DAY_S, step_s)
                ]
            )
    cell_of = np.zeros((len(rows), max(map(len, rows))), np.int32)
    for kind, row in enumerate(rows):
        cell_of[kind, : len(row)] = row
    return LaidOut(kind_of_day, np.array([*map(len, rows)], np.int32), cell_of, tuple(cells))


@lru_cache(maxsize=65_536)
def _length_s(day: date, zone: tzinfo) -> int:
    start = datetime.combine(day, time.min, zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(1), time.min, zone).astimezone(UTC)
    return int((end - start).total_seconds())


def _wall_seconds(day: date, zone: tzinfo, step_s: int) -> tuple[int, ...]:
    """The wall-clock second at which each interval of a day of 23 or 25 hours starts."""
    start = datetime.combine(day, time.min, zone).astimezone(UTC)
    walls = (
        (start + timedelta(seconds=s)).astimezone(zone)
        for s in range(0, _length_s(day, zone), step_s)
    )
    return tuple(wall.hour * 3600 + wall.minute * 60 + wall.second for wall in walls)
