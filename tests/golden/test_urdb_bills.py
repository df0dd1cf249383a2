"""
Real tariffs of the Utility Rate Database, against the bills that NREL's SAM computes for them.

Every case of the data (see its README) is priced through the same functions that `lamplighter
quote` calls. A case holds when every month is within half a cent; where SAM bills a daily charge
for 365/12 days every month, the year is compared instead.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from lamplighter.billing.domain.loads import Load, load_of
from lamplighter.billing.domain.quotes import Quote, Terms, quote, unrounded
from lamplighter.kernel import Place
from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.netting import net_of
from lamplighter.tariffs.domain.schedule import ExportRule, RateSchedule
from lamplighter.tariffs.ports.tariff_formats import format_named

RULES = (
    ExportRule.NET_METERING,
    ExportRule.NET_METERING_CREDIT,
    ExportRule.NET_BILLING,
    ExportRule.NET_BILLING_CREDIT,
    ExportRule.BUY_ALL_SELL_ALL,
)
FIRST, DAYS = date(2018, 1, 1), 365
CASES, PARTS = 10_320, 4
IGNORED = {"flatdemandstructure without months": "flatdemandstructure"}
UTC = ZoneInfo("UTC")

Key = tuple[str, ExportRule, str | None, float]


def tariffs(shared: Path) -> Iterator[dict[str, Any]]:
    for name in ("golden.jsonl.gz", "golden-more-loads.jsonl.gz"):
        with gzip.open(shared / "tariffs" / name, "rt") as lines:
            yield from (t for t in map(json.loads, lines) if t.get("trust", "exact") != "suspect")


def cases_by_load(shared: Path) -> dict[Key, list[tuple[dict[str, Any], dict[str, Any]]]]:
    found: dict[Key, list[tuple[dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for tariff in tariffs(shared):
        for case in tariff["cases"]:
            if "error" not in case:
                metering = case["metering"]
                rule = RULES[metering[0] if isinstance(metering, list) else metering]
                key = case["load"], rule, case.get("gen"), case.get("gen_scale", 0.0)
                found[key].append((tariff, case))
    return found


def blocks_of(kw: Any) -> pa.Table:
    """The same numbers that the scorer writes down: kWh with nine decimals."""
    steps = len(kw) // DAYS
    nano = np.rint(np.array([round(float(v), 9) for v in kw * (24 / steps)]) * 1e9).astype(np.int64)
    row = {"usage_point": "", "channel": "import", "flow": "import", "unit": "kWh",
           "step_s": 86_400 // steps, "exponent": -9, "quality": [1] * steps}  # fmt: skip
    return pa.Table.from_pylist(
        [
            {**row, "local_day": FIRST + timedelta(n), "values": values}
            for n, values in enumerate(nano.reshape(DAYS, steps).tolist())
        ],
        schema=BLOCKS,
    )


@cache
def all_loads(shared: Path) -> dict[str, Any]:
    return {name: series / 1e4 for name, series in np.load(shared / "tariffs/loads.npz").items()}


def load_for(shared: Path, key: Key) -> Load:
    name, rule, generation, scale = key
    blocks = blocks_of(all_loads(shared)[name])
    if generation is not None:
        made = blocks_of(all_loads(shared)[generation] * scale)
        blocks = net_of(blocks, made, sold_whole=rule is ExportRule.BUY_ALL_SELL_ALL)
    return load_of(blocks, UTC)


def schedule_of(tariff: dict[str, Any]) -> RateSchedule:
    ignored = {IGNORED.get(name, name) for name in tariff.get("sam_ignores", [])}
    urdb = {k: v for k, v in tariff["urdb"].items() if k not in ignored}
    return format_named("urdb").schedule(urdb, Place(source=tariff["id"]))


def monthly_peaks(kw: Any) -> tuple[Decimal, ...]:
    month = np.array([(FIRST + timedelta(n)).month for n in range(DAYS)]).repeat(len(kw) // DAYS)
    return tuple(Decimal(f"{kw[month == m].max():.6f}") for m in range(1, 13))


def off_by(quoted: Quote, tariff: dict[str, Any], case: dict[str, Any]) -> float:
    """By how much the worst month is off, in units of what is allowed."""
    allowed = max(0.005, 1e-9 * abs(case["annual"]))
    months = [float(bill.total) for bill in quoted.bills]
    if "fixed-day" in tariff.get("tags", []):
        return float(abs(sum(months) - case["annual"]) / (12 * allowed))
    return float(max(abs(a - b) for a, b in zip(months, case["monthly"], strict=True)) / allowed)


@pytest.mark.parametrize("part", range(PARTS))
def test_bills_of_real_tariffs_are_those_of_sam(shared_data: Path, part: int) -> None:
    keys = sorted(cases_by_load(shared_data).items(), key=lambda item: str(item[0]))
    assert sum(len(cases) for _, cases in keys) == CASES
    wrong, right = [], 0
    for key, cases in keys[part::PARTS]:
        load = load_for(shared_data, key)
        for tariff, case in cases:
            schedule = unrounded(schedule_of(tariff).under(key[1]))
            past = (
                monthly_peaks(all_loads(shared_data)[key[0]]) if "ratchet_history" in case else ()
            )
            quoted = quote(schedule, load, Terms(previous_peaks=past))
            if isinstance(quoted, Quote) and off_by(quoted, tariff, case) <= 1:
                right += 1
            else:
                wrong.append((tariff["id"], key, getattr(quoted, "refusal", "off")))
    assert not wrong
    assert right > 0
