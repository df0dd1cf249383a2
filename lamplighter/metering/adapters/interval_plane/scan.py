"""Reading interval files: only the rows that are wanted, and of each day the right version."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, reduce
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import Q

from lamplighter.metering.adapters.interval_plane.layout import path_of
from lamplighter.metering.domain.buckets import bucket_of
from lamplighter.metering.domain.stored_blocks import (
    KEY,
    NAMES,
    RECORDED_AT,
    STORED,
    VERSIONED,
    unpack,
)
from lamplighter.metering.domain.versions import keys, latest, rows_at
from lamplighter.metering.models import IntervalFile

BATCH_ROWS: Final = 16_384
"""So many days in one batch: a row group, as smaller ones cost more to hand over than to read."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rows and columns of the files to read."""

    days: tuple[date, date]
    """The first, and the one after the last."""
    usage_points: frozenset[UUID] | None = None
    buckets: frozenset[int] | None = None
    channels: frozenset[str] | None = None
    columns: frozenset[str] = frozenset(VERSIONED.names)
    """Of VERSIONED."""
    as_of: datetime | None = None
    dictionaries: bool = False
    """Whether names come as dictionaries."""
    every_version: bool = False
    """Look into files of what was known before, too."""

    @cached_property
    def names(self) -> list[str]:
        """Of the usage points, as the files name them."""
        return sorted(str(point) for point in self.usage_points or ())

    @property
    def looked_at(self) -> set[str]:
        """Columns by which rows are chosen."""
        looked_at = {"local_day"}
        if self.usage_points is not None:
            looked_at.add("usage_point")
        if self.channels is not None:
            looked_at.add("channel")
        return looked_at

    def files(self) -> Iterator[tuple[tuple[int, date], list[IntervalFile]]]:
        """The files that may have such rows, partition by partition (bucket, month)."""
        found = IntervalFile.objects.filter(
            self._where(),
            replaced_at=None,
            first_day__lt=self.days[1],
            last_day__gte=self.days[0],
        )
        if self.as_of is None and not self.every_version:
            found = found.exclude(role=IntervalFile.Role.HISTORY)
        if self.as_of is not None:
            # A day in a current file may have older versions, which take its place in the order.
            found = found.filter(
                Q(role=IntervalFile.Role.CURRENT) | Q(first_recorded_at__lte=self.as_of)
            )
        # One query, so that all files are as they were at one instant.
        rows = list(found.order_by("bucket", "month", "first_usage_point", "id"))
        for partition, files in groupby(rows, key=attrgetter("bucket", "month")):
            yield partition, list(files)

    def _where(self) -> Q:
        where = Q() if self.buckets is None else Q(bucket__in=self.buckets)
        if self.usage_points is not None:
            where &= Q(bucket__in={bucket_of(one) for one in self.usage_points})
            where &= Q(first_usage_point__lte=max(self.usage_points, default=UUID(int=0)))
            where &= Q(last_usage_point__gte=min(self.usage_points, default=UUID(int=0)))
        return where


def scan(home: Path, wanted: Wanted) -> Iterator[Any]:
    """Read RecordBatches of the wanted columns, partition by partition, sorted by KEY in each."""
    names = [name for name in VERSIONED.names if name in wanted.columns]
    for _, files in wanted.files():
        for batch in scan_partition(home, files, wanted):
            if batch.num_rows:
                chosen = batch.select(names)
                yield _with_dictionaries(chosen) if wanted.dictionaries else chosen


def scan_partition(home: Path, files: list[IntervalFile], wanted: Wanted) -> Iterator[Any]:
    """Of each day of one partition, read the row that was recorded last, up to `wanted.as_of`."""
    current = [file for file in files if file.role == IntervalFile.Role.CURRENT]
    others = [file for file in files if file.role != IntervalFile.Role.CURRENT]
    if _one_after_the_other(current):
        if not others and wanted.as_of is None:
            yield from rows_of(home, current, wanted, as_they_are=True)
            return
        versions = table_of(rows_of(home, others, wanted)) if others else None
        for batch in rows_of(home, current, wanted):
            yield from _settled(batch, versions, wanted.as_of)
    else:
        everything = table_of(rows_of(home, files, wanted))
        yield from latest(_known(everything, wanted.as_of)).to_batches(max_chunksize=BATCH_ROWS)


def rows_of(
    home: Path, files: Iterable[IntervalFile], wanted: Wanted, *, as_they_are: bool = False
) -> Iterator[Any]:
    """
    Read what the files have of the wanted rows, whatever its version.

    :param as_they_are: they need not be sorted or compared, so read no more columns than wanted
    """
    columns = wanted.columns | (wanted.looked_at if as_they_are else {*KEY, "recorded_at"})
    stored = columns | {"values", "width"} if columns & {"values", "quality"} else columns
    names = [name for name in STORED.names if name in stored]
    encoded = NAMES if as_they_are and wanted.dictionaries else None
    for file in files:
        with pq.ParquetFile(path_of(home, file), read_dictionary=encoded) as parquet:
            for batch in parquet.iter_batches(
                batch_size=BATCH_ROWS,
                row_groups=_row_groups(parquet.metadata, wanted),
                columns=names,
                use_threads=False,
            ):
                yield unpack(_filtered(batch, file, wanted))


def table_of(batches: Iterable[Any]) -> Any:
    """Put batches together; there may be none."""
    found = list(batches)
    return pa.Table.from_batches(found, schema=found[0].schema if found else VERSIONED)


def _with_dictionaries(batch: Any) -> Any:
    for at, name in enumerate(batch.schema.names):
        if name in NAMES:
            encoded = batch.column(at).dictionary_encode()
            batch = batch.set_column(at, pa.field(name, encoded.type, nullable=False), encoded)
    return batch


def _settled(batch: Any, versions: Any, as_of: datetime | None) -> Iterator[Any]:
    """
    Put in the place of each day of a batch the right one of its versions.

    Days with several versions are few: all others pass untouched, at the speed of the disk.
    """
    if versions is None or not _in(batch["usage_point"], versions["usage_point"]).any():
        yield _known(batch, as_of)
        return
    names = keys(batch)
    several = _in(names, keys(versions))
    table = pa.Table.from_batches([batch])
    first = table.filter(pa.array(several))
    later = versions.filter(pa.array(_in(keys(versions), keys(first))))
    right = latest(_known(pa.concat_tables([first, later]), as_of))
    place = pc.fill_null(pc.index_in(names, value_set=keys(right)), -1).to_numpy()
    places = np.where(several, len(table) + place, np.arange(len(table)))
    shown = np.where(several, place >= 0, _is_known(table, as_of))
    yield from rows_at(pa.concat_tables([table, right]), places[shown]).to_batches()


def _known(rows: Any, as_of: datetime | None) -> Any:
    known = _is_known(rows, as_of)
    return rows if known.all() else rows.filter(pa.array(known))


def _is_known(rows: Any, as_of: datetime | None) -> Any:
    if as_of is None:
        return np.ones(rows.num_rows, bool)
    limit = pa.scalar(as_of, RECORDED_AT.type)
    return pc.less_equal(rows["recorded_at"], limit).to_numpy(zero_copy_only=False)


def _in(column: Any, others: Any) -> Any:
    found = pc.is_in(column, value_set=pc.unique(others))
    return found.to_numpy(zero_copy_only=False)


def _one_after_the_other(files: list[IntervalFile]) -> bool:
    """Whether no usage point is in two of these files, which are sorted by their first ones."""
    return all(a.last_usage_point < b.first_usage_point for a, b in pairwise(files))


def _row_groups(metadata: Any, wanted: Wanted) -> list[int]:
    groups = range(metadata.num_row_groups)
    if wanted.usage_points is None:
        return list(groups)
    column = STORED.get_field_index("usage_point")
    bounds = (metadata.row_group(group).column(column).statistics for group in groups)
    return [
        group
        for group, bound in zip(groups, bounds, strict=True)
        if bisect_left(wanted.names, bound.min) < bisect_right(wanted.names, bound.max)
    ]


def _filtered(batch: Any, file: IntervalFile, wanted: Wanted) -> Any:
    masks = []
    if wanted.usage_points is not None:
        names = pa.array(wanted.names, pa.string())
        masks.append(pc.is_in(batch["usage_point"], value_set=names))
    if wanted.channels is not None:
        channels = pa.array(sorted(wanted.channels), pa.string())
        masks.append(pc.is_in(batch["channel"], value_set=channels))
    first, after_last = wanted.days
    if file.first_day < first or file.last_day >= after_last:
        day = batch["local_day"]
        masks.append(pc.greater_equal(day, pa.scalar(first, pa.date32())))
        masks.append(pc.less(day, pa.scalar(after_last, pa.date32())))
    return batch.filter(reduce(pc.and_, masks)) if masks else batch
