"""Twelve monthly bills from Parquet on disk, and the bare determinants in DuckDB and Polars."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.figure import Figure, Timed, best_of, in_turn, measured
from bench.homes import DAYS, FIRST_DAY, HOURS, blocks_of, wh_of_a_year
from bench.in_memory import MONTHS, PEER_METERS, WORKDAY, pysam, schedule
from lamplighter.billing.domain.measuring import columns_in, request_for
from lamplighter.metering.domain.determinants import determinants
from lamplighter.tariffs.domain.columnar import price_columns
from lamplighter.tariffs.domain.measures import measures_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
METERS, CHUNK = 10_000, 500
REPEATS, ROUNDS = 2, 2
NEEDED = ["usage_point", "channel", "flow", "unit", "local_day", "step_s", "exponent", "values"]


def prepare(home: Path, meters: int) -> None:
    """Store the meters in the interval plane, and in long form for the peers."""
    plane = _plane(home)
    from django.core.management import call_command

    from bench.interval_plane import add_usage_points

    call_command("migrate", verbosity=0)
    points = [UUID(int=(7 << 76) | (2 << 62) | m) for m in range(meters)]
    add_usage_points(points)
    with pq.ParquetWriter(home / "long.parquet", _long_schema()) as long:
        for first in range(0, meters, CHUNK):
            wh = wh_of_a_year(min(CHUNK, meters - first), first=first)
            long.write_table(_long_form(wh, first))
    plane.append(_named_blocks(points), at=AT)


def _named_blocks(points: list[UUID]) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(points), CHUNK):
        chosen = points[first : first + CHUNK]
        blocks = blocks_of(wh_of_a_year(len(chosen), first=first))
        names = pa.array(np.repeat([str(point) for point in chosen], DAYS))
        place = blocks.schema.get_field_index("usage_point")
        field = blocks.schema.field("usage_point")
        yield from blocks.set_column(place, field, names).to_batches()


def _long_schema() -> pa.Schema:
    return pa.schema(
        [("meter", pa.int32()), ("month", pa.int8()), ("band", pa.int8()), ("wh", pa.int32())]
    )


def _long_form(wh: Any, first: int) -> pa.Table:
    """The peers' best form: sorted, narrow, and the band of each hour worked out for them."""
    meters = wh.shape[0]
    month = np.repeat(np.arange(12, dtype=np.int8), [period.days for period in MONTHS])
    workday = np.array([(FIRST_DAY.weekday() + n) % 7 < 5 for n in range(DAYS)])
    band = np.where(workday[:, None], np.array(WORKDAY, np.int8), np.int8(0)).astype(np.int8)
    return pa.table(
        {
            "meter": np.repeat(np.arange(first, first + meters, dtype=np.int32), DAYS * HOURS),
            "month": np.tile(np.repeat(month, HOURS), meters),
            "band": np.tile(band.ravel(), meters),
            "wh": wh.ravel().astype(np.int32),
        },
        schema=_long_schema(),
    )


def _plane(home: Path) -> Any:
    os.environ["LAMPLIGHTER_HOME"] = str(home)
    os.environ["LAMPLIGHTER_DATABASE"] = f"sqlite:///{home}/bench.sqlite3"
    os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
    import django

    django.setup()
    from lamplighter.metering.ports.interval_plane import interval_plane

    return interval_plane()


def lamplighter(home: Path) -> Timed:
    """Read, reduce and price, month by month."""
    plane = _plane(home)
    tariff, zone = schedule(), ZoneInfo("UTC")
    measures = measures_of(tariff)

    def bills() -> int:
        total = 0
        for month in MONTHS:
            batches = plane.read(
                days=(month.first_day, month.after_last), columns=NEEDED, dictionaries=True
            )
            request = request_for(measures, [month], zone)
            table = determinants(pa.Table.from_batches(batches), request)
            total += int(price_columns(tariff, columns_in(table, measures, [month])).totals.sum())
        return total

    return best_of(REPEATS, bills)


def duckdb(home: Path) -> Timed:
    """Sums and peaks by month and band, in SQL."""
    import duckdb as engine

    connection = engine.connect(config={"threads": 1})
    connection.execute("SET enable_progress_bar = false")
    query = f"""
        SELECT sum(wh) FROM (
            SELECT meter, month, band, sum(wh) AS wh, max(wh) AS peak
            FROM '{home}/long.parquet' GROUP BY meter, month, band)
    """
    return best_of(REPEATS, lambda: int(connection.sql(query).fetchall()[0][0]))


def polars(home: Path) -> Timed:
    """The same with Polars' lazy frames."""
    import polars as pl

    def determinants_only() -> int:
        wh = pl.col("wh")
        by = pl.scan_parquet(home / "long.parquet").group_by("meter", "month", "band")
        sums = by.agg(wh.cast(pl.Int64).sum().alias("sum"), wh.max().alias("peak"))
        return int(sums.select(pl.col("sum").sum()).collect().item())

    return best_of(REPEATS, determinants_only)


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        measured(prepare, home, METERS)
        works = lamplighter, duckdb, polars
        ours, *others = in_turn(ROUNDS, *(partial(measured, work, home) for work in works))
        sam = measured(pysam)
    peers = [
        ("PySAM Utilityrate5, in memory", PEER_METERS / sam.cpu_s, 20.0),
        ("DuckDB, the determinants alone", METERS / others[0].cpu_s, 4.0),
        ("Polars, the determinants alone", METERS / others[1].cpu_s, 4.0),
    ]
    return [
        Figure(
            what=f"the same from Parquet on disk, {METERS:,} meters",
            ours=METERS / ours.cpu_s,
            unit="meter-years/s",
            peer=peer,
            theirs=speed,
            target_ratio=target,
            peak_mb=ours.peak_mb,
        )
        for peer, speed, target in peers
    ]
