"""The components of a native tariff document, one function a type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from lamplighter.tariffs.adapters.native_fields import Fields
from lamplighter.tariffs.adapters.native_tiers import read_rates
from lamplighter.tariffs.adapters.native_words import EVERYTHING
from lamplighter.tariffs.domain.clock import ALWAYS, SeasonalClock
from lamplighter.tariffs.domain.refusals import UnknownName
from lamplighter.tariffs.domain.schedule import (
    CREDIT,
    DEMAND_UNITS,
    ENERGY_UNITS,
    FLOWS,
    Component,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    FixedTimes,
    MinimumCharge,
    MonthlyRider,
    Order,
    Per,
    Percentage,
    PowerFactorCharge,
    Ratchet,
    ReactiveCharge,
    Rider,
)

E = TypeVar("E", bound=StrEnum)

MOST_MONTHS_BACK: Final = 36
_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


@dataclass(slots=True)
class Known:
    """What a component may speak of: the document's clocks, and the components above it."""

    clocks: Mapping[str, SeasonalClock | None]
    """None for a clock whose bands cannot be read."""
    above: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    """The clocks that components spoke of."""
    closing: str = ""
    """The first component that depends on others, when there was one."""


def read_component(fields: Fields, known: Known) -> Component:
    """One component. Those of usage stand above those that depend on other components."""
    name = fields.text("name")
    if name in (*known.above, CREDIT):
        fields.wrong("name", f"{name!r} is the name of something else on the bill.")
    read = fields.choice("type", _READERS)
    component = read(fields, name, known)
    if "type" in fields:
        fields.done()
    if isinstance(component, PowerFactorCharge | MinimumCharge | Percentage):
        known.closing = known.closing or name
    elif known.closing:
        fields.wrong(
            "type",
            f"It stands below {known.closing}, which depends on what is above it.",
            remedy=f"Put it above {known.closing}.",
        )
    if name:
        known.above.append(name)
    return component


def by_value(enumeration: type[E]) -> dict[str, E]:
    return {member.value: member for member in enumeration}


def _fixed(fields: Fields, name: str, _: Known) -> FixedCharge:
    return FixedCharge(
        name=name,
        amount=fields.number("amount"),
        per=fields.choice("per", by_value(Per)),
        times=fields.choice("times", by_value(FixedTimes), "one"),
    )


def _energy(fields: Fields, name: str, known: Known) -> EnergyCharge:
    clock = _clock(fields, known)
    bands = read_rates(fields, clock, energy=True)
    if len(bands) > 1 and max(map(len, bands)) > 1 and "order" not in fields:
        fields.wrong("order", "Several bands have tiers, and it does not say how they are climbed.")
    return EnergyCharge(
        name=name,
        bands=bands,
        clock=clock or ALWAYS,
        flow=fields.choice("flow", {flow: flow for flow in FLOWS}, "import"),
        channel=fields.optional_text("channel"),
        unit=fields.choice("unit", {unit: unit for unit in ENERGY_UNITS}, "kWh"),
        order=fields.choice("order", by_value(Order), "pro-rata"),
        hours_use_ratchet=_ratchet(fields, "hoursUseRatchet"),
        prorated=fields.boolean("prorated", default=True),
    )


def _demand(fields: Fields, name: str, known: Known) -> DemandCharge:
    clock = _clock(fields, known)
    window = None
    if "windowMinutes" in fields:
        window = fields.whole("windowMinutes", least=1, most=24 * 60)
        if window and 24 * 60 % window:
            fields.wrong("windowMinutes", f"A day is not a multiple of {window} minutes.")
    rolling = fields.boolean("rolling", default=False)
    if rolling and window is None:
        fields.wrong("rolling", "A window that rolls has a length: state windowMinutes.")
    return DemandCharge(
        name=name,
        bands=read_rates(fields, clock, energy=False),
        clock=clock or ALWAYS,
        flow=fields.choice("flow", {flow: flow for flow in FLOWS}, "import"),
        by_band=fields.boolean("byBand", default=False),
        unit=fields.choice("unit", {unit: unit for unit in DEMAND_UNITS}, "kW"),
        daily=fields.boolean("daily", default=False),
        window_minutes=window,
        rolling=rolling,
        ratchet=_ratchet(fields, "ratchet"),
        coincident=fields.boolean("coincident", default=False),
        least=fields.optional_number("least", least=_ZERO),
    )


def _reactive(fields: Fields, name: str, _: Known) -> ReactiveCharge:
    return ReactiveCharge(
        name=name,
        rate=fields.number("rate", least=_ZERO),
        free_share=fields.number("freeShare", _ZERO, least=_ZERO, most=Decimal(10)),
    )


def _power_factor(fields: Fields, name: str, known: Known) -> PowerFactorCharge:
    return PowerFactorCharge(
        name=name,
        target=fields.number("target", more_than=_ZERO, most=_ONE),
        percent_per_hundredth=fields.number("percentPerHundredth", least=_ZERO),
        on=_on(fields, known) or (),
    )


def _minimum(fields: Fields, name: str, known: Known) -> MinimumCharge:
    return MinimumCharge(
        name=name,
        amount=fields.number("amount", more_than=_ZERO),
        per=fields.choice("per", by_value(Per)),
        on=_on(fields, known) if "on" in fields else None,
    )


def _rider(fields: Fields, name: str, _: Known) -> Rider:
    start, end = fields.day("startsOn"), fields.day("endsBefore")
    if start and end and start >= end:
        fields.wrong("endsBefore", "It ends before it starts.")
    return Rider(
        name=name,
        rate=fields.number("rate"),
        start=start,
        end=end,
        flow=fields.choice("flow", {flow: flow for flow in FLOWS}, "import"),
        unit=fields.choice("unit", {unit: unit for unit in ENERGY_UNITS}, "kWh"),
    )


def _monthly_rider(fields: Fields, name: str, _: Known) -> MonthlyRider:
    rates = fields.items("rates")
    if rates and len(rates) != 12:
        fields.wrong("rates", f"These are {len(rates)}, and a year has 12 months.")
    return MonthlyRider(
        name=name,
        rates=tuple(rates.number(n) for n in rates),
        unit=fields.choice("unit", {unit: unit for unit in ENERGY_UNITS}, "kWh"),
    )


def _percentage(fields: Fields, name: str, known: Known) -> Percentage:
    return Percentage(
        name=name,
        percent=fields.number("percent", least=Decimal(-100), most=Decimal(10_000)),
        on=_on(fields, known),
        tax=fields.take("type") == "tax",
    )


def _clock(fields: Fields, known: Known) -> SeasonalClock | None:
    name = fields.optional_text("clock")
    if name is None:
        return ALWAYS
    known.used.add(name)
    if name not in known.clocks:
        remedy = f"They are: {', '.join(known.clocks)}." if known.clocks else "State it in clocks."
        fields.wrong("clock", f"There is no clock {name!r}.", remedy=remedy, reason=UnknownName)
    return known.clocks.get(name)


def _ratchet(fields: Fields, key: str) -> Ratchet | None:
    if key not in fields:
        return None
    part = fields.object(key)
    months = set(range(1, 13))
    if "months" in part:
        items = part.items("months")
        months = {items.whole(n, least=1, most=12) for n in items}
    ratchet = Ratchet(
        share=part.number("share", more_than=_ZERO, most=_ONE),
        months_back=part.whole("monthsBack", least=1, most=MOST_MONTHS_BACK),
        counted=tuple(month in months for month in range(1, 13)),
        further_into_last_year=part.whole("furtherIntoLastYear", 0, least=0, most=1),
    )
    part.done()
    return ratchet


def _on(fields: Fields, known: Known) -> tuple[str, ...] | None:
    """The components that something depends on; None: everything above."""
    if fields.take("on") == EVERYTHING:
        return None
    names = fields.texts("on")
    for name in names:
        if name not in known.above:
            detail = f"No component above is called {name!r}."
            remedy = f"They are: {', '.join(known.above)}."
            fields.wrong("on", detail, remedy=remedy, reason=UnknownName)
    return names


_READERS: Final[Mapping[str, Callable[[Fields, str, Known], Component]]] = {
    "fixed": _fixed,
    "energy": _energy,
    "demand": _demand,
    "reactive": _reactive,
    "power-factor": _power_factor,
    "minimum": _minimum,
    "rider": _rider,
    "monthly-rider": _monthly_rider,
    "percentage": _percentage,
    "tax": _percentage,
}
