"""A rate schedule in words, as a tariff sheet would put it, so that a person can check it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from lamplighter.tariffs.domain.clock import ALWAYS
from lamplighter.tariffs.domain.clock_words import month_names, times_in_words
from lamplighter.tariffs.domain.schedule import (
    Component,
    DemandCharge,
    EnergyCharge,
    Export,
    ExportRule,
    FixedCharge,
    FixedTimes,
    Late,
    LatePolicy,
    MinimumCharge,
    MonthlyRider,
    Order,
    Percentage,
    PowerFactorCharge,
    Ratchet,
    RateSchedule,
    ReactiveCharge,
    Rider,
    Tier,
    TierUnit,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading and what belongs under it, a sentence a line."""

    heading: str
    lines: tuple[str, ...]


_FLOWS: Final = {
    "import": "",
    "export": " fed in",
    "reactive-import": " of reactive energy",
    "reactive-export": " of reactive energy fed in",
    "apparent": " of apparent energy",
    "other": " of another flow",
}
_TIER_UNITS: Final = {
    TierUnit.PLAIN: "{unit} a month",
    TierUnit.DAILY: "{unit} a day",
    TierUnit.PER_KW: "{unit} a month for each kW of demand",
    TierUnit.PER_KW_DAILY: "{unit} a day for each kW of demand",
}
_ORDERS: Final = {
    Order.PRO_RATA: "Each band has its share of every tier.",
    Order.CLOCK: "Tiers are climbed hour by hour, in the order of time.",
    Order.EACH_BAND: "Each band climbs tiers of its own.",
}
_LATE: Final = {
    LatePolicy.NEXT_BILL: "What they change is on the next bill.",
    LatePolicy.REBILL: "Their bill is cancelled and made anew.",
    LatePolicy.IGNORE: "They change nothing.",
}
_RULES: Final = {
    ExportRule.NET_METERING: "Set off against use, band by band; a surplus is carried over in kWh.",
    ExportRule.NET_METERING_CREDIT: "Set off against use, band by band; a surplus is credited at"
    " the sell rate, and the credit carried over.",
    ExportRule.NET_BILLING: "Credited at the sell rate on the same bill.",
    ExportRule.NET_BILLING_CREDIT: "Credited at the sell rate from the next bill on.",
    ExportRule.BUY_ALL_SELL_ALL: "All use is bought, all generation is sold at the sell rate.",
}


def in_words(schedule: RateSchedule) -> Iterator[Paragraph]:
    """What a schedule says: about itself, each component, export, and what it does not bill."""
    yield Paragraph(f"{schedule.code}  {schedule.name}", tuple(_head(schedule)))
    currency = schedule.currency.code
    for component in schedule.components:
        yield Paragraph(component.name, tuple(_component(component, currency)))
    if schedule.export != Export():
        yield Paragraph("What is fed in", tuple(_export(schedule, currency)))
    if schedule.late != Late():
        yield Paragraph("Late readings", (_late(schedule.late, currency),))
    if schedule.notes:
        yield Paragraph("Notes", schedule.notes)


def holding(starts_on: date | None, ends_on: date | None) -> str:
    """When something holds; `ends_on` is exclusive."""
    last = None if ends_on is None else ends_on - timedelta(days=1)
    words = [f"from {starts_on}" if starts_on else "", f"until {last}" if last else ""]
    return " ".join(word for word in words if word) or "until further notice"


def _head(schedule: RateSchedule) -> Iterator[str]:
    yield f"In {schedule.currency.code}, {holding(schedule.starts_on, schedule.ends_on)}."
    if schedule.time_zone:
        yield f"Times of day are those of {schedule.time_zone}."
    rounding = schedule.rounding
    mode = rounding.mode.removeprefix("ROUND_").lower().replace("_", " ")
    yield f"Each line is rounded {mode}." if rounding.lines else "Nothing is rounded."


def _component(component: Component, currency: str) -> Iterator[str]:
    match component:
        case FixedCharge():
            yield _fixed(component, currency)
        case EnergyCharge():
            yield from _energy(component, currency)
        case DemandCharge():
            yield from _demand(component, currency)
        case ReactiveCharge():
            free = (
                f" beyond {_percent(component.free_share)} of use" if component.free_share else ""
            )
            yield f"{_money(component.rate, currency)} per kvarh{free}."
        case PowerFactorCharge():
            yield (
                f"{_plain(component.percent_per_hundredth)} % of {_list(component.on)} for each"
                f" hundredth of a mean power factor below {_plain(component.target)}."
            )
        case MinimumCharge():
            on = "" if component.on is None else f" for {_list(component.on)}"
            yield f"At least {_money(component.amount, currency)} a {component.per}{on}."
        case Percentage():
            on = "everything above" if component.on is None else _list(component.on)
            what = "Tax: " if component.tax else ""
            yield f"{what}{_plain(component.percent)} % of {on}."
        case Rider() | MonthlyRider():
            yield from _rider(component, currency)


def _fixed(charge: FixedCharge, currency: str) -> str:
    times = {
        FixedTimes.ONE: "",
        FixedTimes.CONNECTED_KW: " for each kW of connected load",
        FixedTimes.FURTHER_METERS: " for each further meter",
    }[charge.times]
    per = "bill" if charge.per == "period" else charge.per
    return f"{_money(charge.amount, currency)} a {per}{times}."


def _energy(charge: EnergyCharge, currency: str) -> Iterator[str]:
    if charge.channel:
        yield f"What channel {charge.channel} measures."
    per = f"{charge.unit}{_FLOWS[charge.flow]}"
    yield from _bands(charge, currency, per, charge.unit)
    if len(charge.bands) > 1 and max(map(len, charge.bands)) > 1:
        yield _ORDERS[charge.order]
    if charge.hours_use_ratchet:
        yield f"Demand that bounds are counted by is {_ratchet(charge.hours_use_ratchet)}."
    if not charge.prorated and max(map(len, charge.bands)) > 1:
        yield "Tiers keep their size in a period that is not a whole month."


def _demand(charge: DemandCharge, currency: str) -> Iterator[str]:
    what = "the highest demand of each band" if charge.by_band else "the highest demand"
    if charge.coincident:
        what = "demand at the moments of the system's peak"
    window = ""
    if charge.window_minutes:
        rolling = " that begins at any time" if charge.rolling else ""
        window = f", a mean over {charge.window_minutes} minutes{rolling}"
    yield f"By {what}{_FLOWS[charge.flow]}{window}."
    per = f"{charge.unit} and day" if charge.daily else f"{charge.unit} and month"
    yield from _bands(charge, currency, per, charge.unit)
    if charge.ratchet:
        yield f"Billed demand is {_ratchet(charge.ratchet)}."
    if charge.least:
        yield f"Billed demand is at least {_plain(charge.least)} {charge.unit}."


def _bands(
    charge: EnergyCharge | DemandCharge, currency: str, per: str, unit: str
) -> Iterator[str]:
    for name, tiers in zip(charge.clock.bands, charge.bands, strict=True):
        begin = "" if len(charge.clock.bands) == 1 else f"{name}: "
        yield from (f"{begin}{line}." for line in _tiers(tiers, currency, per, unit))
    if charge.clock != ALWAYS:
        yield from times_in_words(charge.clock)


def _tiers(tiers: Sequence[Tier], currency: str, per: str, unit: str) -> Iterator[str]:
    for tier in tiers:
        price = f"{_money(tier.price, currency)} per {per}"
        if tier.sell is not None:
            price += f", sold at {_money(tier.sell, currency)}"
        if tier.upper is not None:
            bound = _TIER_UNITS[tier.unit].format(unit=unit)
            price = f"up to {_plain(tier.upper)} {bound}: {price}"
            if tier.within_hours is not None:
                price += f" (within {_plain(tier.within_hours)} hours' use of the demand)"
        elif len(tiers) > 1:
            price = f"beyond: {price}"
        yield price
    if tiers[-1].upper is not None:
        yield "beyond: no price"


def _ratchet(ratchet: Ratchet) -> str:
    months = [number for number, counted in enumerate(ratchet.counted) if counted]
    only = f" ({', '.join(month_names(months))} only)" if len(months) < 12 else ""
    back = f"the {ratchet.months_back} months before"
    if ratchet.further_into_last_year:
        back += f", {ratchet.months_back + ratchet.further_into_last_year} into last year"
    back += only
    return f"at least {_percent(ratchet.share)} of the highest of {back}"


def _rider(rider: Rider | MonthlyRider, currency: str) -> Iterator[str]:
    if isinstance(rider, Rider):
        dates = holding(rider.start, rider.end)
        yield f"{_money(rider.rate, currency)} per {rider.unit}{_FLOWS[rider.flow]}, {dates}."
        return
    for name, rate in zip(month_names(range(12)), rider.rates, strict=True):
        yield f"{name}: {_money(rate, currency)} per {rider.unit}."


def _export(schedule: RateSchedule, currency: str) -> Iterator[str]:
    export = schedule.export
    yield _RULES[export.rule] if export.rule else "Neither set off nor paid."
    if export.year_end_rate is not None:
        (month,) = month_names([schedule.settles_in - 1])
        rate = _money(export.year_end_rate, currency)
        yield f"What is left at the end of {month} is paid {rate} per kWh."


def _late(late: Late, currency: str) -> str:
    below = f" Less than {_money(late.below, currency)} is let go." if late.below else ""
    return _LATE[late.policy] + below


def _money(amount: Decimal, currency: str) -> str:
    """With at least two decimals, if it has any."""
    whole, point, decimals = _plain(amount).partition(".")
    return f"{currency} {whole}.{decimals:0<2}" if point else f"{currency} {whole}"


def _percent(share: Decimal) -> str:
    return f"{_plain(share * 100)} %"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _list(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
