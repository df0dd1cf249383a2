"""Quotes: what a load costs under tariffs. Needs no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.billing.domain.loads import PricedLoad, load_of
from lamplighter.billing.domain.period_loads import period_load_of
from lamplighter.billing.domain.quotes import Quote, Terms, Unquoted, quote, unrounded
from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.local_days import zone_named
from lamplighter.metering.domain.netting import net_of
from lamplighter.metering.domain.readings import PERIODS
from lamplighter.metering.queries.files import blocks_in, periods_in, time_zone_of
from lamplighter.metering.queries.sources import Progress
from lamplighter.tariffs.domain.schedule import ExportRule, RateSchedule
from lamplighter.tariffs.queries.files import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFile:
    """Where a load comes from."""

    path: Path
    format: str = "auto"
    time_zone: str | None = None
    usage_point: str | None = None
    generation: Path | None = None
    """Generation behind the meter, which the load does not account for yet."""
    progress: Progress | None = None


def read_load(file: LoadFile, rule: ExportRule | None) -> PricedLoad:
    """
    Read a load, and set generation off against it as the export rule wants it.

    A file without intervals shorter than a day is read for what it says of longer periods.

    :raises Refusal: for whatever is wrong with the files, naming the place
    """
    zone = _zone_of(file)
    blocks = _blocks(file, file.path)
    if not len(blocks):
        return period_load_of(_periods(file), zone)
    if file.generation is not None:
        sold_whole = rule is ExportRule.BUY_ALL_SELL_ALL
        blocks = net_of(blocks, _blocks(file, file.generation), sold_whole=sold_whole)
    return load_of(blocks, zone)


def _zone_of(file: LoadFile) -> tzinfo:
    if file.time_zone is not None:
        return zone_named(file.time_zone)
    # A file that does not say is refused when its days are put together.
    return time_zone_of(file.path, format=file.format) or UTC


def _blocks(file: LoadFile, path: Path) -> pa.Table:
    batches = blocks_in(path, format=file.format, time_zone=file.time_zone, progress=file.progress)
    blocks = pa.Table.from_batches(batches, BLOCKS)
    return blocks if path != file.path else _of_usage_point(blocks, file.usage_point)


def _periods(file: LoadFile) -> pa.Table:
    batches = periods_in(
        file.path, format=file.format, time_zone=file.time_zone, progress=file.progress
    )
    return _of_usage_point(pa.Table.from_batches(batches, PERIODS), file.usage_point)


def _of_usage_point(rows: pa.Table, usage_point: str | None) -> pa.Table:
    if usage_point is None:
        return rows
    return rows.filter(pc.equal(rows.column("usage_point"), usage_point))


def quotes(
    schedules: Iterable[RateSchedule | Refused],
    load: PricedLoad,
    *,
    terms: Terms,
    rule: ExportRule | None,
    rounded: bool,
) -> Iterator[Quote | Unquoted]:
    """Price a load under each schedule, in their order; what cannot be priced is said."""
    for schedule in schedules:
        if isinstance(schedule, Refused):
            yield Unquoted(schedule.code, schedule.refusal)
        else:
            under = schedule if rule is None else schedule.under(rule)
            yield quote(under if rounded else unrounded(under), load, terms)


def time_zone_of_all(schedules: Iterable[RateSchedule | Refused]) -> str | None:
    """The one time zone that schedules state; None if they differ, or none states one."""
    stated = {s.time_zone for s in schedules if isinstance(s, RateSchedule)} - {None}
    return stated.pop() if len(stated) == 1 else None
