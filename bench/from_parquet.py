"""Twelve monthly bills from Parquet on disk, and the bare determinants in DuckDB and Polars."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.homes import DAYS, FIRST_DAY, HOURS, blocks_of, wh_of_a_year
from bench.in_memory import MONTHS, WORKDAY, schedule
from lamplighter.billing.domain.measuring import columns_in, request_for
from lamplighter.metering.domain.determinants import determinants
from lamplighter.tariffs.domain.columnar import price_columns
from lamplighter.tariffs.domain.measures import measures_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 500
NEEDED = ["usage_point", "channel", "flow", "unit", "local_day", "step_s", "exponent", "values"]


def prepare(home: str, meters: int) -> dict[str, Any]:
    """Store the meters in the interval plane, and in long form for the peers."""
    plane = _plane(home)
    from django.core.management import call_command

    from bench.interval_plane import add_usage_points

    call_command("migrate", verbosity=0)
    points = [UUID(int=(7 << 76) | (2 << 62) | m) for m in range(meters)]
    add_usage_points(points)
    with pq.ParquetWriter(Path(home) / "long.parquet", _long_schema()) as long:
        for first in range(0, meters, CHUNK):
            wh = wh_of_a_year(min(CHUNK, meters - first), first=first)
            long.write_table(_long_form(wh, first))
    plane.append(_named_blocks(points), at=AT)
    return {"per_second": 0.0, "answer": None}


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


def _plane(home: str) -> Any:
    os.environ["LAMPLIGHTER_HOME"] = home
    os.environ["LAMPLIGHTER_DATABASE"] = f"sqlite:///{home}/bench.sqlite3"
    os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
    import django

    django.setup()
    from lamplighter.metering.ports.interval_plane import interval_plane

    return interval_plane()


def lamplighter(home: str, meters: int, repeats: int) -> dict[str, Any]:
    """Meter-years a second: read, reduce and price, month by month and bucket by bucket."""
    plane = _plane(home)
    from lamplighter.metering.domain.buckets import BUCKETS

    tariff, zone = schedule(), ZoneInfo("UTC")
    measures = measures_of(tariff)
    best, total = float("inf"), 0
    for _ in range(repeats + 1):
        total = 0
        began = time.process_time()
        for month in MONTHS:
            request = request_for(measures, [month], zone)
            for bucket in range(BUCKETS):
                batches = plane.read(
                    days=(month.first_day, month.after_last), buckets=[bucket], columns=NEEDED,
                    dictionaries=True,
                )  # fmt: skip
                table = determinants(pa.Table.from_batches(batches), request)
                bills = price_columns(tariff, columns_in(table, measures, [month]))
                total += int(bills.totals.sum())
        best = min(best, time.process_time() - began)
    return {"per_second": meters / best, "answer": total}


def duckdb(home: str, meters: int, repeats: int) -> dict[str, Any]:
    """Sums and peaks by month and band, in SQL."""
    import duckdb as engine

    connection = engine.connect(config={"threads": 1})
    query = f"""
        SELECT sum(wh) FROM (
            SELECT meter, month, band, sum(wh) AS wh, max(wh) AS peak
            FROM '{home}/long.parquet' GROUP BY meter, month, band)
    """
    return _timed(lambda: connection.sql(query).fetchall()[0][0], meters, repeats)


def polars(home: str, meters: int, repeats: int) -> dict[str, Any]:
    """The same with Polars' lazy frames."""
    import polars as pl

    def run() -> int:
        frame = pl.scan_parquet(f"{home}/long.parquet")
        wh = pl.col("wh")
        sums = frame.group_by("meter", "month", "band").agg(
            wh.cast(pl.Int64).sum().alias("sum"), wh.max().alias("peak")
        )
        return int(sums.select(pl.col("sum").sum()).collect().item())

    return _timed(run, meters, repeats)


def _timed(run: Any, meters: int, repeats: int) -> dict[str, Any]:
    best, answer = float("inf"), None
    for _ in range(repeats + 1):
        began = time.process_time()
        answer = run()
        best = min(best, time.process_time() - began)
    return {"per_second": meters / best, "answer": int(answer)}
