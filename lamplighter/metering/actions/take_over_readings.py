"""Interval readings of many usage points are taken over from another system."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from lamplighter.customers import queries as customers
from lamplighter.kernel import Place
from lamplighter.metering.actions.storing_readings import (
    ImportedReadings,
    Source,
    UsagePointsUnknown,
    check_channels,
    listed,
    stored_from,
    written_down,
)
from lamplighter.metering.ports.interval_plane import interval_plane

_AT_ONCE: Final = 1_000


def take_over_readings(
    blocks: Iterable[Any], *, source: str, tell: bool = True, by: str, at: datetime
) -> ImportedReadings:
    """
    Store blocks, all of them or none, as `import_readings` stores those of a file.

    Blocks of one month, and of whole buckets of `domain.buckets`, lie best on disk.

    :param blocks: RecordBatches (BLOCKS) in the local days of their usage points, which are named
        by their ids
    :param source: the system that they come from
    :param tell: whether to publish `MeterDataChanged` of each channel; it may be left out where
        nobody can have used or billed anything of these days yet
    :raises UsagePointsUnknown: if there is no usage point of an id
    :raises ChannelMalformed: if the name of a channel cannot be kept
    :raises NothingToStore: if there is no interval reading
    :raises Refusal: whatever making the blocks raises, and `IntervalPlane.prepare`
    """
    known: set[str] = set()
    checked = (_checked(batch, known, source=source) for batch in blocks)
    with interval_plane().prepare(checked, at=at) as prepared, transaction.atomic():
        stored = stored_from(prepared, source=source, tell=tell, at=at)
        return written_down(
            stored,
            Source(name=source, format="blocks"),
            action="metering.take_over_readings",
            usage_points=len(known),
            by=by,
            at=at,
        )


def _checked(batch: Any, known: set[str], *, source: str) -> Any:
    check_channels(batch, source=source)
    names = set(batch["usage_point"].unique().to_pylist()) - known
    unknown = sorted(name for name in names if not _is_id(name))
    asked = iter(sorted(names - set(unknown)))
    while some := list(islice(asked, _AT_ONCE)):
        found = customers.usage_points_of_ids(list(map(UUID, some)))
        unknown += [name for name in some if UUID(name) not in found]
    if unknown:
        raise UsagePointsUnknown(
            f"There is no usage point {listed(unknown)}.", places=(Place(source=source),)
        )
    known |= names
    return batch


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
