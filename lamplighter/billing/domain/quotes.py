"""What a load would cost under a tariff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lamplighter.billing.domain.loads import PricedLoad
from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.kernel import Period, Refusal
from lamplighter.tariffs.domain.clock import bands_in_use
from lamplighter.tariffs.domain.measures import measures_of
from lamplighter.tariffs.domain.pricing import Carried, Facts, PricedBill, price
from lamplighter.tariffs.domain.pricing.state import MonthPeak
from lamplighter.tariffs.domain.schedule import DemandCharge, EnergyCharge, RateSchedule
from lamplighter.tariffs.domain.system_peaks import at_system_peaks


class UnitsDiffer(Refusal):
    """The tariff bills another unit than the load is counted in."""


class PeaksNotByBand(Refusal):
    """A ratchet by band needs the earlier peaks of each band."""


class TimeZonesDiffer(Refusal):
    """The tariff's hours are those of another time zone than the load's days."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A bill for each period, as if the tariff had been in force all the time."""

    schedule: RateSchedule
    periods: tuple[BillingPeriod, ...]
    bills: tuple[PricedBill, ...]

    @property
    def total(self) -> Decimal:
        return sum((bill.total for bill in self.bills), Decimal(0))


@dataclass(frozen=True, slots=True)
class Unquoted:
    """A tariff that this load cannot be priced with, and why."""

    code: str
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is assumed of the customer."""

    facts: Facts = field(default_factory=Facts)
    previous_peaks: tuple[Decimal, ...] = ()
    """Peaks in kW of the twelve months before the load, the earliest first."""
    system_peaks: tuple[Period, ...] = ()
    """When the system had its own peaks, for coincident demand."""


def quote(schedule: RateSchedule, load: PricedLoad, terms: Terms) -> Quote | Unquoted:
    """Price every period of a load in turn, each bill handing on to the next."""
    bills = []
    try:
        carried = Carried(peaks=_past_peaks(schedule, load, terms.previous_peaks))
        check_units(schedule, load.units)
        check_time_zone(schedule, getattr(load.zone, "key", str(load.zone)))
        if terms.system_peaks:
            schedule = at_system_peaks(schedule, terms.system_peaks)
        for usage in load.usages(measures_of(schedule)):
            bill, carried = price(schedule, usage, carried=carried, facts=terms.facts)
            bills.append(bill)
    except Refusal as refusal:
        return Unquoted(schedule.code, refusal)
    return Quote(schedule, load.periods, tuple(bills))


def check_units(schedule: RateSchedule, units: Mapping[str, str]) -> None:
    """
    :param units: of each flow of a load
    :raises UnitsDiffer: if energy is billed in another one
    """
    for component in schedule.components:
        if isinstance(component, EnergyCharge) and component.flow in units:
            metered = units[component.flow]
            if metered != component.unit:
                raise UnitsDiffer(
                    f"{component.name} is billed by {component.unit}, the load is in {metered}.",
                    remedy="Give the calorific value of gas in m3 (--calorific-value), or choose"
                    " another tariff.",
                )


def check_time_zone(schedule: RateSchedule, cut_in: str) -> None:
    """
    :param cut_in: the time zone whose days a load has
    :raises TimeZonesDiffer: if the tariff's hours are those of another
    """
    if schedule.time_zone not in (None, cut_in):
        raise TimeZonesDiffer(
            f"The tariff's hours are those of {schedule.time_zone}, the load's days those of"
            f" {cut_in}.",
            remedy=f"Read the load with --timezone {schedule.time_zone}.",
        )


def rounded(schedule: RateSchedule) -> RateSchedule:
    """The same tariff as it is billed: whatever it says, what is owed is whole minor units."""
    if schedule.rounding.lines:
        return schedule
    return replace(schedule, rounding=replace(schedule.rounding, lines=True))


def unrounded(schedule: RateSchedule) -> RateSchedule:
    """The same tariff without rounding, to compare with models that do not round."""
    return replace(schedule, rounding=replace(schedule.rounding, lines=False))


def _past_peaks(
    schedule: RateSchedule, load: PricedLoad, peaks: Sequence[Decimal]
) -> dict[str, tuple[MonthPeak, ...]]:
    """
    The stated peaks as history of every charge that looks back.

    :raises PeaksNotByBand: if a month has several bands, each with a peak of its own
    """
    first = load.periods[0].first_day
    now = first.year * 12 + first.month - 1
    result = {}
    for component in schedule.components if peaks else ():
        match component:
            case DemandCharge(ratchet=ratchet) if ratchet is not None:
                bands = len(component.clock.bands) if component.by_band else 1
                _check_one_band_a_month(component, load)
            case EnergyCharge(hours_use_ratchet=ratchet) if ratchet is not None:
                bands = 1
            case _:
                continue
        months = range(now - len(peaks), now)
        result[component.name] = tuple(
            MonthPeak(m // 12, m % 12 + 1, (kw,) * bands)
            for m, kw in zip(months, peaks, strict=True)
        )
    return result


def _check_one_band_a_month(charge: DemandCharge, load: PricedLoad) -> None:
    for period in load.periods if charge.by_band else ():
        bands = bands_in_use(charge.clock, period.all_days)
        if len([band for band in bands if any(tier.price for tier in charge.bands[band])]) > 1:
            raise PeaksNotByBand(
                f"{charge.name} looks back at the peak of each of its bands, and only one peak a"
                " month is stated.",
                remedy="Leave previous peaks out.",
            )
