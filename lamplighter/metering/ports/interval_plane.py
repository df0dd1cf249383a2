"""The port behind which all interval readings lie."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from lamplighter.metering.domain.versions import IntervalCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChange:
    """The days of one channel of which something new was stored."""

    usage_point_id: UUID
    channel: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What an append has changed."""

    recorded_at: datetime
    """The version time of what it stored: what was known up to this instant is as it was."""
    counts: IntervalCounts
    changes: tuple[ChannelChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What compaction has done."""

    partitions: int
    files_before: int
    files_after: int
    deleted: int
    """Files that nobody needs any more."""


class PreparedAppend(Protocol):
    """Blocks that lie ready on disk, and that nobody sees yet."""

    def commit(self) -> Appended:
        """
        Make them visible in the caller's transaction, all of them or none.

        If others have stored readings of the same channels since, what is new is worked out again.
        """


class IntervalPlane(Protocol):
    """
    Interval blocks (domain.blocks.BLOCKS; `usage_point` is the usage point's id) with versions.

    An append is visible all at once when its transaction commits, is on disk by then, and never
    changes what another has stored. Any number of processes may append at the same time.
    """

    def prepare(
        self, blocks: Iterable[Any], *, at: datetime
    ) -> AbstractContextManager[PreparedAppend]:
        """
        Work out what RecordBatches of blocks say that is new, and lay it ready. This takes the
        time, and no lock; memory is bounded by the largest bucket.

        :raises DayReshaped: if only a part of a day is told, and in another unit, step or direction
        :raises ConflictingReadings: if the blocks contradict each other
        """

    def append(self, blocks: Iterable[Any], *, at: datetime) -> Appended:
        """Prepare and commit, for whoever has nothing else to say in the transaction."""

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
        """
        Read the version of each day that was known at `as_of`, or is known now.

        :param days: the first one, and the one after the last
        :param buckets: of `domain.buckets`; a bill run reads one after the other
        :param columns: of BLOCKS, or `recorded_at`; all of BLOCKS unless given. `quality` needs
            the `values` read as well, and hardly any time of its own
        :param dictionaries: usage point, channel, flow and unit as Arrow dictionaries instead of
            text, which is a fifth faster
        :returns: RecordBatches, bucket by bucket, month by month, and in each of these by usage
            point, channel and day
        """

    def versions(self, *, usage_point: UUID, channel: str, day: date) -> Any:
        """Every version of one day, oldest first: a Table of `domain.stored_blocks.VERSIONED`."""

    def compact(self, *, at: datetime) -> Compacted:
        """
        Put the many small files of each partition together, and delete what was replaced long ago.

        Readers and appends go on meanwhile; nothing that is known changes.
        """

    def damaged(self) -> list[str]:
        """Name what was acknowledged and is missing on disk, or cut short: there is to be none."""


def interval_plane() -> IntervalPlane:
    """The one of this installation."""
    plane: IntervalPlane = import_string(settings.LAMPLIGHTER_INTERVAL_PLANE)()
    return plane
