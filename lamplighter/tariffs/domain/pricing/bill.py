"""
One bill: what usage costs, what export has earned, and then minimums, percentages and taxes.

Components that depend on usage come first, in the schedule's order; those that depend on other
lines follow, again in the schedule's order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from lamplighter.tariffs.domain.measures import Usage, hours_use_peak, peak_measure
from lamplighter.tariffs.domain.pricing.adders import (
    fixed_line,
    minimum_base,
    minimum_line,
    percentage_line,
    power_factor_line,
    reactive_line,
    rider_lines,
)
from lamplighter.tariffs.domain.pricing.context import ARITHMETIC, Pricing
from lamplighter.tariffs.domain.pricing.demand import demand_lines
from lamplighter.tariffs.domain.pricing.energy import energy_lines
from lamplighter.tariffs.domain.pricing.export import SetOff, pays_later, set_off, sold_lines
from lamplighter.tariffs.domain.pricing.lines import Kind, Line, PricedBill
from lamplighter.tariffs.domain.pricing.state import Carried, Facts, MonthPeak
from lamplighter.tariffs.domain.schedule import (
    CREDIT,
    Component,
    DemandCharge,
    EnergyCharge,
    ExportRule,
    FixedCharge,
    MinimumCharge,
    MonthlyRider,
    Per,
    Percentage,
    PowerFactorCharge,
    RateSchedule,
    ReactiveCharge,
    Rider,
)

_ZERO = Decimal(0)
_PEAKS_KEPT = 48
"""Months of peaks that are handed on: longer than any ratchet looks back."""


def price(
    schedule: RateSchedule,
    usage: Usage,
    *,
    carried: Carried | None = None,
    facts: Facts | None = None,
) -> tuple[PricedBill, Carried]:
    """
    Price one billing period of one account.

    :param carried: what the bill before this one handed on
    :raises Refusal: if the schedule has no price for this usage, or needs a fact that is missing
    :return: the bill, and what it hands to the next
    """
    pricing = Pricing(
        schedule=schedule, usage=usage, carried=carried or Carried(), facts=facts or Facts()
    )
    with localcontext(ARITHMETIC):
        return _Draft(pricing).finished()


@dataclass(slots=True)
class _Draft:
    pricing: Pricing
    lines: list[Line] = field(default_factory=list)
    earned: Decimal = _ZERO
    year_base: Decimal | None = None
    surplus: dict[str, tuple[Decimal, ...]] = field(default_factory=dict)

    def finished(self) -> tuple[PricedBill, Carried]:
        p = self.pricing
        for component in p.schedule.components:
            self.lines += self._usage_lines(component)
        credit = self._use_credit()
        for component in p.schedule.components:
            self.lines += self._closing_lines(component)
        year = p.carried.billed_this_year + self._towards_year()
        if p.settles_year:
            credit = self._settle_year(credit)
            year = _ZERO
        bill = PricedBill(currency=p.schedule.currency, lines=tuple(self.lines))
        return bill, Carried(
            surplus=self.surplus, credit=credit, peaks=_peaks(p), billed_this_year=year
        )

    def _usage_lines(self, component: Component) -> Sequence[Line]:
        p = self.pricing
        match component:
            case FixedCharge():
                return fixed_line(p, component)
            case EnergyCharge():
                return self._energy_lines(component)
            case DemandCharge():
                return demand_lines(p, component)
            case ReactiveCharge():
                return reactive_line(p, component)
            case Rider() | MonthlyRider():
                return rider_lines(p, component)
            case _:
                return ()

    def _towards_year(self) -> Decimal:
        """What yearly minimums compare with: the first one's base, or all that is not a tax."""
        if self.year_base is not None:
            return self.year_base
        billed = (line.amount for line in self.lines if line.kind is not Kind.TAX)
        return max(sum(billed, _ZERO), _ZERO)

    def _closing_lines(self, component: Component) -> Sequence[Line]:
        p = self.pricing
        match component:
            case MinimumCharge(per=Per.YEAR) if self.year_base is None:
                self.year_base = minimum_base(p, component, self.lines)
                return minimum_line(p, component, self.lines)
            case PowerFactorCharge():
                return power_factor_line(p, component, self.lines)
            case MinimumCharge():
                return minimum_line(p, component, self.lines)
            case Percentage():
                return percentage_line(p, component, self.lines)
            case _:
                return ()

    def _energy_lines(self, charge: EnergyCharge) -> list[Line]:
        p = self.pricing
        parts = set_off(p, charge)
        lines = energy_lines(p, charge, parts.payable)
        lines += self._not_below_zero(charge, lines)
        return lines + self._export_lines(charge, parts)

    def _not_below_zero(self, charge: EnergyCharge, lines: Sequence[Line]) -> list[Line]:
        """Lift energy to nothing where negative rates bring it below, and keep that as credit."""
        p = self.pricing
        below = sum((line.amount for line in lines), _ZERO)
        if below >= 0 or charge.flow != "import":
            return []
        reason = "energy is not charged below zero"
        if pays_later(p.rule):
            self.earned -= below
            reason = "below zero, kept as credit"
        elif p.rule is not ExportRule.NET_METERING:
            return []
        return [p.line(charge.name, Kind.ENERGY, Decimal(1), "", -below, reason)]

    def _export_lines(self, charge: EnergyCharge, parts: SetOff) -> list[Line]:
        p = self.pricing
        if p.rule is None or charge.flow != "import":
            return []
        if p.rule is ExportRule.NET_METERING:
            self.surplus[charge.name] = parts.surplus
            return []
        sold = sold_lines(p, charge, parts.surplus)
        if not pays_later(p.rule):
            return sold
        self.earned -= sum((line.amount for line in sold), _ZERO)
        return []

    def _use_credit(self) -> Decimal:
        """Pay energy with credit, as far as it goes. Gives what is left of it."""
        p = self.pricing
        usable = p.carried.credit
        if p.rule is ExportRule.NET_METERING_CREDIT:
            usable += self.earned
        energy = sum((line.amount for line in self.lines if line.kind is Kind.ENERGY), _ZERO)
        used = min(usable, energy)
        if used > 0:
            reason = "earned by what was fed in"
            self.lines.append(p.line(CREDIT, Kind.EXPORT, Decimal(1), "", -used, reason))
        return p.carried.credit + self.earned - max(used, _ZERO)

    def _settle_year(self, credit: Decimal) -> Decimal:
        """Pay out what is left at the year's end, where the terms say so."""
        p = self.pricing
        if pays_later(p.rule) and credit:
            line = p.line(CREDIT, Kind.EXPORT, Decimal(1), "", -credit, "paid out at year's end")
            self.lines.append(line)
            credit = _ZERO
        rate = p.schedule.export.year_end_rate
        if rate is not None:
            for name, kwh in self.surplus.items():
                if total := sum(kwh, _ZERO):
                    reason = "surplus bought at year's end"
                    self.lines.append(p.line(name, Kind.EXPORT, total, "kWh", -rate, reason))
            self.surplus = {}
        return credit


def _peaks(p: Pricing) -> dict[str, tuple[MonthPeak, ...]]:
    """Past peaks and this period's, of every charge that has a ratchet."""
    last = p.usage.days[-1]
    result = {}
    for component in p.schedule.components:
        match component:
            case DemandCharge(ratchet=ratchet) if ratchet is not None:
                measure = peak_measure(component)
            case EnergyCharge(hours_use_ratchet=ratchet) if ratchet is not None:
                measure = hours_use_peak(p.schedule)
            case _:
                continue
        if measure in p.usage.peaks:
            now = MonthPeak(last.year, last.month, p.usage.peaks[measure])
            before = p.carried.peaks.get(component.name, ())
            result[component.name] = (*before, now)[-_PEAKS_KEPT:]
    return result
