"""
A bill run: one month of hourly readings to issued bills, stored with their lines and events.

    .venv/bin/python -m bench bill_run               # 100,000 accounts
    .venv/bin/python -m bench.bill_run 1000000       # how much memory and time a million take

On the database that LAMPLIGHTER_BENCH_DATABASE names, else on SQLite.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from bench.figure import Figure, Timed, in_turn, measured

ACCOUNTS, CHUNK = 100_000, 5_000
FIRST_DAY, DAYS, HOURS = date(2025, 1, 1), 31, 24
TAKEN_OVER = datetime(2025, 1, 1, 8, tzinfo=UTC)
BILLED = datetime(2025, 2, 1, 8, tzinfo=UTC)
ORACLE_BILLS_A_SECOND = 640
"""What Oracle publishes for invoicing in its cloud service, on a cluster."""


def tariffs() -> list[dict[str, Any]]:
    """Flat, inclining blocks, time of use, all with a standing charge and a tax; two with more."""
    clock = {
        "use": {
            "bands": ["off-peak", "shoulder", "peak"],
            "seasons": [
                {
                    "from": "01-01",
                    "weekday": {"peak": "17:00-21:00", "shoulder": "07:00-17:00",
                                "off-peak": "other times"},
                    "weekend": "off-peak",
                }
            ],
        }
    }  # fmt: skip
    by_time: dict[str, Any] = {
        "type": "energy",
        "name": "Energy",
        "clock": "use",
        "bands": {"peak": "0.41", "shoulder": "0.27", "off-peak": "0.18"},
    }
    blocks = {
        "type": "energy",
        "name": "Energy",
        "tiers": [{"upTo": 200, "rate": "0.19"}, {"upTo": 500, "rate": "0.24"}, {"rate": "0.31"}],
    }
    flat = {"type": "energy", "name": "Energy", "rate": "0.2345"}
    demand = {"type": "demand", "name": "Demand", "rate": "3.20"}
    fuel = {"type": "rider", "name": "Fuel adjustment", "rate": "0.0123"}
    return [
        _tariff("FLAT", flat),
        _tariff("BLOCKS", blocks, fuel),
        _tariff("TIMES", by_time, clocks=clock),
        _tariff("TIMES-DEMAND", by_time, demand, clocks=clock),
    ]


def _tariff(code: str, *energy: dict[str, Any], **more: Any) -> dict[str, Any]:
    taxed = ["Standing charge", *(component["name"] for component in energy)]
    return {
        "format": "lamplighter-tariff/1",
        "code": code,
        "name": code.title(),
        "currency": "USD",
        "components": [
            {"type": "fixed", "name": "Standing charge", "amount": "9.75", "per": "month"},
            *energy,
            {"type": "tax", "name": "Tax", "percent": "8.875", "on": taxed},
        ],
    } | more


def prepare(home: Path, accounts: int) -> None:
    """Move a city in, with its readings of January."""
    _django(home)
    from django.core.management import call_command

    from lamplighter.billing import actions
    from lamplighter.billing.domain.calendars import regular_calendar
    from lamplighter.metering.actions import take_over_readings
    from lamplighter.tariffs.actions import import_tariffs, publish_version
    from lamplighter.tariffs.queries.files import schedules_in

    call_command("migrate", verbosity=0)
    (home / "tariffs.json").write_text(json.dumps(tariffs()))
    who: dict[str, Any] = {"by": "bench", "at": TAKEN_OVER}
    for result in import_tariffs(tariffs=schedules_in(home / "tariffs.json"), **who):
        publish_version(version_id=result.version_id, **who)  # type: ignore[arg-type]
    actions.define_cycle(code="JAN", name="January", **who)
    actions.extend_calendar(
        cycle="JAN", periods=regular_calendar(FIRST_DAY, months=1, count=1), **who
    )
    points: list[UUID] = []
    for first in range(0, accounts, CHUNK):
        points += _move_in(first, min(CHUNK, accounts - first), who)
    take_over_readings(_readings(points), source="bench", **who)


def _move_in(first: int, count: int, who: dict[str, Any]) -> list[UUID]:
    from lamplighter.billing import actions
    from lamplighter.customers import actions as customers

    codes = [tariff["code"] for tariff in tariffs()]
    accounts = customers.take_over_accounts(
        [
            customers.NewAccount(
                number=f"{n:08}",
                holder=f"Holder {n}",
                postal_address=(f"{n} Bench Street", "10001 Benchville"),
                currency="USD",
                opened_on=FIRST_DAY,
            )
            for n in range(first, first + count)
        ],
        **who,
    )
    places = customers.take_over_places(
        [
            customers.NewPlace(
                address=f"{n} Bench Street",
                time_zone="America/New_York",
                usage_points=((f"BENCH{n:08}", "electricity"),),
            )
            for n in range(first, first + count)
        ],
        **who,
    )
    actions.take_over_agreements(
        cycle="JAN",
        agreements=[
            actions.NewAgreement(
                account_id=account,
                usage_point_id=points[0],
                tariff=codes[n % len(codes)],
                starts_on=FIRST_DAY,
            )
            for n, (account, points) in enumerate(zip(accounts, places, strict=True))
        ],
        **who,
    )
    return [points[0] for points in places]


def _readings(points: list[UUID]) -> Iterator[pa.RecordBatch]:
    """Hourly Wh of January, bucket by bucket."""
    from lamplighter.metering.domain.blocks import BLOCKS
    from lamplighter.metering.domain.buckets import bucket_of

    ordered = sorted(points, key=lambda point: (bucket_of(point), point))
    hour = np.arange(HOURS)
    shape = 200 + 900 * np.exp(-((hour - 8) ** 2) / 6) + 1600 * np.exp(-((hour - 19) ** 2) / 8)
    day = (FIRST_DAY - date(1970, 1, 1)).days + np.arange(DAYS, dtype=np.int32)
    rng = np.random.default_rng(3)
    for first in range(0, len(ordered), CHUNK):
        chosen = [str(point) for point in ordered[first : first + CHUNK]]
        rows = len(chosen) * DAYS
        size = rng.uniform(0.3, 3.0, (len(chosen), 1, 1))
        values = (shape * size * rng.uniform(0.5, 1.5, (len(chosen), DAYS, HOURS))).astype(np.int64)
        offsets = pa.array(np.arange(0, rows * HOURS + 1, HOURS, dtype=np.int32))
        columns = {
            "usage_point": pa.array(np.repeat(chosen, DAYS)),
            "channel": pa.repeat("import", rows),
            "flow": pa.repeat("import", rows),
            "unit": pa.repeat("Wh", rows),
            "local_day": pa.array(np.tile(day, len(chosen))).cast(pa.date32()),
            "step_s": pa.repeat(pa.scalar(3600, pa.int32()), rows),
            "exponent": pa.repeat(pa.scalar(0, pa.int8()), rows),
            "values": pa.ListArray.from_arrays(offsets, pa.array(values.ravel())),
            "quality": pa.ListArray.from_arrays(offsets, pa.array(np.ones(rows * HOURS, np.int8))),
        }
        yield from pa.table(
            [columns[name].cast(BLOCKS.field(name).type) for name in BLOCKS.names], schema=BLOCKS
        ).to_batches()


def bill(home: Path, accounts: int) -> Timed:
    """Run the cycle. Gives the number of bills and what they come to, in cents."""
    _django(home)
    from django.db.models import Sum

    from lamplighter.billing import actions
    from lamplighter.billing.models import Bill
    from lamplighter.platform.models import OutboxEvent

    until = FIRST_DAY + timedelta(DAYS - 1)
    (run,) = actions.open_runs(cycle_code="JAN", through=until, by="bench", at=BILLED)
    begun, wall = time.process_time(), time.perf_counter()
    while actions.go_on(run_id=run, by="bench", at=BILLED) is not None:
        pass
    cpu_s, wall_s = time.process_time() - begun, time.perf_counter() - wall
    bills = Bill.objects.filter(run=run)
    assert bills.count() == accounts, bills.count()
    assert OutboxEvent.objects.filter(name="billing.BillIssued").count() == accounts
    print(f"{accounts:,} bills in {wall_s:.1f} s, {cpu_s:.1f} s of CPU", file=sys.stderr)
    return Timed(cpu_s, (bills.aggregate(Sum("total_minor"))["total_minor__sum"], wall_s))


def _django(home: Path) -> None:
    os.environ["LAMPLIGHTER_HOME"] = str(home)
    os.environ["LAMPLIGHTER_DATABASE"] = os.environ.get(
        "LAMPLIGHTER_BENCH_DATABASE", f"sqlite:///{home}/bench.sqlite3"
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
    import django

    django.setup()


def run(accounts: int = ACCOUNTS) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        home = Path(folder)
        measured(prepare, home, accounts)
        (ours,) = in_turn(1, partial(measured, bill, home, accounts))
    engine = "PostgreSQL" if "LAMPLIGHTER_BENCH_DATABASE" in os.environ else "SQLite"
    return [
        Figure(
            what=f"bill run, {accounts:,} accounts x a month of hours, {engine}",
            ours=accounts / ours.cpu_s,
            unit="bills/s",
            peer="Oracle's published figure, a cluster",
            theirs=ORACLE_BILLS_A_SECOND,
            peak_mb=ours.peak_mb,
        )
    ]


if __name__ == "__main__":
    for figure in run(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS):
        print(figure)
