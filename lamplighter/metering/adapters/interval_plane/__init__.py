"""
The interval plane on a file system: immutable Parquet files, and a table that says which of them
there are. See docs/adr/0003 for why.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lamplighter.metering.adapters.interval_plane import compaction
from lamplighter.metering.adapters.interval_plane.appending import Prepared
from lamplighter.metering.adapters.interval_plane.layout import path_of
from lamplighter.metering.adapters.interval_plane.scan import Wanted, rows_of, scan, table_of
from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.versions import in_order
from lamplighter.metering.models import IntervalFile
from lamplighter.metering.ports.interval_plane import Appended, Compacted


class ParquetPlane:
    """Implements ports.interval_plane.IntervalPlane."""

    def __init__(self) -> None:
        self._home = settings.LAMPLIGHTER_INTERVALS

    def prepare(self, blocks: Iterable[Any], *, at: datetime) -> Prepared:
        return Prepared(self._home, blocks, at=at)

    def append(self, blocks: Iterable[Any], *, at: datetime) -> Appended:
        with self.prepare(blocks, at=at) as prepared, transaction.atomic():
            return prepared.commit()

    def read(
        self,
        *,
        days: tuple[date, date],
        usage_points: Collection[UUID] | None = None,
        buckets: Collection[int] | None = None,
        channels: Collection[str] | None = None,
        columns: Collection[str] | None = None,
        dictionaries: bool = False,
        as_of: datetime | None = None,
    ) -> Iterator[Any]:
        return scan(
            self._home,
            Wanted(
                days=days,
                usage_points=None if usage_points is None else frozenset(usage_points),
                buckets=None if buckets is None else frozenset(buckets),
                channels=None if channels is None else frozenset(channels),
                columns=frozenset(BLOCKS.names if columns is None else columns),
                dictionaries=dictionaries,
                as_of=as_of,
            ),
        )

    def versions(self, *, usage_point: UUID, channel: str, day: date) -> Any:
        wanted = Wanted(
            days=(day, day + timedelta(days=1)),
            usage_points=frozenset({usage_point}),
            channels=frozenset({channel}),
            every_version=True,
        )
        rows = (
            batch for _, files in wanted.files() for batch in rows_of(self._home, files, wanted)
        )
        return in_order(table_of(rows), by=("recorded_at",))

    def compact(self, *, at: datetime) -> Compacted:
        return compaction.compact(self._home, at=at)

    def damaged(self) -> list[str]:
        files = IntervalFile.objects.filter(replaced_at=None).order_by("month", "bucket")
        paths = ((path_of(self._home, file), file.size_bytes) for file in files.iterator())
        return [
            str(path.relative_to(self._home))
            for path, size in paths
            if not path.is_file() or path.stat().st_size != size
        ]
