"""Compaction: the files of a partition become one file of what is known, and one of what was."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from lamplighter.metering.adapters.interval_plane.layout import made_at, path_of, write
from lamplighter.metering.adapters.interval_plane.scan import Wanted, rows_of, table_of
from lamplighter.metering.domain.versions import in_order, latest, superseded
from lamplighter.metering.models import IntervalFile
from lamplighter.metering.ports.interval_plane import Compacted

KEPT_FOR: Final = timedelta(days=1)
"""Files that nothing names any more stay so long: a reader may still be on its way through them,
and an append may not have committed yet."""

_ROWS_AT_ONCE: Final = 250_000
"""A quarter of a million days of half hours are 100 MB."""

_ALWAYS: Final = (date.min, date.max)


def compact(home: Path, *, at: datetime) -> Compacted:
    before = after = partitions = 0
    for files in _partitions():
        if not _is_compact(files):
            made = _compact_partition(home, files, at=at)
            if made is not None:
                partitions, before, after = partitions + 1, before + len(files), after + made
    return Compacted(
        partitions=partitions, files_before=before, files_after=after, deleted=_sweep(home, at=at)
    )


def _partitions() -> list[list[IntervalFile]]:
    found = defaultdict(list)
    for file in IntervalFile.objects.filter(replaced_at=None).order_by("bucket", "month", "id"):
        found[file.bucket, file.month].append(file)
    return list(found.values())


def _is_compact(files: list[IntervalFile]) -> bool:
    roles = sorted(file.role for file in files)
    return roles in (["current"], ["current", "history"])


def _compact_partition(home: Path, files: list[IntervalFile], *, at: datetime) -> int | None:
    """How many files there are now; None if another compaction was quicker."""
    month, bucket = files[0].month, files[0].bucket
    written = []
    for role in (IntervalFile.Role.CURRENT, IntervalFile.Role.HISTORY):
        tables = _versions(home, files, role=role)
        written.append(write(home, tables, month=month, bucket=bucket, role=role))
    made = [file for file in written if file is not None]
    with transaction.atomic():
        # Appends only add files, so what was read is still all that these files say.
        old = IntervalFile.objects.filter(id__in=[file.id for file in files], replaced_at=None)
        if old.update(replaced_at=at) == len(files):
            IntervalFile.objects.bulk_create(made)
            return len(made)
        transaction.set_rollback(True)
    for file in made:
        path_of(home, file).unlink()
    return None


def _versions(home: Path, files: list[IntervalFile], *, role: IntervalFile.Role) -> Iterator[Any]:
    """What is known of each day, or what was; sorted, a part of the usage points at a time."""
    if role == IntervalFile.Role.HISTORY and all(
        f.role == IntervalFile.Role.CURRENT for f in files
    ):
        return
    pick = latest if role == IntervalFile.Role.CURRENT else superseded
    for points in _parts(home, files):
        rows = pick(table_of(rows_of(home, files, Wanted(days=_ALWAYS, usage_points=points))))
        if rows.num_rows:
            yield rows


def _parts(home: Path, files: list[IntervalFile]) -> Iterator[frozenset[UUID] | None]:
    """Usage points whose rows fit in memory together, in order; None is all of them."""
    if sum(file.rows for file in files) <= _ROWS_AT_ONCE:
        yield None
        return
    names = Wanted(days=_ALWAYS, columns=frozenset())
    counts = (
        table_of(rows_of(home, files, names)).group_by("usage_point").aggregate([([], "count_all")])
    )
    part: set[UUID] = set()
    rows = 0
    for row in in_order(counts, by=("usage_point",)).to_pylist():
        if part and rows + row["count_all"] > _ROWS_AT_ONCE:
            yield frozenset(part)
            part, rows = set(), 0
        part.add(UUID(row["usage_point"]))
        rows += row["count_all"]
    yield frozenset(part)


def _sweep(home: Path, *, at: datetime) -> int:
    """Delete the files that were replaced long ago, and those that no transaction ever named."""
    replaced = list(IntervalFile.objects.filter(replaced_at__lt=at - KEPT_FOR))
    for file in replaced:
        path_of(home, file).unlink(missing_ok=True)
    IntervalFile.objects.filter(id__in=[file.id for file in replaced]).delete()
    old = {
        file_id: path
        for path in home.glob("month=*/bucket=*/*.parquet")
        if made_at(file_id := UUID(path.stem)) < at - KEPT_FOR
    }
    named = set(IntervalFile.objects.values_list("id", flat=True))
    for file_id in old.keys() - named:
        old[file_id].unlink()
    return len(replaced) + len(old.keys() - named)
