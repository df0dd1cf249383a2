"""What one bill hands to the next, as JSON. Most tariffs need nothing: then it is empty."""

import json
from decimal import Decimal
from typing import Any

from lamplighter.billing.domain.documents import plain_number
from lamplighter.tariffs.domain.pricing import Carried
from lamplighter.tariffs.domain.pricing.state import MonthPeak
from lamplighter.tariffs.domain.schedule import (
    DemandCharge,
    EnergyCharge,
    MinimumCharge,
    Per,
    RateSchedule,
)


def hands_on(schedule: RateSchedule) -> bool:
    """Whether bills under a schedule depend on the ones before."""
    if schedule.export.rule is not None:
        return True
    return any(
        (isinstance(part, DemandCharge) and part.ratchet is not None)
        or (isinstance(part, EnergyCharge) and part.hours_use_ratchet is not None)
        or (isinstance(part, MinimumCharge) and part.per is Per.YEAR)
        for part in schedule.components
    )


def carried_text(carried: Carried, schedule: RateSchedule) -> str:
    """What a bill under a schedule hands on; empty where it makes no difference."""
    if not hands_on(schedule):
        return ""
    document = {
        "surplus": {name: _numbers(kwh) for name, kwh in carried.surplus.items()},
        "credit": plain_number(carried.credit),
        "peaks": {
            name: [[peak.year, peak.month, _numbers(peak.kw)] for peak in peaks]
            for name, peaks in carried.peaks.items()
        },
        "billed_this_year": plain_number(carried.billed_this_year),
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def carried_of(text: str) -> Carried:
    """Undo `carried_text`."""
    if not text:
        return Carried()
    document: dict[str, Any] = json.loads(text)
    return Carried(
        surplus={name: tuple(map(Decimal, kwh)) for name, kwh in document["surplus"].items()},
        credit=Decimal(document["credit"]),
        peaks={
            name: tuple(
                MonthPeak(year, month, tuple(map(Decimal, kw))) for year, month, kw in peaks
            )
            for name, peaks in document["peaks"].items()
        },
        billed_this_year=Decimal(document["billed_this_year"]),
    )


def _numbers(numbers: tuple[Decimal, ...]) -> list[str]:
    return [plain_number(number) for number in numbers]
