"""Energy charges: flat, tiered, by band, and tiers inside bands."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from lamplighter.tariffs.domain.measures import (
    EnergyMeasure,
    climb_measure,
    hours_use_peak,
    uses_demand,
)
from lamplighter.tariffs.domain.pricing.context import Pricing
from lamplighter.tariffs.domain.pricing.demand import held_by
from lamplighter.tariffs.domain.pricing.lines import Kind, Line
from lamplighter.tariffs.domain.pricing.tiers import UsageBeyondLastTier, bounds, climb
from lamplighter.tariffs.domain.schedule import EnergyCharge, Order, Tier

Climbed = tuple[tuple[Decimal, ...], ...]
"""Energy by band and tier."""


class Portion(NamedTuple):
    """What of an energy a band has in a tier: a share of what all bands have in it together."""

    kwh: Decimal
    share: Fraction = Fraction(1)


Spread = tuple[tuple[Portion, ...], ...]
"""Portions by band and tier."""


def energy_lines(pricing: Pricing, charge: EnergyCharge, net: Sequence[Decimal]) -> list[Line]:
    """
    The lines of an energy charge for what is left to pay for.

    :param net: kWh by band, after anything was set off
    """
    lines = []
    spread = spread_over_tiers(pricing, charge, net, flow=charge.flow)
    for band, (tiers, parts) in enumerate(zip(charge.bands, spread, strict=True)):
        for number, (tier, part) in enumerate(zip(tiers, parts, strict=True), start=1):
            if part.kwh:
                reason = energy_reason(charge, band, number)
                line = pricing.line(
                    charge.name,
                    Kind.ENERGY,
                    part.kwh,
                    charge.unit,
                    tier.price,
                    reason,
                    share=part.share,
                )
                lines.append(line)
    return lines


def measured(pricing: Pricing, charge: EnergyCharge, flow: str) -> tuple[Decimal, ...]:
    """What was measured of a flow, by band of the charge."""
    return pricing.usage.energy[EnergyMeasure(charge.clock, flow, charge.channel)]


def spread_over_tiers(
    pricing: Pricing, charge: EnergyCharge, kwh: Sequence[Decimal], *, flow: str
) -> Spread:
    """Energy of a flow by band and tier, climbed in the order that the charge says."""
    climbing = climb_measure(pricing.schedule, charge)
    if climbing is None or _is_held_up(pricing, charge):
        return _spread_sums(pricing, charge, kwh)
    return _within_tiers(charge, pricing.usage.climbed[climbing.of(flow)])


def _is_held_up(pricing: Pricing, charge: EnergyCharge) -> bool:
    """Whether hours' use is counted by more demand than tiers were climbed by."""
    if not any(map(uses_demand, charge.bands)):
        return False
    measured_kw = max(pricing.usage.peaks[hours_use_peak(pricing.schedule)])
    return hours_use_demand(pricing, charge) > measured_kw


def _within_tiers(charge: EnergyCharge, climbed: Climbed) -> Spread:
    """
    What was climbed, without the open end of bands whose last tier has a maximum.

    :raises UsageBeyondLastTier: if usage went beyond it
    """
    for tiers, parts in zip(charge.bands, climbed, strict=True):
        if any(parts[len(tiers) :]):
            raise UsageBeyondLastTier(
                f"The last tier ends at {tiers[-1].upper} {tiers[-1].unit}.",
                remedy="Use a tariff that is meant for this much usage.",
            )
    return tuple(
        tuple(map(Portion, parts[: len(tiers)]))
        for tiers, parts in zip(charge.bands, climbed, strict=True)
    )


def _spread_sums(pricing: Pricing, charge: EnergyCharge, net: Sequence[Decimal]) -> Spread:
    """Spread sums of bands over tiers: each band for itself, or pro rata over all together."""
    total = sum(net, Decimal(0))
    spread = []
    for tiers, kwh in zip(charge.bands, net, strict=True):
        uppers = tier_bounds(pricing, charge, tiers)
        climbing = kwh if charge.order is Order.EACH_BAND else total
        parts = climb(climbing, uppers) if kwh else (Decimal(0),) * len(tiers)
        share = Fraction(1) if kwh == climbing else Fraction(kwh) / Fraction(climbing)
        spread.append(tuple(Portion(part, share) for part in parts))
    return tuple(spread)


def tier_bounds(
    pricing: Pricing, charge: EnergyCharge, tiers: Sequence[Tier]
) -> tuple[Decimal | None, ...]:
    """The bounds of a band's tiers in this period."""
    return bounds(
        tiers,
        months=pricing.months,
        days=len(pricing.usage.days),
        kw=hours_use_demand(pricing, charge) if uses_demand(tiers) else Decimal(0),
        prorated=charge.prorated,
    )


def hours_use_demand(pricing: Pricing, charge: EnergyCharge) -> Decimal:
    """The billing demand that hours' use is counted by: the period's one peak, or a ratchet's."""
    peak = max(pricing.usage.peaks[hours_use_peak(pricing.schedule)])
    if charge.hours_use_ratchet is None:
        return peak
    past = pricing.carried.peaks.get(charge.name, ())
    return max(peak, *held_by(charge.hours_use_ratchet, past, pricing, bands=1))


def energy_reason(charge: EnergyCharge, band: int, tier: int) -> str:
    """Why energy is billed at the rate of a band's tier (counted from 1)."""
    name = charge.clock.bands[band]
    return name if len(charge.bands[band]) == 1 else f"{name}, tier {tier}"
