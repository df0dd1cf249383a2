"""
Import of NEM12 and CSV files, up to interval blocks by local day. No peer keeps values exact.

`python -m bench.text_files` prints it.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.figure import Figure, in_turn, measured
from lamplighter.metering.ports.reading_formats import FORMATS, format_named
from lamplighter.metering.queries.files import blocks_in

# What is measured is the reading of files, not the start of a program.
for name in FORMATS:
    format_named(name)

METERS = 150
DAYS = 365
RUNS = 3


def write_nem12(path: Path) -> int:
    """A year of half hours of many meters."""
    pool = [f"{n % 1999 / 1000:.3f}" for n in range(0, 1_000_000, 137)]
    with path.open("w") as file:
        file.write("100,NEM12,202401010000,MDP1,RETAILER\n")
        for meter in range(METERS):
            file.write(f"200,NMI{meter:07d},E1,E1,E1,N1,M{meter},kWh,30,\n")
            for day in range(DAYS):
                at = (meter * 7 + day * 13) % (len(pool) - 48)
                when = (date(2023, 1, 1) + timedelta(days=day)).strftime("%Y%m%d")
                file.write(f"300,{when},{','.join(pool[at : at + 48])},A,,,20240101000000,\n")
        file.write("900\n")
    return METERS * DAYS * 48


def write_one_meter_csv(path: Path) -> int:
    """Many years of quarter hours of one meter."""
    begin, rows = datetime(1960, 1, 1, tzinfo=UTC), 2_000_000
    with path.open("w") as file:
        file.write("start,kwh\n")
        for n in range(rows):
            file.write(
                f"{begin + timedelta(minutes=15 * n):%Y-%m-%dT%H:%MZ},{n % 977 / 1000:.3f}\n"
            )
    return rows


def write_many_meters_csv(path: Path) -> int:
    """A fortnight of half hours, all meters of a time together, in local time."""
    begin, times, meters = datetime(2024, 1, 1, tzinfo=UTC), 14 * 48, 3000
    with path.open("w") as file:
        file.write("usage_point,start,kwh,quality\n")
        for n in range(times):
            start = f"{begin + timedelta(minutes=30 * n):%Y-%m-%d %H:%M}"
            for meter in range(meters):
                file.write(f"MP{meter:05d},{start},{(n + meter) % 977 / 1000:.3f},actual\n")
    return times * meters


def import_file(path: Path) -> int:
    return sum(batch.num_rows for batch in blocks_in(path, time_zone="Australia/Sydney"))


def run() -> list[Figure]:
    writers: dict[str, Callable[[Path], int]] = {
        "NEM12 import, 150 meters by day": write_nem12,
        "CSV import, one meter": write_one_meter_csv,
        "CSV import, 3,000 meters by time": write_many_meters_csv,
    }
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for what, write in writers.items():
            path = Path(folder) / "file.csv"
            readings = write(path)
            (ours,) = in_turn(RUNS, partial(measured, import_file, path))
            figures.append(
                Figure(
                    what=f"{what} ({path.stat().st_size / 1e6:.0f} MB)",
                    ours=readings / ours.cpu_s / 1e6,
                    unit="million readings/s",
                    peak_mb=ours.peak_mb,
                )
            )
    return figures


if __name__ == "__main__":
    for figure in run():
        print(figure)
