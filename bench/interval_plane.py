"""
How the interval plane was chosen (docs/adr/0003): own Parquet files named by the relational
database, beside Delta Lake, and the ways of writing Parquet beside each other.

    make bench            # once, for the packages
    .venv/bin/python -m bench.interval_plane [HOMES]
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FIRST, STEPS = date(2025, 6, 1), 48
AT = datetime(2027, 7, 1, tzinfo=UTC)
NEEDED = ["usage_point", "channel", "local_day", "step_s", "exponent", "values"]
PROCESSES, APPENDS = 4, 50


def main() -> None:
    homes = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        home = Path(folder)
        table = month_of(homes)
        print(f"{homes:,} homes, {table.num_rows * STEPS / 1e6:.1f} M half hours, one core\n")
        encodings(home, table)
        with_django(home)
        own(table)
        delta(home / "delta", table)


def month_of(homes: int, *, days: int = 30, first: date = FIRST, seed: int = 7) -> pa.Table:
    """Whole watt-hours with a morning, an evening and a good deal of chance; 2 % are estimated."""
    from lamplighter.metering.domain.blocks import BLOCKS

    chance = np.random.default_rng(seed)
    hour = np.arange(STEPS) / 2
    shape = 60 + 250 * np.exp(-((hour - 7.5) ** 2) / 3) + 450 * np.exp(-((hour - 19) ** 2) / 6)
    size = chance.lognormal(0, 0.5, (homes, 1, 1))
    values = np.rint(shape * size * chance.gamma(2, 0.5, (homes, days, STEPS))).astype(np.int64)
    points = sorted(str(UUID(bytes=chance.bytes(16), version=4)) for _ in range(homes))
    rows = homes * days
    offsets = pa.array(np.arange(0, (rows + 1) * STEPS, STEPS, dtype=np.int32))
    quality = np.where(chance.random((rows, 1)) < 0.02, 2, 1).astype(np.int8).repeat(STEPS, 1)
    start = (first - date(1970, 1, 1)).days
    days_ = np.tile(np.arange(start, start + days, dtype=np.int32), homes)
    types = {name: BLOCKS.field(name).type for name in BLOCKS.names}
    columns = {
        "usage_point": pa.array(np.repeat(points, days)),
        "channel": pa.repeat("import", rows),
        "flow": pa.repeat("import", rows),
        "unit": pa.repeat("Wh", rows),
        "local_day": pa.array(days_).cast(pa.date32()),
        "step_s": pa.repeat(pa.scalar(1800, pa.int32()), rows),
        "exponent": pa.repeat(pa.scalar(0, pa.int8()), rows),
        "values": pa.ListArray.from_arrays(offsets, pa.array(values.ravel()), type=types["values"]),
        "quality": pa.ListArray.from_arrays(
            offsets, pa.array(quality.ravel()), type=types["quality"]
        ),
    }
    return pa.table(list(columns.values()), schema=BLOCKS)


def encodings(home: Path, table: pa.Table) -> None:
    """Bytes and decoding speed, up to lists of 64 bits, of each way of writing the values."""
    from lamplighter.metering.domain.stored_blocks import RECORDED_AT, pack

    recorded = pa.repeat(pa.scalar(AT, RECORDED_AT.type), table.num_rows)
    lists = table.append_column(RECORDED_AT, recorded)
    print("values, compression, days a row group        bytes/reading  M readings/s")
    compressions = ("none", "snappy", "lz4", "zstd")
    kinds = ("PLAIN", "DICTIONARY", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT")
    for kind, compression in itertools.product(kinds, compressions):
        _one_encoding(home, lists, f"lists, {kind}", compression, 16_384, NEEDED)
    with_quality = [*NEEDED, "quality"]
    _one_encoding(home, lists, "and qualities, DELTA_BINARY_PACKED", "lz4", 16_384, with_quality)
    packed, with_width = pack(lists), [*NEEDED, "width"]
    for compression in compressions:
        _one_encoding(home, packed, "bytes", compression, 16_384, with_width)
    for group in (1_024, 4_096, 65_536):
        _one_encoding(home, packed, "bytes", "lz4", group, with_width)
    _one_encoding(home, packed, "and qualities, bytes", "lz4", 16_384, [*with_width, "quality"])


def _one_encoding(
    home: Path, table: pa.Table, kind: str, compression: str, group: int, columns: list[str]
) -> None:
    from lamplighter.metering.domain.stored_blocks import NAMES, unpack

    encoding, values = kind.rsplit(", ", 1)[-1], "values.list.element"
    how: dict[str, Any] = {"use_dictionary": [*NAMES, "quality.list.element"]}
    if encoding == "DICTIONARY":
        how["use_dictionary"].append(values)
    elif encoding == "bytes":
        how = {"use_dictionary": [*NAMES, "width", "quality"]}
    else:
        how["column_encoding"] = {values: encoding}
    path = home / "encoding.parquet"
    pq.write_table(table, path, compression=compression, row_group_size=group, **how)

    def decode() -> None:
        for batch in pq.ParquetFile(path).iter_batches(4096, columns=columns, use_threads=False):
            if encoding == "bytes":
                unpack(batch)

    readings = table.num_rows * STEPS
    speed = readings / best(decode) / 1e6
    name = f"{kind}, {compression}, {group:,}"
    print(f"  {name:52} {path.stat().st_size / readings:5.2f}  {speed:7.0f}")


def own(table: pa.Table) -> None:
    from lamplighter.metering.ports.interval_plane import interval_plane

    plane = interval_plane()
    points = [UUID(name) for name in pc.unique(table["usage_point"]).to_pylist()]
    add_usage_points(points)
    readings = table.num_rows * STEPS
    print("\nown files")
    said("bulk append", wall(lambda: plane.append(table.to_batches(50_000), at=AT)), readings)
    again = AT + timedelta(hours=1)
    said("the same again", wall(lambda: plane.append(table.to_batches(50_000), at=again)), readings)
    month = (FIRST, FIRST + timedelta(days=30))

    def scan(**how: Any) -> Callable[[], None]:
        return lambda: [None for _ in plane.read(days=month, **how)] and None

    said("scan of the month", best(scan(columns=NEEDED)), readings)
    said("  names as dictionaries", best(scan(columns=NEEDED, dictionaries=True)), readings)
    said("  with qualities", best(scan(columns=[*NEEDED, "quality"])), readings)
    one = table.slice(0, 30)
    small = small_appends(one, lambda batch, n: plane.append([batch], at=AT + timedelta(days=n)))
    said_ms("small append, one after the other", small)
    said_ms(f"small append, {PROCESSES} at once", at_once("own", points[:PROCESSES]))
    revised = table.take(pa.array(np.arange(0, table.num_rows, 100)))
    plane.append(plus_one(revised).to_batches(), at=AT + timedelta(days=400))
    said("scan, 1 % of the days revised", best(scan(columns=NEEDED)), readings)
    said("compaction", wall(lambda: plane.compact(at=AT)), readings)
    said("scan after it", best(scan(columns=NEEDED)), readings)
    said("  as it was known before", best(scan(columns=NEEDED, as_of=AT)), readings)
    two_years(plane, points)


def two_years(plane: Any, points: list[UUID]) -> None:
    """One usage point out of 1,000, over 24 months."""
    first = date(2023, 6, 1)
    names = pa.array([str(point) for point in points[:1000]])
    for number in range(24):
        start = (first + timedelta(days=31 * number)).replace(day=1)
        table = month_of(len(names), days=28, first=start, seed=number)
        table = table.set_column(0, table.schema.field(0), names.take(_each(len(names), 28)))
        plane.append(table.to_batches(50_000), at=AT)
    days = (first, first + timedelta(days=800))
    point = {points[500]}
    seconds = best(lambda: list(plane.read(days=days, usage_points=point, columns=NEEDED)))
    print(f"  {'two years of one usage point':44} {seconds * 1e3:8.1f} ms")


def _each(count: int, times: int) -> pa.Array:
    return pa.array(np.repeat(np.arange(count), times))


def delta(folder: Path, table: pa.Table) -> None:
    from deltalake import DeltaTable, WriterProperties, write_deltalake

    how: dict[str, Any] = {
        "partition_by": ["month", "bucket"],
        "writer_properties": WriterProperties(compression="LZ4", max_row_group_size=16_384),
    }
    placed = in_partitions(table)
    readings = table.num_rows * STEPS
    print("\ndeltalake")
    said("bulk append", wall(lambda: write_deltalake(folder, placed, **how)), readings)

    def scan() -> None:
        dataset = DeltaTable(folder).to_pyarrow_dataset()
        for _ in dataset.to_batches(columns=NEEDED, use_threads=False):
            pass

    said("scan of the month", best(scan), readings)
    one = placed.slice(0, 30)
    small = small_appends(
        one, lambda batch, _: write_deltalake(folder, pa.table(batch), mode="append", **how)
    )
    said_ms("small append, one after the other", small)
    said_ms(f"small append, {PROCESSES} at once", at_once(str(folder), []))
    said("scan with these small files", best(scan), readings)
    properties = how["writer_properties"]
    compact = wall(lambda: DeltaTable(folder).optimize.compact(writer_properties=properties))
    said("compaction", compact, readings)
    said("scan after it", best(scan), readings)


def in_partitions(table: pa.Table) -> pa.Table:
    from lamplighter.metering.domain.buckets import bucket_of

    names = table["usage_point"].to_pylist()
    buckets = pa.array([bucket_of(UUID(name)) for name in names], pa.int32())
    months = pc.strftime(table["local_day"], format="%Y-%m")
    return table.append_column("month", months).append_column("bucket", buckets)


def small_appends(table: pa.Table, append: Callable[[Any, int], object]) -> list[float]:
    """Append a day of one home, day after day."""
    seconds = []
    for number in range(4 * APPENDS):
        day = pa.array([FIRST + timedelta(days=60 + number)])
        batch = table.slice(0, 1).set_column(4, table.schema.field(4), day)
        batch = batch.combine_chunks().to_batches()[0]
        seconds.append(wall(lambda batch=batch, number=number: append(batch, number)))
    return seconds


def at_once(where: str, points: list[UUID]) -> list[float]:
    """The same in several processes."""
    names = [str(point) for point in points] or [""] * PROCESSES
    script = "from bench.interval_plane import append_as_one_of_many as go; go()"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, where, name], stdout=subprocess.PIPE, env=os.environ
        )
        for name in names
    ]
    return [s for process in running for s in json.loads(process.communicate()[0] or "[]")]


def append_as_one_of_many() -> None:
    where, name = sys.argv[1:]
    table = month_of(1)
    if where == "own":
        with_django(Path(os.environ["LAMPLIGHTER_HOME"]))
        from lamplighter.metering.ports.interval_plane import interval_plane

        table = table.set_column(0, table.schema.field(0), pa.array([name] * table.num_rows))
        plane = interval_plane()
        seconds = small_appends(table, lambda batch, _: plane.append([batch], at=AT))
    else:
        from deltalake import write_deltalake
        from deltalake.exceptions import CommitFailedError

        table = in_partitions(table)

        def append(batch: Any, _: int) -> None:
            try:
                write_deltalake(where, pa.table(batch), mode="append")
            except CommitFailedError:
                print("  (an append gave up: the others were always quicker)", file=sys.stderr)

        seconds = small_appends(table, append)
    print(json.dumps(seconds))


def plus_one(table: pa.Table) -> pa.Table:
    column = table["values"].combine_chunks()
    more = pa.ListArray.from_arrays(
        column.offsets, pa.array(column.values.to_numpy() + 1), type=column.type
    )
    return table.set_column(7, table.schema.field(7), more)


def with_django(home: Path) -> None:
    os.environ["LAMPLIGHTER_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def add_usage_points(points: list[UUID]) -> None:
    from lamplighter.customers.models import ServiceLocation, UsagePoint

    place = ServiceLocation.objects.create(address="1 Bench Road", time_zone="UTC")
    UsagePoint.objects.bulk_create(
        UsagePoint(id=p, service_location=place, reference=str(p), commodity="electricity")
        for p in points
    )


def best(function: Callable[[], object], *, tries: int = 4) -> float:
    """Processor time in seconds of the best try."""
    return min(_cpu(function) for _ in range(tries))


def _cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def wall(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def said(what: str, seconds: float, readings: int) -> None:
    print(f"  {what:44} {seconds:8.2f} s  {readings / seconds / 1e6:6.0f} M readings/s")


def said_ms(what: str, seconds: list[float]) -> None:
    ms = sorted(second * 1e3 for second in seconds)
    print(f"  {what:44} {median(ms):8.1f} ms, 95 % within {ms[int(len(ms) * 0.95)]:.1f} ms")


if __name__ == "__main__":
    main()
