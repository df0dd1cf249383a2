"""Where interval files lie, and how one is written so that it outlives a loss of power."""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow.compute as pc
import pyarrow.parquet as pq

from lamplighter.kernel import new_id
from lamplighter.metering.domain.stored_blocks import NAMES, STORED, pack
from lamplighter.metering.models import IntervalFile

ROWS_A_GROUP: Final = 16_384
"""Fewer find one usage point sooner, more bring all of them sooner (docs/adr/0003)."""

_ENCODING: Final[dict[str, Any]] = {
    "compression": "lz4",
    "use_dictionary": [*NAMES, "width", "quality"],
}


def made_at(file_id: UUID) -> datetime:
    """When a file was begun: its id says so (RFC 9562, version 7: milliseconds since 1970)."""
    return datetime.fromtimestamp((file_id.int >> 80) / 1000, UTC)


def folder_of(home: Path, *, month: date, bucket: int) -> Path:
    """Named as Hive does, so that other engines find month and bucket in the address."""
    return home / f"month={month:%Y-%m}" / f"bucket={bucket:02}"


def path_of(home: Path, file: IntervalFile) -> Path:
    return folder_of(home, month=file.month, bucket=file.bucket) / f"{file.id}.parquet"


def write(
    home: Path, tables: Iterable[Any], *, month: date, bucket: int, role: IntervalFile.Role
) -> IntervalFile | None:
    """
    Write Tables of VERSIONED, sorted by KEY from one to the next, as one file.

    When this returns the file is on disk, its name included. Nobody sees it until its row, which
    is returned, is stored. Without a table there is no file.
    """
    file = IntervalFile(id=new_id(), month=month, bucket=bucket, role=role, rows=0)
    path = path_of(home, file)
    _make_folder(path.parent)
    try:
        with path.open("xb") as out:
            with pq.ParquetWriter(out, STORED, **_ENCODING) as writer:
                for table in tables:
                    for start in range(0, table.num_rows, ROWS_A_GROUP):
                        writer.write_table(pack(table.slice(start, ROWS_A_GROUP)))
                    _count_in(file, table)
            out.flush()
            os.fsync(out.fileno())
            file.size_bytes = out.tell()
    except BaseException:
        path.unlink()
        raise
    if not file.rows:
        path.unlink()
        return None
    _sync_folder(path.parent)
    return file


def _count_in(file: IntervalFile, table: Any) -> None:
    days = pc.min_max(table["local_day"]).as_py()
    recorded = pc.min_max(table["recorded_at"]).as_py()
    if not file.rows:
        file.first_usage_point = UUID(table["usage_point"][0].as_py())
        file.first_day, file.last_day = days["min"], days["max"]
        file.first_recorded_at, file.last_recorded_at = recorded["min"], recorded["max"]
    file.rows += table.num_rows
    file.last_usage_point = UUID(table["usage_point"][-1].as_py())
    file.first_day = min(file.first_day, days["min"])
    file.last_day = max(file.last_day, days["max"])
    file.first_recorded_at = min(file.first_recorded_at, recorded["min"])
    file.last_recorded_at = max(file.last_recorded_at, recorded["max"])


def _make_folder(folder: Path) -> None:
    """With parents, and so that none of them is forgotten when power fails."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
