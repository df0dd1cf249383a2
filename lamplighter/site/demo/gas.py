"""Gas: somebody walks from meter to meter at the end of each month."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import numpy as np

from lamplighter.customers import queries
from lamplighter.metering import actions as metering
from lamplighter.metering.actions import TakenReading
from lamplighter.metering.actions.take_over_register_readings import ReadLater
from lamplighter.metering.queries.meters import meters_of
from lamplighter.site.demo.archetypes import HOUR
from lamplighter.site.demo.book import chunks
from lamplighter.site.demo.chance import between, draws, whole
from lamplighter.site.demo.months import FIRST_DAY, grid, midnight, month_after
from lamplighter.site.demo.moving_in import GAS_CHANNEL
from lamplighter.site.demo.town import GAS, Customer, customers
from lamplighter.site.demo.weather import weather

_COMFORT: Final = 16
"""°C: below it gas heats."""


def read_month(accounts: int, month: date, *, by: str) -> None:
    """Write down what the gas meters show at the end of a month, and first at its beginning."""
    first = month == FIRST_DAY
    at = midnight(month_after(month))
    for chunk in chunks(accounts):
        some = [one for one in customers(*chunk) if _reads(one, month_after(month))]
        if not some:
            continue
        meters = _meters(some, month_after(month))
        rounds = [month] if first else []
        readings = [
            reading for on in (*rounds, month_after(month)) for reading in _round(some, meters, on)
        ]
        try:
            metering.take_over_register_readings(
                readings, source=f"round {month:%Y-%m}", by=by, at=at
            )
        except ReadLater:
            # The round was written down before, and its marker was not.
            continue


def shown(ordinals: Any, on: date) -> Any:
    """What the meters show at the beginning of a day of a month's first, in tenths of a ccf."""
    counts = whole(10_000, 60_000, draws("gas meter", ordinals)).astype(float)
    month = FIRST_DAY
    while month < on:
        counts += usage(ordinals, month) * 10
        month = month_after(month)
    return np.floor(counts).astype(np.int64)


def usage(ordinals: Any, month: date) -> Any:
    """ccf in a month: some for cooking and water, and more for each degree below 16 °C."""
    hours = grid(month, HOUR)
    degree_days = np.clip(_COMFORT - weather(hours).temperature, 0, None).sum() / 24
    daily = between(0.3, 0.7, draws("gas a day", ordinals))
    heating = between(0.12, 0.26, draws("gas a degree day", ordinals))
    return daily * hours.days + heating * degree_days


def _reads(one: Customer, before: date) -> bool:
    return one.starts_on < before and any(s.commodity == GAS for s in one.supplies)


def _meters(some: list[Customer], on: date) -> dict[int, UUID]:
    """The gas meter of each account."""
    names = {
        supply.reference: one.ordinal
        for one in some
        for supply in one.supplies
        if supply.commodity == GAS
    }
    points = queries.usage_points_of(names.keys())
    hanging = meters_of(usage_point_ids=[p.id for p in points.values()], at=midnight(on))
    return {names[name]: hanging[point.id][0] for name, point in points.items()}


def _round(some: list[Customer], meters: dict[int, UUID], on: date) -> list[TakenReading]:
    there = [one for one in some if one.starts_on <= on]
    ordinals = np.array([one.ordinal for one in there], np.int64)
    return [
        TakenReading(
            meter_id=meters[one.ordinal],
            channel=GAS_CHANNEL,
            read_at=midnight(on),
            shown=Decimal(count).scaleb(-1),
        )
        for one, count in zip(there, shown(ordinals, on).tolist(), strict=True)
    ]
