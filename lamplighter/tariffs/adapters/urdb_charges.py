"""The charges of a URDB record besides energy: fixed, demand, and minimum."""

from collections.abc import Iterator
from typing import Final

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.urdb_clock import coincident_clock, monthly_clock, urdb_clock
from lamplighter.tariffs.adapters.urdb_tiers import read_demand_bands
from lamplighter.tariffs.adapters.urdb_values import (
    Record,
    amount,
    boolean_list,
    choice,
    number,
    number_list,
    whole,
    within,
)
from lamplighter.tariffs.domain.refusals import InvalidTariff, UnbillableField
from lamplighter.tariffs.domain.schedule import (
    DemandCharge,
    FixedCharge,
    FixedTimes,
    MinimumCharge,
    Per,
    Ratchet,
    Tier,
)

_PER: Final = {"$/day": Per.DAY, "$/month": Per.MONTH, "$/year": Per.YEAR}
_DEMAND_UNITS: Final = {
    **{unit: (unit, False) for unit in ("kW", "kVA", "hp")},
    **{f"{unit} daily": (unit, True) for unit in ("kW", "kVA", "hp")},
}
"""What the database calls them: the unit, and whether rates are per day."""


def fixed_charges(fields: Record, at: Place) -> Iterator[FixedCharge]:
    per = _per(fields, "fixedchargeunits", "fixed charges", at)
    first = number(fields, "fixedchargefirstmeter", at)
    monthly = number(fields, "fixedmonthlycharge", at)
    if first is not None and monthly is not None and first != monthly:
        raise InvalidTariff(
            f"It states two fixed charges, {first} and {monthly}.",
            places=(within(at, "fixedmonthlycharge"),),
        )
    if first:
        yield FixedCharge(name="Fixed charge", amount=first, per=per)
    elif monthly:
        yield FixedCharge(name="Fixed charge", amount=monthly, per=Per.MONTH)
    if further := number(fields, "fixedchargeeaaddl", at):
        yield FixedCharge(
            name="Further meters", amount=further, per=per, times=FixedTimes.FURTHER_METERS
        )


def demand_charges(fields: Record, ratchet: Ratchet | None, at: Place) -> Iterator[DemandCharge]:
    minutes = _window(fields, at)
    if "flatdemandstructure" in fields:
        bands = read_demand_bands(fields, "flatdemandstructure", "flatdemandunit", at)
        unit, daily = _demand_unit(fields, "flatdemandunit", at)
        yield DemandCharge(
            name="Demand",
            clock=monthly_clock(fields, at),
            bands=bands,
            unit=unit,
            daily=daily,
            window_minutes=minutes,
            ratchet=ratchet,
        )
    if "demandratestructure" in fields:
        bands = read_demand_bands(fields, "demandratestructure", "demandrateunit", at)
        unit, daily = _demand_unit(fields, "demandrateunit", at)
        yield DemandCharge(
            name="Time-of-use demand",
            clock=urdb_clock(fields, "demand", at),
            bands=bands,
            by_band=True,
            unit=unit,
            daily=daily,
            window_minutes=minutes,
            ratchet=ratchet,
        )
    yield from _special_demand(fields, minutes, at)


def _special_demand(fields: Record, minutes: int | None, at: Place) -> Iterator[DemandCharge]:
    if rate := amount(fields, "demandreactivepowercharge", at):
        yield DemandCharge(
            name="Reactive power",
            bands=((Tier(rate=rate),),),
            flow="reactive-import",
            unit="kvar",
            window_minutes=minutes,
        )
    if "coincidentratestructure" in fields:
        bands = read_demand_bands(fields, "coincidentratestructure", "coincidentrateunit", at)
        unit, daily = _demand_unit(fields, "coincidentrateunit", at)
        if any(tier.price for tiers in bands for tier in tiers):
            yield DemandCharge(
                name="Coincident demand",
                clock=coincident_clock(fields, at),
                bands=bands,
                by_band=True,
                unit=unit,
                daily=daily,
                window_minutes=minutes,
                coincident=True,
            )


def _demand_unit(fields: Record, field: str, at: Place) -> tuple[str, bool]:
    return choice(fields.get(field, "kW"), _DEMAND_UNITS, "a unit of demand", field, at)


def _window(fields: Record, at: Place) -> int | None:
    minutes = whole(fields, "demandwindow", at, most=24 * 60)
    if minutes and 24 * 60 % minutes:
        raise InvalidTariff(
            f"A day is not a multiple of {minutes} minutes.", places=(within(at, "demandwindow"),)
        )
    return minutes or None


def ratchet_of(fields: Record, at: Place) -> Ratchet | None:
    """The look-back at earlier peaks, if the record has one."""
    if any(number_list(fields, "demandratchetpercentage", None, at)):
        raise UnbillableField(
            "A ratchet in percent by month does not say which months it looks back at.",
            places=(within(at, "demandratchetpercentage"),),
        )
    share = amount(fields, "lookbackpercent", at)
    if not share:
        return None
    if share > 1:
        raise InvalidTariff(
            f"{share} is more than all of a peak; the database writes 0.8 for 80 %.",
            places=(within(at, "lookbackpercent"),),
        )
    months = whole(fields, "lookbackrange", at, most=36) or 11
    return Ratchet(
        share=share,
        months_back=months,
        counted=boolean_list(fields, "lookbackmonths", 12, at),
        # SAM reads these records so.
        further_into_last_year=1,
    )


def minimum_charges(fields: Record, at: Place) -> Iterator[MinimumCharge]:
    per = _per(fields, "minchargeunits", "minimum charges", at)
    if least := amount(fields, "mincharge", at):
        yield MinimumCharge(name="Minimum charge", amount=least, per=per)
    if least := amount(fields, "minmonthlycharge", at):
        yield MinimumCharge(name="Minimum charge of the month", amount=least, per=Per.MONTH)
    if least := amount(fields, "annualmincharge", at):
        yield MinimumCharge(name="Minimum charge of the year", amount=least, per=Per.YEAR)


def _per(fields: Record, field: str, what: str, at: Place) -> Per:
    return choice(fields.get(field, "$/month"), _PER, f"a unit of {what}", field, at)
