"""Demand charges: flat or by band, in tiers, with ratchets; and reactive power."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lamplighter.tariffs.domain.clock import band_days, bands_in_use
from lamplighter.tariffs.domain.measures import SystemPeakUnknown, peak_measure
from lamplighter.tariffs.domain.pricing.context import Pricing
from lamplighter.tariffs.domain.pricing.lines import Kind, Line
from lamplighter.tariffs.domain.pricing.state import MonthPeak
from lamplighter.tariffs.domain.pricing.tiers import bounds, climb
from lamplighter.tariffs.domain.schedule import DemandCharge, Ratchet
from lamplighter.tariffs.domain.system_peaks import SystemPeakClock

KW_PER_HP: Final = Decimal("0.745699872")
"""Mechanical horsepower: 550 foot-pounds force a second."""


def demand_lines(pricing: Pricing, charge: DemandCharge) -> list[Line]:
    """The lines of a demand charge: one a band and tier with something in it."""
    peaks = billing_demand(pricing, charge)
    if charge.by_band:
        return [
            line
            for band, kw in enumerate(peaks)
            for line in _tier_lines(pricing, charge, band, kw, Fraction(1))
        ]
    days = band_days(charge.clock, pricing.usage.days)
    return [
        line
        for band, count in enumerate(days)
        if count
        for line in _tier_lines(
            pricing, charge, band, peaks[0], Fraction(count, len(pricing.usage.days))
        )
    ]


def billing_demand(pricing: Pricing, charge: DemandCharge) -> tuple[Decimal, ...]:
    """What is billed of each band: the measured peak, or more where a ratchet says so."""
    _check_moments(pricing, charge)
    measured = pricing.usage.peaks[peak_measure(charge)]
    if charge.ratchet is not None:
        past = pricing.carried.peaks.get(charge.name, ())
        held = held_by(charge.ratchet, past, pricing, bands=len(measured))
        measured = tuple(max(kw, held_kw) for kw, held_kw in zip(measured, held, strict=True))
    return measured


def _check_moments(pricing: Pricing, charge: DemandCharge) -> None:
    """:raises SystemPeakUnknown: if no moment of this period is stated, and it would be billed"""
    clock = charge.clock
    if not isinstance(clock, SystemPeakClock):
        return
    usage = pricing.usage
    stated = any(usage.first_day <= day < usage.after_last for day in clock.days)
    billed = bands_in_use(clock.otherwise, usage.days)
    if not stated and any(tier.price for band in billed for tier in charge.bands[band + 1]):
        raise SystemPeakUnknown(
            f"No moment of the system's peak is stated from {usage.first_day} to"
            f" {usage.after_last}, and {charge.name} is billed by it.",
            remedy="State it.",
        )


def held_by(
    ratchet: Ratchet, peaks: Sequence[MonthPeak], pricing: Pricing, *, bands: int
) -> tuple[Decimal, ...]:
    """
    The share of earlier peaks, by band, that billing demand does not fall below.

    A month that was billed by other bands than now counts with its one highest peak for them all.
    """
    last = pricing.usage.days[-1]
    window = [
        peak.kw if len(peak.kw) == bands else (max(peak.kw),) * bands
        for peak in peaks
        if _looks_back_at(ratchet, peak, last)
    ]
    highest = (max(band) for band in zip((Decimal(0),) * bands, *window, strict=True))
    return tuple(ratchet.share * kw for kw in highest)


def _looks_back_at(ratchet: Ratchet, peak: MonthPeak, now: date) -> bool:
    back = (now.year - peak.year) * 12 + now.month - peak.month
    further = ratchet.further_into_last_year if peak.year < now.year else 0
    return 0 < back <= ratchet.months_back + further and ratchet.counted[peak.month - 1]


def _tier_lines(
    pricing: Pricing, charge: DemandCharge, band: int, kw: Decimal, share: Fraction
) -> list[Line]:
    tiers = charge.bands[band]
    quantity = in_unit(kw, charge.unit, charge.flow, pricing.facts.power_factor)
    quantity = quantity if charge.least is None else max(quantity, charge.least)
    parts = climb(quantity, bounds(tiers, prorated=False))
    times = pricing.months * share * (len(pricing.usage.days) if charge.daily else 1)
    lines = []
    for number, (tier, part) in enumerate(zip(tiers, parts, strict=True), start=1):
        if part and tier.price:
            reason = demand_reason(charge, band, number, times)
            line = pricing.line(
                charge.name, Kind.DEMAND, part, charge.unit, tier.price, reason, share=times
            )
            lines.append(line)
    return lines


def in_unit(kw: Decimal, unit: str, flow: str, power_factor: Decimal | None) -> Decimal:
    """Demand in the unit that a tariff bills. Without a power factor, a kVA is taken as a kW."""
    if unit == "hp":
        return kw / KW_PER_HP
    if unit == "kVA" and flow != "apparent" and power_factor is not None:
        return kw / power_factor
    return kw


def demand_reason(charge: DemandCharge, band: int, tier: int, times: Fraction) -> str:
    """Why demand is billed at the rate of a band's tier (counted from 1)."""
    parts = [f"highest demand, {charge.clock.bands[band]}"]
    if len(charge.bands[band]) > 1:
        parts.append(f"tier {tier}")
    if times != 1:
        parts.append(f"x {times}")
    return ", ".join(parts)
