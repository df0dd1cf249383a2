"""Bills in columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from lamplighter.kernel import Currency
from lamplighter.tariffs.domain.clock import MONTHS, band_days, bands_in_use
from lamplighter.tariffs.domain.columnar.usage import (
    ColumnPeriod,
    ColumnUsage,
    Ints,
    NotColumnar,
    Scaled,
    fits,
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
from lamplighter.tariffs.domain.pricing.context import ARITHMETIC
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """One line of the bills of all accounts in one period."""

    period: int
    component: str
    kind: Kind
    quantity: Scaled
    """Of each account; a single number where it is the same for all."""
    rate: Decimal
    amount: NDArray[np.int64]
    """Of each account, in minor units."""


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
        lines = [
            line
            for n, period in enumerate(usage.periods)
            for line in _Pricing(schedule, usage, n, period).lines()
        ]
    totals = np.zeros((len(usage.periods), usage.accounts), np.int64)
    for line in lines:
        totals[line.period] += line.amount
    return ColumnBills(currency=schedule.currency, lines=tuple(lines), totals=totals.T)


@dataclass(frozen=True, slots=True)
class _Pricing:
    schedule: RateSchedule
    usage: ColumnUsage
    n: int
    period: ColumnPeriod

    @property
    def months(self) -> Decimal:
        return Decimal(self.period.months.numerator) / self.period.months.denominator

    def lines(self) -> list[ColumnLine]:
        lines = [line for c in self.schedule.components for line in self._usage_lines(c)]
        for component in self.schedule.components:
            lines += self._closing_lines(component, lines)
        return lines

    def _usage_lines(self, component: Component) -> Iterator[ColumnLine]:
        match component:
            case FixedCharge(times=FixedTimes.ONE):
                yield self._fixed(component)
            case EnergyCharge():
                yield from self._energy(component)
            case DemandCharge(ratchet=None, coincident=False):
                yield from self._demand(component)
            case Rider():
                kwh = self._energy_of(rider_measure(component), 1)
                yield self._line(component.name, Kind.RIDER, kwh, component.rate)
            case MonthlyRider():
                for band in sorted(bands_in_use(MONTHS, self.period.days)):
                    kwh = self._energy_of(EnergyMeasure(MONTHS), band)
                    yield self._line(component.name, Kind.RIDER, kwh, component.rates[band])
            case MinimumCharge(per=Per.DAY | Per.MONTH | Per.PERIOD) | Percentage():
                return
            case _:
                raise NotColumnar(type(component).__name__)

    def _closing_lines(
        self, component: Component, lines: Sequence[ColumnLine]
    ) -> Iterator[ColumnLine]:
        match component:
            case MinimumCharge():
                so_far = np.maximum(self._sum(lines, component.on), 0)
                exponent = -self.schedule.currency.exponent
                least = Scaled.of(component.amount * self._time(component.per))
                fine = min(least.exponent, exponent)
                lack = least.at(fine) - Scaled(so_far, exponent).at(fine)
                missing = Scaled(np.maximum(lack, 0), fine)
                yield self._line(component.name, Kind.MINIMUM, missing, Decimal(1))
            case Percentage():
                base = Scaled(self._sum(lines, component.on), -self.schedule.currency.exponent)
                kind = Kind.TAX if component.tax else Kind.PERCENTAGE
                yield self._line(component.name, kind, base, component.percent / 100)
            case _:
                return

    def _sum(self, lines: Sequence[ColumnLine], on: tuple[str, ...] | None) -> Ints:
        zero = np.zeros(self.usage.accounts, np.int64)
        chosen = (line.amount for line in lines if on is None or line.component in on)
        return reduce(np.add, chosen, zero)

    def _line(self, component: str, kind: Kind, quantity: Scaled, rate: Decimal) -> ColumnLine:
        currency, rounding = self.schedule.currency, self.schedule.rounding
        minor = quantity.times(Scaled.of(rate)).rounded(-currency.exponent, rounding.mode)
        if not fits(minor):
            msg = "an amount beyond 64 bits"
            raise NotColumnar(msg)
        amount = np.broadcast_to(np.asarray(minor, np.int64), (self.usage.accounts,))
        return ColumnLine(
            period=self.n,
            component=component,
            kind=kind,
            quantity=quantity,
            rate=rate,
            amount=amount,
        )

    def _time(self, per: Per) -> Decimal:
        return {
            Per.DAY: Decimal(len(self.period.days)),
            Per.MONTH: self.months,
            Per.YEAR: self.months / 12,
            Per.PERIOD: Decimal(1),
        }[per]

    def _fixed(self, charge: FixedCharge) -> ColumnLine:
        return self._line(charge.name, Kind.FIXED, Scaled.of(self._time(charge.per)), charge.amount)

    def _energy(self, charge: EnergyCharge) -> Iterator[ColumnLine]:
        in_use = sorted(bands_in_use(charge.clock, self.period.days))
        tiered = any(len(charge.bands[band]) > 1 for band in in_use)
        shared = len(in_use) > 1 and charge.order is not Order.EACH_BAND
        if tiered and (shared or climb_measure(self.schedule, charge) is not None):
            msg = "tiers shared by several bands"
            raise NotColumnar(msg)
        measure = EnergyMeasure(charge.clock, charge.flow, charge.channel)
        for band in in_use:
            kwh = self._energy_of(measure, band)
            tiers = charge.bands[band]
            for tier, part in zip(tiers, self._climbed(kwh, tiers, charge), strict=True):
                yield self._line(charge.name, Kind.ENERGY, part, tier.price)

    def _demand(self, charge: DemandCharge) -> Iterator[ColumnLine]:
        peaks = self.usage.peaks[peak_measure(charge)]
        days = band_days(charge.clock, self.period.days)
        in_use = [n for n, count in enumerate(days) if count]
        if charge.unit != "kW" or self.period.months != 1:
            raise NotColumnar(charge.unit)
        if not charge.by_band and len(in_use) > 1:
            msg = "a change of demand rates within the period"
            raise NotColumnar(msg)
        times = Scaled.of(Decimal(len(self.period.days) if charge.daily else 1))
        for band in range(len(charge.bands)) if charge.by_band else in_use:
            kw = Scaled(peaks.ints[:, self.n, band if charge.by_band else 0], peaks.exponent)
            kw = kw if charge.least is None else _at_least(kw, charge.least)
            tiers = charge.bands[band]
            for tier, part in zip(tiers, self._climbed(kw, tiers, None), strict=True):
                yield self._line(charge.name, Kind.DEMAND, part.times(times), tier.price)

    def _energy_of(self, measure: EnergyMeasure, band: int) -> Scaled:
        sums = self.usage.energy[measure]
        return Scaled(sums.ints[:, self.n, band], sums.exponent)

    def _climbed(
        self, quantity: Scaled, tiers: Sequence[Tier], charge: EnergyCharge | None
    ) -> list[Scaled]:
        if len(tiers) == 1 and tiers[0].upper is None:
            return [quantity]
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
        return [*parts, Scaled(total - lower, fine)]

    def _upper(self, tier: Tier, kw: Scaled, charge: EnergyCharge | None) -> Scaled:
        bound = bound_of(tier, prorated=charge is not None and charge.prorated)
        if bound.months and self.period.months.denominator not in (1, 2, 4, 5, 8, 10):
            msg = "tier bounds prorated to no finite decimal"
            raise NotColumnar(msg)
        value = bound.value * (self.months if bound.months else 1)
        upper = Scaled.of(value * (len(self.period.days) if bound.days else 1))
        upper = upper.times(kw) if bound.per_kw else upper
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
        return Scaled(peaks.ints[:, self.n, :].max(axis=1), peaks.exponent)


def _at_least(kw: Scaled, least: Decimal) -> Scaled:
    floor = Scaled.of(least)
    fine = min(kw.exponent, floor.exponent)
    return Scaled(np.maximum(kw.at(fine), floor.at(fine)), fine)
