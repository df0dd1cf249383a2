"""Interval readings as they are stored."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
from django.db.models import Max

from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.models import IntervalChannel
from lamplighter.metering.ports.interval_plane import interval_plane


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalDay:
    """What a channel measured on a local day."""

    day: date
    channel: str
    flow: str
    total: Decimal
    """Of the intervals that are known."""
    unit: str
    qualities: dict[str, int]
    """How many intervals have each quality, by its name."""
    recorded_at: datetime
    """Since when it is known like this."""


def days_of(
    *, usage_point_id: UUID, days: tuple[date, date], as_of: datetime | None = None
) -> Iterator[IntervalDay]:
    """
    Tell of one usage point what is known of each day, in order, channel by channel.

    :param days: the first one, and the one after the last
    :param as_of: as it was known then, instead of now
    """
    batches = interval_plane().read(
        days=days,
        usage_points=[usage_point_id],
        columns=["channel", "flow", "unit", "local_day", "exponent", "values", "quality",
                 "recorded_at"],
        as_of=as_of,
    )  # fmt: skip
    rows = [row for batch in batches for row in batch.to_pylist()]
    for row in sorted(rows, key=lambda row: (row["channel"], row["local_day"])):
        counts = {q: row["quality"].count(q) for q in Quality}
        yield IntervalDay(
            day=row["local_day"],
            channel=row["channel"],
            flow=row["flow"],
            total=Decimal(sum(row["values"])).scaleb(row["exponent"]),
            unit=row["unit"],
            qualities={q.name.lower(): n for q, n in counts.items() if n},
            recorded_at=row["recorded_at"],
        )


def blocks(
    *,
    usage_points: Collection[UUID],
    days: tuple[date, date],
    as_of: datetime | None = None,
) -> pa.Table:
    """
    Interval blocks of many usage points, to be billed: schema BLOCKS, with names as dictionaries.

    :param days: the first one, and the one after the last
    :param as_of: as they were known then, instead of now
    """
    batches = list(
        interval_plane().read(
            days=days,
            usage_points=usage_points,
            columns=BLOCKS.names,
            dictionaries=True,
            as_of=as_of,
        )
    )
    if not batches:
        return nothing()
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()


def newest(usage_points: Collection[UUID]) -> datetime | None:
    """When readings of any of these usage points changed last; None if none are known."""
    channels = IntervalChannel.objects.filter(usage_point__in=usage_points)
    found: datetime | None = channels.aggregate(newest=Max("changed_at"))["newest"]
    return found


def nothing() -> pa.Table:
    """No blocks at all."""
    return BLOCKS.empty_table()


def damaged_files() -> list[str]:
    """Files of interval readings that are missing or cut short: after a bad restore, say."""
    return interval_plane().damaged()
