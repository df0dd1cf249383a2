"""
Appending: what is told is held against what is known and laid down in files, without a lock; then
the files are made visible in one short transaction.

Between the two, others may store readings of the same channels. `IntervalChannel.changed_at` tells:
it is read before anything else, and held against once more with its row locked.
"""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from lamplighter.kernel import new_id
from lamplighter.metering.adapters.interval_plane.layout import made_at, path_of, write
from lamplighter.metering.adapters.interval_plane.scan import Wanted, scan_partition, table_of
from lamplighter.metering.adapters.interval_plane.told import Told
from lamplighter.metering.domain.stored_blocks import RECORDED_AT
from lamplighter.metering.domain.versions import (
    IntervalCounts,
    as_told,
    in_order,
    keys,
    once_each,
    overlay,
)
from lamplighter.metering.models import IntervalChannel, IntervalFile
from lamplighter.metering.ports.interval_plane import Appended, ChannelChange

Channel = tuple[UUID, str]
T = TypeVar("T")

STALE_AFTER: Final = timedelta(hours=12)
"""Files that wait longer for their transaction are written anew: compaction sweeps after a day."""

_AT_ONCE: Final = 1_000


class Prepared:
    """An append that lies ready."""

    def __init__(self, home: Path, blocks: Iterable[Any], *, at: datetime) -> None:
        self._home = home
        self._at = at.astimezone(UTC)
        self._told = Told(blocks)
        self._laid = _Laid(home, self._told, _changed_at(self._told.channels), at=self._at)
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._told.close()
        # Once commit has begun only the database knows whether the files are needed: what it does
        # not name is swept away by compaction.
        if not self._begun:
            self._laid.take_back()

    def commit(self) -> Appended:
        if not connection.in_atomic_block:
            msg = "blocks are stored in the transaction that says what they change"
            raise transaction.TransactionManagementError(msg)
        known = _locked(self._told.channels)
        if known != self._laid.known or self._laid.is_stale():
            self._laid.take_back()
            self._laid = _Laid(self._home, self._told, known, at=self._at)
        self._begun = True
        return self._laid.make_visible()


class _Laid:
    """Files for all that is told, seen from what was known of each channel at one instant."""

    def __init__(
        self, home: Path, told: Told, known: dict[Channel, datetime], *, at: datetime
    ) -> None:
        self.known = known
        self._known_points = {point for point, _ in known}
        self._home = home
        # Later than every version that it stands above, even where a clock has been put back.
        newest = max(known.values(), default=None)
        self._at = at if newest is None else max(at, newest + timedelta(microseconds=1))
        self._files: list[IntervalFile] = []
        self._counts = IntervalCounts()
        self._changes: dict[Channel, tuple[date, date]] = {}
        try:
            for bucket, blocks in told.buckets():
                self._lay(bucket, once_each(in_order(blocks)))
        except BaseException:
            self.take_back()
            raise

    def take_back(self) -> None:
        for file in self._files:
            path_of(self._home, file).unlink()
        self._files = []

    def is_stale(self) -> bool:
        oldest = min((made_at(file.id) for file in self._files), default=None)
        return oldest is not None and made_at(new_id()) - oldest > STALE_AFTER

    def make_visible(self) -> Appended:
        IntervalFile.objects.bulk_create(self._files)
        changed = [row.id for row in _rows(self._changes) if row.channel in self._changes]
        for some in _a_few(changed):
            IntervalChannel.objects.filter(id__in=some).update(changed_at=self._at)
        return Appended(
            recorded_at=self._at,
            counts=self._counts,
            changes=tuple(
                ChannelChange(usage_point_id=point, channel=name, first_day=first, last_day=last)
                for (point, name), (first, last) in sorted(self._changes.items())
            ),
        )

    def _lay(self, bucket: int, blocks: Any) -> None:
        for month, told in _by_month(blocks):
            first, again, known = self._split(bucket, told)
            fresh, counts = as_told(first)
            self._write(fresh, month=month, bucket=bucket, role=IntervalFile.Role.CURRENT)
            revised, more = overlay(known, again)
            self._write(revised, month=month, bucket=bucket, role=IntervalFile.Role.REVISION)
            self._counts += counts + more

    def _split(self, bucket: int, told: Any) -> tuple[Any, Any, Any]:
        """Days told for the first time; days told again; and what is known of these."""
        points = {UUID(name) for name in pc.unique(told["usage_point"]).to_pylist()}
        points &= self._known_points
        if not points:
            return told, told.slice(0, 0), told.slice(0, 0)
        days = pc.min_max(told["local_day"]).as_py()
        wanted = Wanted(
            days=(days["min"], days["max"] + timedelta(days=1)),
            usage_points=frozenset(points),
            buckets=frozenset({bucket}),
        )
        known = table_of(
            batch
            for _, files in wanted.files()
            for batch in scan_partition(self._home, files, wanted)
        )
        place = pc.index_in(keys(told), value_set=keys(known))
        again = pc.is_valid(place)
        return told.filter(pc.invert(again)), told.filter(again), known.take(pc.drop_null(place))

    def _write(self, blocks: Any, *, month: date, bucket: int, role: IntervalFile.Role) -> None:
        if not blocks.num_rows:
            return
        recorded_at = pa.repeat(pa.scalar(self._at, RECORDED_AT.type), blocks.num_rows)
        versioned = blocks.append_column(RECORDED_AT, recorded_at)
        file = write(self._home, [versioned], month=month, bucket=bucket, role=role)
        self._files += [file] if file else []
        days = blocks.group_by(["usage_point", "channel"]).aggregate(
            [("local_day", "min"), ("local_day", "max")]
        )
        for row in days.to_pylist():
            channel = UUID(row["usage_point"]), row["channel"]
            first, last = self._changes.get(channel, (date.max, date.min))
            first, last = min(first, row["local_day_min"]), max(last, row["local_day_max"])
            self._changes[channel] = first, last


def _by_month(blocks: Any) -> Iterator[tuple[date, Any]]:
    months = blocks["local_day"].to_numpy().astype("datetime64[M]")
    for month in np.unique(months):
        yield month.astype(date), blocks.filter(pa.array(months == month))


class _Row(NamedTuple):
    """A row of IntervalChannel, without the cost of a model: there may be many."""

    id: int
    channel: Channel
    changed_at: datetime | None


def _changed_at(channels: Set[Channel], *, lock: bool = False) -> dict[Channel, datetime]:
    """When each of these channels changed last, if anything is known of it."""
    return {
        row.channel: row.changed_at
        for row in _rows(channels, lock=lock)
        if row.changed_at is not None and row.channel in channels
    }


def _locked(channels: Set[Channel]) -> dict[Channel, datetime]:
    """The same, and nobody else can change them until the transaction is over."""
    # All go in the same order, so that none waits for one who waits for it.
    there = {row.channel for row in _rows(channels)}
    IntervalChannel.objects.bulk_create(
        [
            IntervalChannel(usage_point_id=point, channel=name)
            for point, name in sorted(channels - there)
        ],
        batch_size=_AT_ONCE,
        ignore_conflicts=True,
    )
    return _changed_at(channels, lock=True)


def _rows(channels: Iterable[Channel], *, lock: bool = False) -> Iterator[_Row]:
    """The rows of all channels of the usage points of these channels."""
    for points in _a_few(sorted({point for point, _ in channels})):
        found = IntervalChannel.objects.filter(usage_point__in=points)
        if lock:
            found = found.select_for_update()
        rows = found.order_by("usage_point_id", "channel")
        for row_id, point, name, changed_at in rows.values_list(
            "id", "usage_point_id", "channel", "changed_at"
        ):
            yield _Row(row_id, (point, name), changed_at)


def _a_few(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
