"""Bills in columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from lamplighter.kernel import Currency
from lamplighter.tariffs.domain.clock import MONTHS, band_days, bands_in_use
from lamplighter.tariffs.domain.columnar.usage import (
    ColumnUsage,
    Ints,
    NotColumnar,
    Scaled,
    fits,
    product,
)
from lamplighter.tariffs.domain.measures import (
    EnergyMeasure,
    bound_of,
    climb_measure,
    hours_use_peak,
    peak_measure,
    rider_measure,
    uses_demand,
)
from lamplighter.tariffs.domain.pricing.adders import minimum_reason, percentage_reason
from lamplighter.tariffs.domain.pricing.context import ARITHMETIC, part_of
from lamplighter.tariffs.domain.pricing.demand import demand_reason
from lamplighter.tariffs.domain.pricing.energy import energy_reason
from lamplighter.tariffs.domain.pricing.lines import Kind
from lamplighter.tariffs.domain.schedule import (
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
    RateSchedule,
    Rider,
    Tier,
)

_FINITE = (1, 2, 4, 5, 8, 10, 16, 20, 25)
"""Denominators of shares that are finite decimals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """One line of the bills of all accounts, in all periods. Where it is 0 there is none."""

    component: str
    kind: Kind
    quantity: Scaled
    """[accounts, periods], or something that broadcasts to it."""
    over: int
    """What the quantity is divided by: shares of a month may have no end as decimals."""
    unit: str
    rate: Decimal
    amount: NDArray[np.int64]
    """[accounts, periods], in minor units."""
    reasons: tuple[str, ...]
    """Of each period: how quantity and rate came about, as in `pricing.Line`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBills:
    """The bills of all accounts: lines in the order of the bill, and totals."""

    currency: Currency
    lines: tuple[ColumnLine, ...]
    totals: NDArray[np.int64]
    """[accounts, periods], in minor units."""


def price_columns(schedule: RateSchedule, usage: ColumnUsage) -> ColumnBills:
    """
    Price every account and period at once.

    :raises NotColumnar: if the schedule, or these periods, need to be priced one by one
    """
    if schedule.export.rule is not None or not schedule.rounding.lines:
        msg = "export and unrounded bills are priced one by one"
        raise NotColumnar(msg)
    with localcontext(ARITHMETIC):
        pricing = _Pricing(schedule, usage)
        lines = pricing.lines()
        totals = pricing.sum_of(lines, None)
    return ColumnBills(currency=schedule.currency, lines=tuple(lines), totals=totals)


@dataclass(frozen=True, slots=True)
class Quantities:
    """What is multiplied by a rate: exact, in a unit, and why."""

    exact: Scaled
    unit: str
    why: str | tuple[str, ...] = ""
    """Of all periods, or of each."""
    over: int = 1


@dataclass(frozen=True)
class _Pricing:
    schedule: RateSchedule
    usage: ColumnUsage

    @cached_property
    def days(self) -> tuple[tuple[date, ...], ...]:
        return tuple(
            tuple(p.first_day + timedelta(n) for n in range((p.after_last - p.first_day).days))
            for p in self.usage.periods
        )

    def lines(self) -> list[ColumnLine]:
        lines = [line for c in self.schedule.components for line in self._usage_lines(c)]
        for component in self.schedule.components:
            lines += self._closing_lines(component, lines)
        return lines

    def sum_of(self, lines: Sequence[ColumnLine], on: tuple[str, ...] | None) -> Ints:
        zero = np.zeros((self.usage.accounts, len(self.usage.periods)), np.int64)
        chosen = [line.amount for line in lines if on is None or line.component in on]
        if not fits(*chosen):
            msg = "a sum beyond 64 bits"
            raise NotColumnar(msg)
        return reduce(np.add, chosen, zero)

    def _usage_lines(self, component: Component) -> Iterator[ColumnLine]:
        match component:
            case FixedCharge(times=FixedTimes.ONE):
                times, over = self._times(component.per)
                fixed = Quantities(times, component.per.value, over=over)
                yield self._line(component.name, Kind.FIXED, fixed, component.amount)
            case EnergyCharge():
                yield from self._energy(component)
            case DemandCharge(ratchet=None, coincident=False):
                yield from self._demand(component)
            case Rider():
                measure = rider_measure(component)
                kwh = Quantities(
                    self._energy_of(measure, 1), component.unit, measure.clock.bands[1]
                )
                yield self._line(component.name, Kind.RIDER, kwh, component.rate)
            case MonthlyRider():
                for band, rate in enumerate(component.rates):
                    kwh = Quantities(
                        self._energy_of(EnergyMeasure(MONTHS), band),
                        component.unit,
                        MONTHS.bands[band],
                    )
                    yield self._line(component.name, Kind.RIDER, kwh, rate)
            case MinimumCharge(per=Per.DAY | Per.MONTH | Per.PERIOD) | Percentage():
                return
            case _:
                raise NotColumnar(type(component).__name__)

    def _closing_lines(
        self, component: Component, lines: Sequence[ColumnLine]
    ) -> Iterator[ColumnLine]:
        exponent = -self.schedule.currency.exponent
        match component:
            case MinimumCharge():
                so_far = np.maximum(self.sum_of(lines, component.on), 0)
                times, over = self._times(component.per)
                least = times.times(Scaled.of(component.amount))
                fine = min(least.exponent, exponent)
                lack = least.at(fine) - product(Scaled(so_far, exponent).at(fine), over)
                missing = Scaled(np.maximum(lack, 0), fine)
                lacking = Quantities(missing, "", minimum_reason(component), over=over)
                yield self._line(component.name, Kind.MINIMUM, lacking, Decimal(1))
            case Percentage():
                base = Scaled(self.sum_of(lines, component.on), exponent)
                kind = Kind.TAX if component.tax else Kind.PERCENTAGE
                parts = Quantities(base, self.schedule.currency.code, percentage_reason(component))
                yield self._line(component.name, kind, parts, component.percent / 100)
            case _:
                return

    def _line(
        self, component: str, kind: Kind, quantities: "Quantities", rate: Decimal
    ) -> ColumnLine:
        currency, rounding = self.schedule.currency, self.schedule.rounding
        exact = quantities.exact.times(Scaled.of(rate))
        minor = exact.rounded(-currency.exponent, rounding.mode, over=quantities.over)
        if not fits(minor):
            msg = "an amount beyond 64 bits"
            raise NotColumnar(msg)
        shape = self.usage.accounts, len(self.usage.periods)
        amount = np.broadcast_to(np.asarray(minor, np.int64), shape)
        why = quantities.why
        return ColumnLine(
            component=component,
            kind=kind,
            quantity=quantities.exact,
            over=quantities.over,
            unit=quantities.unit,
            rate=rate,
            amount=amount,
            reasons=(why,) * len(self.days) if isinstance(why, str) else why,
        )

    def _times(self, per: Per) -> tuple[Scaled, int]:
        """How many days, months or years each period has, over a common denominator."""
        return Scaled.over(
            [
                {Per.DAY: Fraction(len(days)), Per.MONTH: p.months, Per.YEAR: p.months / 12}.get(
                    per, p.share
                )
                for days, p in zip(self.days, self.usage.periods, strict=True)
            ]
        )

    def _energy(self, charge: EnergyCharge) -> Iterator[ColumnLine]:
        if any(len(tiers) > 1 for tiers in charge.bands):
            shared = charge.order is not Order.EACH_BAND
            several = any(len(bands_in_use(charge.clock, days)) > 1 for days in self.days)
            if (shared and several) or climb_measure(self.schedule, charge) is not None:
                msg = "tiers shared by several bands"
                raise NotColumnar(msg)
        measure = EnergyMeasure(charge.clock, charge.flow, charge.channel)
        for band, tiers in enumerate(charge.bands):
            kwh = self._energy_of(measure, band)
            parts = self._climbed(kwh, tiers, charge)
            for number, (tier, part) in enumerate(zip(tiers, parts, strict=True), start=1):
                billed = Quantities(part, charge.unit, energy_reason(charge, band, number))
                yield self._line(charge.name, Kind.ENERGY, billed, tier.price)

    def _demand(self, charge: DemandCharge) -> Iterator[ColumnLine]:
        if charge.unit != "kW" or any(period.months != 1 for period in self.usage.periods):
            msg = "demand in other units, or in irregular periods"
            raise NotColumnar(msg)
        peaks = self.usage.peaks[peak_measure(charge)]
        counts = [len(days) if charge.daily else 1 for days in self.days]
        days = Scaled.each([Decimal(count) for count in counts])
        for band, tiers in enumerate(charge.bands):
            kw = Scaled(peaks.ints[:, :, band if charge.by_band else 0], peaks.exponent)
            kw = kw if charge.least is None else _at_least(kw, charge.least)
            times = days if charge.by_band else days.times(self._share_of(charge, band))
            parts = self._climbed(kw, tiers, None)
            for number, (tier, part) in enumerate(zip(tiers, parts, strict=True), start=1):
                why = tuple(demand_reason(charge, band, number, Fraction(n)) for n in counts)
                billed = Quantities(part.times(times), charge.unit, why)
                yield self._line(charge.name, Kind.DEMAND, billed, tier.price)

    def _share_of(self, charge: DemandCharge, band: int) -> Scaled:
        """1 in the periods that have the rates of this band, 0 in the others."""
        counts = [band_days(charge.clock, days) for days in self.days]
        if any(len([n for n in count if n]) > 1 for count in counts):
            msg = "a change of demand rates within a period"
            raise NotColumnar(msg)
        return Scaled(np.array([int(count[band] > 0) for count in counts]), 0)

    def _energy_of(self, measure: EnergyMeasure, band: int) -> Scaled:
        sums = self.usage.energy[measure]
        return Scaled(sums.ints[:, :, band], sums.exponent)

    def _climbed(
        self, quantity: Scaled, tiers: Sequence[Tier], charge: EnergyCharge | None
    ) -> list[Scaled]:
        if tiers[-1].upper is not None:
            msg = "a last tier with a maximum"
            raise NotColumnar(msg)
        kw = Scaled(np.int64(0), 0)
        if charge is not None and uses_demand(tiers):
            kw = self._hours_use_demand(charge)
        uppers = [self._upper(tier, kw, charge) for tier in tiers[:-1]]
        fine = min([quantity.exponent, *(upper.exponent for upper in uppers)])
        total = quantity.at(fine)
        parts, lower = [], np.zeros_like(total)
        for upper in uppers:
            top = np.minimum(total, np.maximum(upper.at(fine), lower))
            parts.append(Scaled(top - lower, fine))
            lower = top
        return [*parts, Scaled(total - lower if parts else total, fine)]

    def _upper(self, tier: Tier, kw: Scaled, charge: EnergyCharge | None) -> Scaled:
        bound = bound_of(tier, prorated=charge is not None and charge.prorated)
        if bound.months and any(p.months.denominator not in _FINITE for p in self.usage.periods):
            msg = "tier bounds prorated to no finite decimal"
            raise NotColumnar(msg)
        value = Scaled.each(
            [
                part_of(bound.value, p.months if bound.months else Fraction(1))
                * (len(days) if bound.days else 1)
                for p, days in zip(self.usage.periods, self.days, strict=True)
            ]
        )
        upper = value.times(kw) if bound.per_kw else value
        if bound.within_hours is None:
            return upper
        within = Scaled.of(bound.within_hours).times(kw)
        fine = min(upper.exponent, within.exponent)
        return Scaled(np.minimum(upper.at(fine), within.at(fine)), fine)

    def _hours_use_demand(self, charge: EnergyCharge) -> Scaled:
        if charge.hours_use_ratchet is not None:
            msg = "hours' use with a ratchet"
            raise NotColumnar(msg)
        peaks = self.usage.peaks[hours_use_peak(self.schedule)]
        return Scaled(peaks.ints.max(axis=2), peaks.exponent)


def _at_least(kw: Scaled, least: Decimal) -> Scaled:
    floor = Scaled.of(least)
    fine = min(kw.exponent, floor.exponent)
    return Scaled(np.maximum(kw.at(fine), floor.at(fine)), fine)
