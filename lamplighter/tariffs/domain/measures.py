"""
Billing determinants: what a schedule needs measured, and what was measured.

Tariffs never see a reading. They say which sums and peaks they need (`measures_of`), and price what
comes back (`Usage`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from lamplighter.kernel import Refusal
from lamplighter.tariffs.domain.clock import ALWAYS, MONTHS, Clock, DatedClock
from lamplighter.tariffs.domain.schedule import (
    DemandCharge,
    EnergyCharge,
    ExportRule,
    MonthlyRider,
    Order,
    PowerFactorCharge,
    RateSchedule,
    ReactiveCharge,
    Rider,
    Tier,
    TierUnit,
)
from lamplighter.tariffs.domain.system_peaks import SystemPeakClock


class SystemPeakUnknown(Refusal):
    """The tariff bills demand at the system's peak, and when that was is not stated."""


NETTING = frozenset({ExportRule.NET_METERING, ExportRule.NET_METERING_CREDIT})
"""The rules that set export off against import before pricing."""


@dataclass(frozen=True, slots=True)
class EnergyMeasure:
    """The sum of each band, in the unit of the flow."""

    clock: Clock
    flow: str = "import"
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class PeakMeasure:
    """The highest demand in each band, in kW."""

    clock: Clock
    flow: str = "import"
    window_minutes: int | None = None
    rolling: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A cumulative upper bound: `value`, times months, days or kW of billing demand."""

    value: Decimal
    months: bool
    days: bool
    per_kw: bool
    within_hours: Decimal | None = None
    """And at most this times the kW of billing demand."""


@dataclass(frozen=True, slots=True)
class ClimbMeasure:
    """The energy of each band in each tier, where tiers are climbed in clock order."""

    clock: Clock
    bounds: tuple[tuple[Bound, ...], ...]
    """Of each band; the last tier has none, so these are one fewer than tiers."""
    flow: str = "import"
    channel: str | None = None
    peak: PeakMeasure | None = None
    """The demand that bounds per kW are multiplied by."""

    def of(self, flow: str) -> "ClimbMeasure":
        """The same of another flow."""
        return replace(self, flow=flow)


Measure = EnergyMeasure | PeakMeasure | ClimbMeasure


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was measured in one billing period, at one usage point."""

    first_day: date
    after_last: date
    months: Fraction = Fraction(1)
    """How many billing months the period counts for: 1, or less and more where it is irregular."""
    share: Fraction = Fraction(1)
    """Of what is billed as one: less than 1 where the rates changed within."""
    energy: Mapping[EnergyMeasure, tuple[Decimal, ...]] = field(default_factory=dict)
    peaks: Mapping[PeakMeasure, tuple[Decimal, ...]] = field(default_factory=dict)
    climbed: Mapping[ClimbMeasure, tuple[tuple[Decimal, ...], ...]] = field(default_factory=dict)

    @property
    def days(self) -> tuple[date, ...]:
        count = (self.after_last - self.first_day).days
        return tuple(self.first_day + timedelta(n) for n in range(count))


def measures_of(schedule: RateSchedule) -> tuple[Measure, ...]:
    """What has to be measured to price this schedule, each thing once."""
    return tuple(dict.fromkeys(_wanted(schedule)))


def _wanted(schedule: RateSchedule) -> Iterator[Measure]:
    for component in schedule.components:
        match component:
            case EnergyCharge():
                yield from _wanted_energy(schedule, component)
            case DemandCharge(coincident=True, clock=clock) if not isinstance(
                clock, SystemPeakClock
            ):
                raise SystemPeakUnknown(
                    f"{component.name} is billed at the moments of the system's peak.",
                    remedy="State them.",
                )
            case DemandCharge():
                yield peak_measure(component)
            case ReactiveCharge() | PowerFactorCharge():
                yield EnergyMeasure(ALWAYS)
                yield EnergyMeasure(ALWAYS, "reactive-import")
            case Rider():
                yield rider_measure(component)
            case MonthlyRider():
                yield EnergyMeasure(MONTHS)
            case _:
                pass


def _wanted_energy(schedule: RateSchedule, charge: EnergyCharge) -> Iterator[Measure]:
    rule = schedule.export.rule
    yield EnergyMeasure(charge.clock, charge.flow, charge.channel)
    if rule is not None and charge.flow == "import":
        yield EnergyMeasure(charge.clock, "export", charge.channel)
    if _needs_demand(charge):
        yield hours_use_peak(schedule)
    if (climb := climb_measure(schedule, charge)) is not None:
        yield climb
        if rule is not None:
            yield climb.of("export")


def peak_measure(charge: DemandCharge) -> PeakMeasure:
    clock = charge.clock if charge.by_band else ALWAYS
    return PeakMeasure(clock, charge.flow, charge.window_minutes, charge.rolling)


def rider_measure(rider: Rider) -> EnergyMeasure:
    return EnergyMeasure(DatedClock(rider.start, rider.end), rider.flow)


def hours_use_peak(schedule: RateSchedule) -> PeakMeasure:
    """The demand that kWh/kW tiers are multiplied by: the period's one peak."""
    for component in schedule.components:
        if isinstance(component, DemandCharge) and component.flow == "import":
            return PeakMeasure(ALWAYS, "import", component.window_minutes, component.rolling)
    return PeakMeasure(ALWAYS)


def climb_measure(schedule: RateSchedule, charge: EnergyCharge) -> ClimbMeasure | None:
    """
    What clock order needs measured, or None where the sums of bands are enough.

    Where all bands have the same single tier, or usage is set off against export first, there is
    nothing to climb; where there is one band, the order of hours does not matter.
    """
    netted = schedule.export.rule in NETTING
    if charge.order is not Order.CLOCK or netted or len(charge.bands) == 1:
        return None
    if all(len(tiers) == 1 for tiers in charge.bands):
        return None
    peak = hours_use_peak(schedule) if _needs_demand(charge) else None
    bounds = tuple(
        tuple(bound_of(tier, prorated=charge.prorated) for tier in tiers if tier.upper is not None)
        for tiers in charge.bands
    )
    return ClimbMeasure(charge.clock, bounds, charge.flow, charge.channel, peak)


def bound_of(tier: Tier, *, prorated: bool) -> Bound:
    """The upper bound of a tier that has one."""
    daily = tier.unit in (TierUnit.DAILY, TierUnit.PER_KW_DAILY)
    return Bound(
        value=tier.upper or Decimal(0),
        months=prorated and not daily,
        days=daily,
        per_kw=tier.unit in (TierUnit.PER_KW, TierUnit.PER_KW_DAILY),
        within_hours=tier.within_hours,
    )


def _needs_demand(charge: EnergyCharge) -> bool:
    return any(uses_demand(tiers) for tiers in charge.bands)


def uses_demand(tiers: Sequence[Tier]) -> bool:
    """Whether the bounds of these tiers depend on the billing demand."""
    per_kw = (TierUnit.PER_KW, TierUnit.PER_KW_DAILY)
    return any(tier.unit in per_kw or tier.within_hours is not None for tier in tiers)
