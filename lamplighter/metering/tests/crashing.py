"""What processes do that are killed, or race, in the tests of the interval plane."""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings

from lamplighter.metering import actions
from lamplighter.metering.actions.import_readings import ReadingsFile
from lamplighter.metering.ports.interval_plane import interval_plane
from lamplighter.metering.tests.days import Day, blocks

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
DAYS = [date(2025, month, 1) + timedelta(days=n) for month in (5, 6) for n in range(2)]
YEAR = (date(2025, 1, 1), date(2026, 1, 1))


def store(home: Path, points: list[str], number: int, *, compact: bool = False) -> None:
    """Import a file over two months and several usage points, whose values are all `number`."""
    settings.LAMPLIGHTER_INTERVALS = home
    at = NOON + timedelta(minutes=number)
    if compact:
        actions.compact_readings(at=at)
        return
    actions.import_readings(
        blocks=[
            blocks(*(Day(point=point, day=day, values=[number]) for day in DAYS))  # type: ignore[arg-type]
            for point in points
        ],
        file=ReadingsFile(name=f"{number}.csv", sha256="0" * 64, format="csv", time_zone="UTC"),
        by="test",
        at=at,
    )


def store_and_die_at_fsync(
    home: Path, points: list[str], number: int, sync: int, *, compact: bool = False
) -> None:
    """Kill this process right before its fsync of that number; exit normally if there is none."""
    fsync, left = os.fsync, sync

    def counted(fd: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(fd)

    os.fsync = counted
    store(home, points, number, compact=compact)


def store_until_killed(home: Path, points: list[str], number: int, acknowledged: Path) -> NoReturn:
    """Import file after file, from that number on, and note each one that was acknowledged."""
    with acknowledged.open("a", buffering=1) as notes:
        while True:
            store(home, points, number)
            notes.write(f"{number}\n")
            number += 1


def values_of_all(home: Path, points: list[UUID]) -> dict[tuple[Any, ...], int]:
    """The one value of each usage point and day."""
    settings.LAMPLIGHTER_INTERVALS = home
    return {
        (row["usage_point"], row["local_day"]): row["values"][0]
        for batch in interval_plane().read(days=YEAR, usage_points=points)
        for row in batch.to_pylist()
    }
