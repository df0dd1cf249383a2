"""Rate schedules as native tariff documents. What goes without saying is left out."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lamplighter.tariffs.adapters.native_clock_writer import clock_document
from lamplighter.tariffs.adapters.native_words import (
    EVERYTHING,
    NATIVE,
    ROUNDING_MODES,
    TIER_UNITS,
)
from lamplighter.tariffs.domain.clock import ALWAYS, Clock
from lamplighter.tariffs.domain.schedule import (
    Component,
    DemandCharge,
    EnergyCharge,
    Export,
    FixedCharge,
    Late,
    MinimumCharge,
    MonthlyRider,
    Percentage,
    PowerFactorCharge,
    Ratchet,
    RateSchedule,
    ReactiveCharge,
    Rider,
    Rounding,
    Tier,
)

Document = dict[str, Any]
Clocks = Mapping[Clock, str]

_TYPES: Final[Mapping[type[Component], str]] = {
    FixedCharge: "fixed",
    EnergyCharge: "energy",
    DemandCharge: "demand",
    ReactiveCharge: "reactive",
    PowerFactorCharge: "power-factor",
    MinimumCharge: "minimum",
    Rider: "rider",
    MonthlyRider: "monthly-rider",
    Percentage: "percentage",
}


def document_of(schedule: RateSchedule) -> Document:
    """
    The document of a schedule, which reads back as the same schedule.

    :raises TypeError: if a component's clock is not one that is written down, but worked out
    """
    clocks: dict[Clock, str] = {}
    for component in schedule.components:
        if isinstance(component, EnergyCharge | DemandCharge) and component.clock != ALWAYS:
            clocks.setdefault(component.clock, component.name)
    return _without_none(
        {
            "format": NATIVE,
            "code": schedule.code,
            "name": schedule.name,
            "currency": schedule.currency.code,
            "timeZone": schedule.time_zone,
            "startsOn": _day(schedule.starts_on),
            "endsBefore": _day(schedule.ends_on),
            "rounding": _rounding(schedule.rounding),
            "settlesIn": None if schedule.settles_in == 12 else schedule.settles_in,
            "clocks": {name: clock_document(clock) for clock, name in clocks.items()} or None,
            "components": [_component(component, clocks) for component in schedule.components],
            "export": _export(schedule.export),
            "lateReadings": _late(schedule.late),
            "notes": list(schedule.notes) or None,
        }
    )


def _component(component: Component, clocks: Clocks) -> Document:
    head = {"type": _TYPES[type(component)], "name": component.name}
    match component:
        case EnergyCharge():
            rest = _energy(component, clocks)
        case DemandCharge():
            rest = _demand(component, clocks)
        case Percentage():
            if component.tax:
                head["type"] = "tax"
            rest = {"percent": _number(component.percent), "on": _on(component.on)}
        case MinimumCharge():
            rest = {
                "amount": _number(component.amount),
                "per": component.per.value,
                "on": None if component.on is None else list(component.on),
            }
        case FixedCharge():
            rest = {
                "amount": _number(component.amount),
                "per": component.per.value,
                "times": _unless(component, "times", str(component.times)),
            }
        case _:
            rest = _other(component)
    return _without_none(head | rest)


def _other(component: ReactiveCharge | PowerFactorCharge | Rider | MonthlyRider) -> Document:
    match component:
        case ReactiveCharge():
            return {
                "rate": _number(component.rate),
                "freeShare": _unless(component, "free_share", _number(component.free_share)),
            }
        case PowerFactorCharge():
            return {
                "target": _number(component.target),
                "percentPerHundredth": _number(component.percent_per_hundredth),
                "on": list(component.on),
            }
        case Rider():
            return {
                "rate": _number(component.rate),
                "startsOn": _day(component.start),
                "endsBefore": _day(component.end),
                "flow": _unless(component, "flow", component.flow),
                "unit": _unless(component, "unit", component.unit),
            }
        case MonthlyRider():
            return {
                "rates": [_number(rate) for rate in component.rates],
                "unit": _unless(component, "unit", component.unit),
            }


def _energy(charge: EnergyCharge, clocks: Clocks) -> Document:
    climbs = len(charge.bands) > 1 and max(map(len, charge.bands)) > 1
    return {
        "flow": _unless(charge, "flow", charge.flow),
        "channel": charge.channel,
        "unit": _unless(charge, "unit", charge.unit),
        "clock": clocks.get(charge.clock),
        **_rates(charge.clock, charge.bands),
        "order": charge.order.value if climbs else _unless(charge, "order", charge.order.value),
        "prorated": _unless(charge, "prorated", charge.prorated),
        "hoursUseRatchet": _ratchet(charge.hours_use_ratchet),
    }


def _demand(charge: DemandCharge, clocks: Clocks) -> Document:
    return {
        "flow": _unless(charge, "flow", charge.flow),
        "unit": _unless(charge, "unit", charge.unit),
        "clock": clocks.get(charge.clock),
        **_rates(charge.clock, charge.bands),
        "byBand": _unless(charge, "by_band", charge.by_band),
        "daily": _unless(charge, "daily", charge.daily),
        "windowMinutes": charge.window_minutes,
        "rolling": _unless(charge, "rolling", charge.rolling),
        "coincident": _unless(charge, "coincident", charge.coincident),
        "ratchet": _ratchet(charge.ratchet),
        "least": None if charge.least is None else _number(charge.least),
    }


def _rates(clock: Clock, bands: Sequence[Sequence[Tier]]) -> Document:
    if len(clock.bands) > 1:
        return {
            "bands": {
                name: _flat(tiers) or [_tier(tier) for tier in tiers]
                for name, tiers in zip(clock.bands, bands, strict=True)
            }
        }
    (tiers,) = bands
    rate = _flat(tiers)
    return {"tiers": [_tier(tier) for tier in tiers]} if rate is None else {"rate": rate}


def _flat(tiers: Sequence[Tier]) -> str | None:
    """The rate, where there is nothing else to say."""
    return _number(tiers[0].rate) if list(tiers) == [Tier(rate=tiers[0].rate)] else None


def _tier(tier: Tier) -> Document:
    return _without_none(
        {
            "upTo": None if tier.upper is None else _number(tier.upper),
            "per": _unless(tier, "unit", TIER_UNITS[tier.unit]),
            "withinHours": None if tier.within_hours is None else _number(tier.within_hours),
            "rate": _number(tier.rate),
            "adjustment": _unless(tier, "adjustment", _number(tier.adjustment)),
            "sell": None if tier.sell is None else _number(tier.sell),
        }
    )


def _ratchet(ratchet: Ratchet | None) -> Document | None:
    if ratchet is None:
        return None
    months = [month for month, counted in enumerate(ratchet.counted, start=1) if counted]
    return _without_none(
        {
            "share": _number(ratchet.share),
            "monthsBack": ratchet.months_back,
            "months": _unless(ratchet, "counted", months),
            "furtherIntoLastYear": _unless(
                ratchet, "further_into_last_year", ratchet.further_into_last_year
            ),
        }
    )


def _late(late: Late) -> Document | None:
    if late == Late():
        return None
    below = _number(late.below) if late.below else None
    return _without_none({"policy": late.policy.value, "below": below})


def _rounding(rounding: Rounding) -> Document | None:
    if rounding == Rounding():
        return None
    words = {mode: word for word, mode in ROUNDING_MODES.items()}
    return _without_none(
        {"mode": words[rounding.mode], "lines": _unless(rounding, "lines", rounding.lines)}
    )


def _export(export: Export) -> Document | None:
    if export == Export():
        return None
    return _without_none(
        {
            "rule": None if export.rule is None else export.rule.value,
            "handover": _unless(export, "handover", export.handover.value),
            "yearEndRate": None if export.year_end_rate is None else _number(export.year_end_rate),
        }
    )


def _on(names: Sequence[str] | None) -> list[str] | str:
    return EVERYTHING if names is None else list(names)


def _number(number: Decimal) -> str:
    return f"{number:f}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _unless(value: Any, field: str, written: Any) -> Any:
    """What is written of a field, or None where the field has its default."""
    (default,) = (f.default for f in dataclasses.fields(value) if f.name == field)
    return None if getattr(value, field) == default else written


def _without_none(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None}
