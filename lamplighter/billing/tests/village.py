"""A small village with tariffs, homes and readings, to be billed in tests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lamplighter.billing import actions
from lamplighter.billing.actions import NewAgreement
from lamplighter.billing.domain.calendars import regular_calendar
from lamplighter.billing.models import Bill
from lamplighter.billing.queries.verifying import verify
from lamplighter.customers import actions as customers
from lamplighter.customers.actions import NewAccount, NewPlace
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.tariffs import actions as tariffs
from lamplighter.tariffs.queries.files import schedules_in

ZONE = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2025, 1, 2, 8, tzinfo=UTC)
"""When the village was taken over."""
CYCLE = "MONTHLY"
WH = 500
"""What a home uses in an hour, unless said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An account with one usage point."""

    account: UUID
    number: str
    point: UUID
    reference: str
    agreement: UUID


def tariff(code: str = "FLAT", *, rate: str = "0.20", **more: Any) -> dict[str, Any]:
    """A native tariff: so much a kWh and 5.00 a month."""
    return {
        "format": "lamplighter-tariff/1",
        "code": code,
        "name": f"Tariff {code}",
        "currency": "EUR",
        "components": [
            {"type": "fixed", "name": "Standing charge", "amount": "5.00", "per": "month"},
            {"type": "energy", "name": "Energy", "rate": rate},
        ],
    } | more


def publish(folder: Path, *documents: Mapping[str, Any], at: datetime = BEGAN) -> list[UUID]:
    """Import and publish tariffs."""
    path = folder / "tariffs.json"
    path.write_text(json.dumps(list(documents)))
    results = tariffs.import_tariffs(tariffs=schedules_in(path), by="test", at=at)
    versions = []
    for result in results:
        assert result.version_id is not None, result.refusal
        tariffs.publish_version(version_id=result.version_id, by="test", at=at)
        versions.append(result.version_id)
    return versions


def define_cycle(*, rules: Mapping[str, Any] | None = None, first: date = date(2025, 1, 1)) -> None:
    actions.define_cycle(code=CYCLE, name="Monthly", rules=rules or {}, by="test", at=BEGAN)
    calendar = regular_calendar(first, months=1, count=18)
    actions.extend_calendar(cycle=CYCLE, periods=calendar, by="test", at=BEGAN)


def settle(count: int, *, code: str = "FLAT", first: int = 1, **more: Any) -> list[Home]:
    """Let homes be lived in."""
    numbers = [f"{n:05}" for n in range(first, first + count)]
    accounts = customers.take_over_accounts(
        [
            NewAccount(
                number=number,
                holder=f"Holder {number}",
                postal_address=(f"{number} Lamp Street", "12345 Village"),
                currency="EUR",
                opened_on=date(2025, 1, 1),
            )
            for number in numbers
        ],
        by="test",
        at=BEGAN,
    )
    places = [
        NewPlace(
            address=f"{number} Lamp Street",
            time_zone=str(ZONE),
            usage_points=((f"P{number}", "electricity"),),
        )
        for number in numbers
    ]
    points = [some[0] for some in customers.take_over_places(places, by="test", at=BEGAN)]
    new = [
        NewAgreement(
            account_id=account,
            usage_point_id=point,
            tariff=code,
            **({"starts_on": date(2025, 1, 1)} | more),
        )
        for account, point in zip(accounts, points, strict=True)
    ]
    made = actions.take_over_agreements(cycle=CYCLE, agreements=new, by="test", at=BEGAN)
    return [
        Home(account=a, number=n, point=p, reference=f"P{n}", agreement=g)
        for a, n, p, g in zip(accounts, numbers, points, made, strict=True)
    ]


def read_meters(
    homes: Sequence[Home],
    first_day: date,
    after_last: date,
    *,
    wh: int | Sequence[int] = WH,
    flow: str = "import",
    channel: str | None = None,
    missing: Sequence[tuple[date, int, int]] = (),
    quarters: bool = False,
    at: datetime = BEGAN,
) -> None:
    """
    Store readings of each day.

    :param wh: of each interval, the same for all homes or of each home
    :param quarters: of an hour, instead of hours
    :param missing: day, first hour and hour after the last one without a value
    """
    each = [wh] * len(homes) if isinstance(wh, int) else list(wh)
    days = [first_day + timedelta(n) for n in range((after_last - first_day).days)]
    rows = []
    for home, usage in zip(homes, each, strict=True):
        for day in days:
            count = hours_of(day) * (4 if quarters else 1)
            quality = np.full(count, int(Quality.ACTUAL))
            for gap, start, end in missing:
                if gap == day:
                    quality[start:end] = int(Quality.MISSING)
            rows.append(
                {
                    "usage_point": str(home.point),
                    "channel": channel or flow,
                    "flow": flow,
                    "unit": "Wh",
                    "local_day": day,
                    "step_s": 900 if quarters else 3600,
                    "exponent": 0,
                    "values": np.where(quality == Quality.MISSING, 0, usage).tolist(),
                    "quality": quality.tolist(),
                }
            )
    batches = pa.Table.from_pylist(rows, BLOCKS).to_batches()
    metering.take_over_readings(batches, source="head-end", by="test", at=at)


def hours_of(day: date) -> int:
    first = (day - date(1970, 1, 1)).days
    start, end = LocalDays(ZONE).starts(first, first + 1)
    return int(end - start) // 3600


def run(through: date, *, at: datetime | None = None) -> list[actions.Step]:
    """Run the cycle's bills up to a day, on the morning after."""
    when = at or datetime(through.year, through.month, through.day, 6, tzinfo=UTC) + timedelta(1)
    steps = []
    for run_id in actions.open_runs(cycle_code=CYCLE, through=through, by="test", at=when):
        while (step := actions.go_on(run_id=run_id, by="test", at=when)) is not None:
            steps.append(step)
    return steps


def documents(home: Home) -> list[dict[str, Any]]:
    """What was billed to a home, bill by bill."""
    bills = Bill.objects.filter(account=home.account).order_by("number")
    return [json.loads(text) for text in bills.values_list("document", flat=True)]


def segments(home: Home) -> list[dict[str, Any]]:
    """Those of all its bills."""
    return [segment for document in documents(home) for segment in document.get("segments", ())]


def amounts(segment: Mapping[str, Any]) -> dict[str, int]:
    """What each component comes to."""
    found: dict[str, int] = {}
    for line in segment["lines"]:
        found[line["component"]] = found.get(line["component"], 0) + line["amount_minor"]
    return found


def used(segment: Mapping[str, Any]) -> str:
    """What was drawn from the network."""
    return str(next(u["quantity"] for u in segment["usage"] if u["flow"] == "import"))


def check_made_again() -> None:
    """Each bill of usage is the same, to the byte, when it is made again."""
    numbers = list(Bill.objects.filter(spans__isnull=False).values_list("number", flat=True))
    assert numbers
    for number in numbers:
        assert verify(number).difference == ""
