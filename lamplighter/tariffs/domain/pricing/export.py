"""Energy that flows back: set off, credited or sold, and what is carried to the next bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from lamplighter.tariffs.domain.clock import Clock, bands_in_use
from lamplighter.tariffs.domain.measures import NETTING
from lamplighter.tariffs.domain.pricing.context import Pricing
from lamplighter.tariffs.domain.pricing.energy import measured, spread_over_tiers
from lamplighter.tariffs.domain.pricing.lines import Kind, Line
from lamplighter.tariffs.domain.schedule import EnergyCharge, ExportRule, Handover

_SATURDAY: Final = 5
_HANDOVER_HOURS: Final = (0, 5, 11, 17)


@dataclass(frozen=True, slots=True)
class SetOff:
    """What is left of import and of export after one was set off against the other, by band."""

    payable: tuple[Decimal, ...]
    surplus: tuple[Decimal, ...]


def set_off(pricing: Pricing, charge: EnergyCharge) -> SetOff:
    """Set import, export and carried surplus off against each other, where the rule says so."""
    bought = measured(pricing, charge, charge.flow)
    if pricing.rule is None or charge.flow != "import":
        return SetOff(bought, (Decimal(0),) * len(bought))
    sold = measured(pricing, charge, "export")
    if pricing.rule not in NETTING:
        return SetOff(bought, sold)
    before = _handed_over(pricing, charge)
    net = [b - s - c for b, s, c in zip(bought, sold, before, strict=True)]
    zero = Decimal(0)
    return SetOff(tuple(max(n, zero) for n in net), tuple(max(-n, zero) for n in net))


def sold_lines(pricing: Pricing, charge: EnergyCharge, surplus: Sequence[Decimal]) -> list[Line]:
    """What flowed back, valued at the sell rates of its bands and tiers. Amounts are negative."""
    lines = []
    spread = spread_over_tiers(pricing, charge, surplus, flow="export")
    for band, (tiers, parts) in enumerate(zip(charge.bands, spread, strict=True)):
        for tier, part in zip(tiers, parts, strict=True):
            if part.kwh and tier.sell:
                reason = f"fed in, {charge.clock.bands[band]}"
                line = pricing.line(
                    charge.name,
                    Kind.EXPORT,
                    part.kwh,
                    charge.unit,
                    -tier.sell,
                    reason,
                    share=part.share,
                )
                lines.append(line)
    return lines


def pays_later(rule: ExportRule | None) -> bool:
    """Whether what export has earned is kept as credit, instead of standing on the bill itself."""
    return rule in (ExportRule.NET_METERING_CREDIT, ExportRule.NET_BILLING_CREDIT)


def _handed_over(pricing: Pricing, charge: EnergyCharge) -> list[Decimal]:
    """The surplus carried into this period, by the bands that it now belongs to."""
    days = pricing.usage.days
    before = [Decimal(0)] * len(charge.bands)
    for band, kwh in enumerate(pricing.carried.surplus.get(charge.name, ())):
        if kwh:
            if pricing.schedule.export.handover is Handover.HOURS:
                heir = _heir_by_hours(charge.clock, band, days)
            else:
                heir = _heir_by_band(charge.clock, band, days)
            if heir is not None:
                before[heir] += kwh
    return before


def _heir_by_band(clock: Clock, band: int, days: Sequence[date]) -> int:
    if band in bands_in_use(clock, days):
        return band
    earlier = (days[0] - timedelta(back) for back in range(1, 367))
    profiles = (clock.profiles[clock.profile_on(day)] for day in earlier)
    old = next(profile for profile in profiles if band in profile)
    now = clock.profiles[clock.profile_on(_workday(days))]
    return now[old.index(band) * len(now) // len(old)]


def _heir_by_hours(clock: Clock, band: int, days: Sequence[date]) -> int | None:
    earlier = [days[0] - timedelta(back) for back in range(1, 8)]
    old = clock.profiles[clock.profile_on(_workday(earlier))]
    now = clock.profiles[clock.profile_on(_workday(days))]
    for hour in _HANDOVER_HOURS:
        if old[hour * len(old) // 24] == band:
            return now[hour * len(now) // 24]
    return None


def _workday(days: Sequence[date]) -> date:
    return next((day for day in days if day.weekday() < _SATURDAY), days[0])
