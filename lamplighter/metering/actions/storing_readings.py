"""Storing interval readings: what importing a file and taking readings over share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.versions import IntervalCounts
from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import ReadingImport
from lamplighter.metering.ports.interval_plane import Appended, PreparedAppend
from lamplighter.platform import audit, outbox

_NAMED: Final = 5
"""So many unknown names a refusal lists."""


class UsagePointsUnknown(Refusal):
    """There are readings of usage points that are not known here."""


class ChannelMalformed(Refusal):
    """A channel's name is 1 to 64 visible characters."""


class NothingToStore(Refusal):
    """There is no interval reading in this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where readings come from."""

    name: str
    format: str
    sha256: str = ""
    """Of the file; empty: they do not come from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedReadings:
    """What an import has changed."""

    import_id: UUID
    recorded_at: datetime
    usage_points: int
    counts: IntervalCounts


def check_channels(batch: Any, *, source: str) -> None:
    """:raises ChannelMalformed: if the name of a channel cannot be kept"""
    for name in batch["channel"].unique().to_pylist():
        if not 0 < len(name) <= 64 or not name.isprintable():
            raise ChannelMalformed(
                f"{name[:80]!r} cannot be a channel.", places=(Place(source=source),)
            )


def stored_from(
    prepared: PreparedAppend, *, source: str, tell: bool = True, at: datetime
) -> Appended:
    """
    Make prepared blocks visible in the caller's transaction, and tell of each channel that changed.

    :raises NothingToStore: if there is no reading in them
    """
    appended = prepared.commit()
    if appended.counts == IntervalCounts():
        raise NothingToStore(places=(Place(source=source),))
    if tell:
        outbox.publish_all(list(_changes(appended)), at=at)
    return appended


def written_down(
    appended: Appended, source: Source, *, action: str, usage_points: int, by: str, at: datetime
) -> ImportedReadings:
    """Keep a row of what was stored, and a line of who did it."""
    counts = appended.counts
    made = ReadingImport.objects.create(
        name=source.name[-255:],
        sha256=source.sha256,
        format=source.format,
        usage_points=usage_points,
        intervals_new=counts.new,
        intervals_changed=counts.changed,
        intervals_unchanged=counts.unchanged,
        recorded_at=appended.recorded_at,
    )
    audit.record(
        actor=by,
        action=action,
        subject=f"reading_import:{made.id}",
        detail={
            "file": source.name,
            "sha256": source.sha256,
            "format": source.format,
            "new": counts.new,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
        },
        at=at,
    )
    return ImportedReadings(
        import_id=made.id,
        recorded_at=appended.recorded_at,
        usage_points=usage_points,
        counts=counts,
    )


def listed(names: list[str]) -> str:
    """Some names of perhaps many."""
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _changes(appended: Appended) -> Iterator[MeterDataChanged]:
    for change in appended.changes:
        yield MeterDataChanged(
            usage_point_id=change.usage_point_id,
            channel=change.channel,
            first_day=change.first_day,
            last_day=change.last_day,
            recorded_at=appended.recorded_at,
        )
