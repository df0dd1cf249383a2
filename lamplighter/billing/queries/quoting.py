"""Quotes: what a load costs under tariffs. Needs no database."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from lamplighter.billing.domain.loads import Load, load_of
from lamplighter.billing.domain.quotes import Quote, Terms, Unquoted, quote, unrounded
from lamplighter.metering.domain.netting import net_of
from lamplighter.metering.queries.files import blocks_in
from lamplighter.tariffs.domain.schedule import ExportRule, RateSchedule
from lamplighter.tariffs.queries.files import Refused

Progress = Callable[[int, int], None]


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


def read_load(file: LoadFile, rule: ExportRule | None) -> Load:
    """
    Read a load, and set generation off against it as the export rule wants it.

    :raises Refusal: for whatever is wrong with the files, naming the place
    """
    zone = ZoneInfo(file.time_zone or "UTC")
    batches = list(_blocks(file, file.path))
    if file.generation is None:
        return load_of(batches, zone)
    load = pa.Table.from_batches(batches)
    made = pa.Table.from_batches(_blocks(file, file.generation))
    sold_whole = rule is ExportRule.BUY_ALL_SELL_ALL
    return load_of(net_of(load, made, sold_whole=sold_whole).to_batches(), zone)


def _blocks(file: LoadFile, path: Path) -> Iterator[pa.RecordBatch]:
    return blocks_in(path, format=file.format, time_zone=file.time_zone, progress=file.progress)


def quotes(
    schedules: Iterable[RateSchedule | Refused],
    load: Load,
    *,
    terms: Terms,
    rule: ExportRule | None,
    rounded: bool,
) -> Iterator[Quote | Unquoted]:
    """Price a load under each schedule, in their order. What cannot be priced is said, not skipped."""
    for schedule in schedules:
        if isinstance(schedule, Refused):
            yield Unquoted(schedule.code, schedule.refusal)
        else:
            under = schedule if rule is None else schedule.under(rule)
            yield quote(under if rounded else unrounded(under), load, terms)
