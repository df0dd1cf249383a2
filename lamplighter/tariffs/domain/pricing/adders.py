"""What comes on top of usage: fixed charges, riders, minimums, percentages and taxes."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from lamplighter.kernel import Refusal
from lamplighter.tariffs.domain.clock import ALWAYS, MONTHS
from lamplighter.tariffs.domain.measures import EnergyMeasure, rider_measure
from lamplighter.tariffs.domain.pricing.context import Pricing, part_of
from lamplighter.tariffs.domain.pricing.lines import Kind, Line
from lamplighter.tariffs.domain.schedule import (
    ExportRule,
    FixedCharge,
    FixedTimes,
    MinimumCharge,
    MonthlyRider,
    Per,
    Percentage,
    PowerFactorCharge,
    ReactiveCharge,
    Rider,
)


class FactMissing(Refusal):
    """The tariff bills by something that is not known of this customer."""


def fixed_line(pricing: Pricing, charge: FixedCharge) -> list[Line]:
    """So much for the time, and for what it is multiplied by."""
    time = _time(pricing, charge.per)
    units = {
        FixedTimes.ONE: Decimal(1),
        FixedTimes.FURTHER_METERS: Decimal(pricing.facts.meters - 1),
        FixedTimes.CONNECTED_KW: pricing.facts.connected_kw,
    }[charge.times]
    if units is None:
        raise FactMissing(
            f"{charge.name} is charged per kW of connected load, which is not stated.",
            remedy="State the connected load in kW.",
        )
    if not units:
        return []
    unit = {
        FixedTimes.ONE: charge.per.value,
        FixedTimes.CONNECTED_KW: f"kW x {charge.per}",
        FixedTimes.FURTHER_METERS: f"meter x {charge.per}",
    }[charge.times]
    reason = "" if charge.times is FixedTimes.ONE else f"{units.normalize():f} x {charge.times}"
    line = pricing.line(charge.name, Kind.FIXED, units, unit, charge.amount, reason, share=time)
    return [line]


def _time(pricing: Pricing, per: Per) -> Fraction:
    return {
        Per.DAY: Fraction(len(pricing.usage.days)),
        Per.MONTH: pricing.months,
        Per.YEAR: pricing.months / 12,
        Per.PERIOD: pricing.usage.share,
    }[per]


def rider_lines(pricing: Pricing, rider: Rider | MonthlyRider) -> list[Line]:
    """So much per kWh, for what was used while the rider held."""
    if isinstance(rider, Rider):
        kwh = pricing.usage.energy[rider_measure(rider)][1]
        days = rider_measure(rider).clock.bands[1]
        return (
            [pricing.line(rider.name, Kind.RIDER, kwh, rider.unit, rider.rate, days)]
            if kwh and rider.rate
            else []
        )
    sums = pricing.usage.energy[EnergyMeasure(MONTHS)]
    return [
        pricing.line(rider.name, Kind.RIDER, kwh, rider.unit, rate, month)
        for kwh, rate, month in zip(sums, rider.rates, MONTHS.bands, strict=True)
        if kwh and rate
    ]


def reactive_line(pricing: Pricing, charge: ReactiveCharge) -> list[Line]:
    """Reactive energy beyond the share of active energy that is free."""
    (active,) = pricing.usage.energy[EnergyMeasure(ALWAYS)]
    (reactive,) = pricing.usage.energy[EnergyMeasure(ALWAYS, "reactive-import")]
    beyond = max(reactive - active * charge.free_share, Decimal(0))
    if not beyond:
        return []
    reason = f"{reactive.normalize():f} kvarh, {charge.free_share:%} of active energy free"
    return [pricing.line(charge.name, Kind.REACTIVE, beyond, "kvarh", charge.rate, reason)]


def power_factor_line(
    pricing: Pricing, charge: PowerFactorCharge, lines: Sequence[Line]
) -> list[Line]:
    """A percentage for each hundredth by which the mean power factor falls short."""
    (active,) = pricing.usage.energy[EnergyMeasure(ALWAYS)]
    (reactive,) = pricing.usage.energy[EnergyMeasure(ALWAYS, "reactive-import")]
    apparent = (active * active + reactive * reactive).sqrt()
    if not apparent:
        return []
    factor = (active / apparent).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    hundredths = (charge.target - factor) * 100
    if hundredths <= 0:
        return []
    base = _sum_on(lines, charge.on)
    percent = hundredths * charge.percent_per_hundredth
    reason = f"power factor {factor}, {charge.target} wanted"
    return [_percentage_line(pricing, charge.name, Kind.REACTIVE, base, percent, reason)]


def minimum_line(pricing: Pricing, charge: MinimumCharge, lines: Sequence[Line]) -> list[Line]:
    """What the bill lacks to its minimum. A credit for export does not fill it up."""
    so_far = minimum_base(pricing, charge, lines)
    if charge.per is Per.YEAR:
        if not pricing.settles_year:
            return []
        lack = charge.amount - pricing.carried.billed_this_year - so_far
    else:
        least = part_of(charge.amount, _time(pricing, charge.per))
        lack = least - so_far
    if lack <= 0:
        return []
    reason = minimum_reason(charge)
    return [pricing.line(charge.name, Kind.MINIMUM, Decimal(1), "", lack, reason)]


def minimum_reason(charge: MinimumCharge) -> str:
    return f"at least {charge.amount} a {charge.per}"


def minimum_base(pricing: Pricing, charge: MinimumCharge, lines: Sequence[Line]) -> Decimal:
    """
    What counts towards a minimum: all charges so far, or those of the components it names.

    A bill that pays the customer counts as nothing: it takes nothing away from other bills.
    """
    sold_apart = pricing.rule is ExportRule.BUY_ALL_SELL_ALL
    counted = [line for line in lines if not (sold_apart and line.kind is Kind.EXPORT)]
    return max(_sum_on(counted, charge.on), Decimal(0))


def percentage_line(pricing: Pricing, charge: Percentage, lines: Sequence[Line]) -> list[Line]:
    """A share of other lines, as they stand on the bill."""
    base = _sum_on(lines, charge.on)
    kind = Kind.TAX if charge.tax else Kind.PERCENTAGE
    if not base:
        return []
    reason = percentage_reason(charge)
    return [_percentage_line(pricing, charge.name, kind, base, charge.percent, reason)]


def percentage_reason(charge: Percentage) -> str:
    return "of " + ("all of the above" if charge.on is None else ", ".join(charge.on))


def _percentage_line(
    pricing: Pricing, name: str, kind: Kind, base: Decimal, percent: Decimal, reason: str
) -> Line:
    currency = pricing.schedule.currency.code
    return pricing.line(name, kind, base, currency, percent / 100, reason)


def _sum_on(lines: Sequence[Line], on: tuple[str, ...] | None) -> Decimal:
    return sum((x.amount for x in lines if on is None or x.component in on), Decimal(0))
