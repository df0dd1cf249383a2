"""
Tariffs of OpenEI's Utility Rate Database, versions 3 to 8, as the service delivers them.

Every field of a record is billed, kept as information, noted as not billed because it is free text,
or refused by its name. The fields are those of https://openei.org/services/doc/rest/util_rates.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from lamplighter.kernel import Currency, Place
from lamplighter.tariffs.adapters.urdb_clock import coincident_clock, monthly_clock, urdb_clock
from lamplighter.tariffs.adapters.urdb_tiers import read_bands, read_demand_bands
from lamplighter.tariffs.adapters.urdb_values import (
    CURRENCIES,
    Record,
    boolean_list,
    number,
    number_list,
    text,
    within,
)
from lamplighter.tariffs.domain.refusals import InvalidTariff, UnbillableField, UnknownField
from lamplighter.tariffs.domain.schedule import (
    Component,
    DemandCharge,
    EnergyCharge,
    Export,
    ExportRule,
    FixedCharge,
    FixedTimes,
    Handover,
    MinimumCharge,
    MonthlyRider,
    Order,
    Per,
    Ratchet,
    RateSchedule,
    Tier,
)

BILLED = frozenset(
    """
    energyratestructure energyweekdayschedule energyweekendschedule fixedmonthlycharge
    fixedchargefirstmeter fixedchargeeaaddl fixedchargeunits mincharge minchargeunits
    minmonthlycharge annualmincharge flatdemandstructure flatdemandmonths flatdemandunit
    demandratestructure demandweekdayschedule demandweekendschedule demandrateunit demandwindow
    demandreactivepowercharge coincidentratestructure coincidentschedule coincidentratesched
    coincidentrateunit lookbackmonths lookbackpercent lookbackrange fueladjustmentsmonthly dgrules
    usenetmetering demandratchetpercentage
    """.split()
)
INFORMATION = frozenset(
    """
    label uri name utility eiaid sector startdate enddate source sourceparent country description
    supersedes is_default approved servicetype voltagecategory voltageminimum voltagemaximum
    phasewiring peakkwcapacitymin peakkwcapacitymax peakkwcapacityhistory peakkwhusagemin
    peakkwhusagemax peakkwhusagehistory demandunits energycomments demandcomments
    basicinformationcomments revisions rateversion effective_on_date modified
    """.split()
)
FREE_TEXT = frozenset({"energyattrs", "demandattrs", "fixedattrs"})
"""Pairs of words and figures in no set form: kept as notes on the schedule, not billed."""

_PER = {"$/day": Per.DAY, "$/month": Per.MONTH, "$/year": Per.YEAR}
_RULES = {
    "Net Metering": ExportRule.NET_METERING,
    "Net Billing Instantaneous": ExportRule.NET_BILLING,
    "Net Billing Hourly": ExportRule.NET_BILLING,
    "Buy All Sell All": ExportRule.BUY_ALL_SELL_ALL,
}


def read_urdb(record: Record, *, source: str | None = None, row: int | None = None) -> RateSchedule:
    """
    Read one record.

    :raises Refusal: with the record's field in its place, for whatever cannot be billed exactly
    """
    fields = {_key(key): value for key, value in record.items() if value not in (None, "", [])}
    at = Place(source=source, row=row)
    _check_fields(fields, at)
    return RateSchedule(
        code=text(fields, "label", at) or text(fields, "name", at),
        name=text(fields, "name", at),
        currency=_currency(fields, at),
        components=tuple(_components(fields, at)),
        starts_on=_day(fields, "startdate", at),
        ends_on=_day(fields, "enddate", at),
        export=Export(rule=_export_rule(fields, at), handover=Handover.HOURS),
        notes=tuple(_notes(fields)),
    )


def _key(key: str) -> str:
    # Version 8 writes lookbackMonths, the service's own exports lookbackmonths.
    return key.lower()


def _check_fields(fields: Mapping[str, Any], at: Place) -> None:
    unknown = sorted(set(fields) - BILLED - INFORMATION - FREE_TEXT)
    if unknown:
        raise UnknownField(
            f"{', '.join(unknown)}: not a field of URDB versions 3 to 8.",
            remedy="Take it out if it does not change the price.",
            places=tuple(Place(source=at.source, row=at.row, field=field) for field in unknown),
        )
    if "energyratestructure" not in fields:
        raise InvalidTariff(
            "It has no energy rates.",
            places=(Place(source=at.source, row=at.row, field="energyratestructure"),),
        )


def _components(fields: Record, at: Place) -> Iterator[Component]:
    if any(number_list(fields, "demandratchetpercentage", None, at)):
        raise UnbillableField(
            "A ratchet in percent by month does not say which months it looks back at.",
            places=(within(at, "demandratchetpercentage"),),
        )
    ratchet = _ratchet(fields, at)
    yield from _fixed(fields, at)
    yield EnergyCharge(
        name="Energy",
        clock=urdb_clock(fields, "energy", at),
        bands=read_bands(fields, "energyratestructure", at),
        order=Order.CLOCK,
        hours_use_ratchet=ratchet,
    )
    if "fueladjustmentsmonthly" in fields:
        yield MonthlyRider(
            name="Fuel adjustment", rates=number_list(fields, "fueladjustmentsmonthly", 12, at)
        )
    yield from _demand(fields, ratchet, at)
    yield from _minimum(fields, at)


def _fixed(fields: Record, at: Place) -> Iterator[FixedCharge]:
    units = fields.get("fixedchargeunits", "$/month")
    if units not in _PER:
        raise InvalidTariff(
            f"{units!r} is not a unit of fixed charges.", places=(within(at, "fixedchargeunits"),)
        )
    first = number(fields, "fixedchargefirstmeter", at)
    monthly = number(fields, "fixedmonthlycharge", at)
    if first is not None and monthly is not None and first != monthly:
        raise InvalidTariff(
            f"It states two fixed charges, {first} and {monthly}.",
            places=(within(at, "fixedmonthlycharge"),),
        )
    if first:
        yield FixedCharge(name="Fixed charge", amount=first, per=_PER[units])
    elif monthly:
        yield FixedCharge(name="Fixed charge", amount=monthly, per=Per.MONTH)
    if further := number(fields, "fixedchargeeaaddl", at):
        yield FixedCharge(
            name="Further meters", amount=further, per=_PER[units], times=FixedTimes.FURTHER_METERS
        )


def _demand(fields: Record, ratchet: Ratchet | None, at: Place) -> Iterator[DemandCharge]:
    window = number(fields, "demandwindow", at)
    minutes = int(window) if window else None
    if "flatdemandstructure" in fields:
        unit, daily = _demand_unit(fields, "flatdemandunit", at)
        yield DemandCharge(
            name="Demand",
            clock=monthly_clock(fields, at),
            bands=read_demand_bands(fields, "flatdemandstructure", at),
            unit=unit,
            daily=daily,
            window_minutes=minutes,
            ratchet=ratchet,
        )
    if "demandratestructure" in fields:
        unit, daily = _demand_unit(fields, "demandrateunit", at)
        yield DemandCharge(
            name="Time-of-use demand",
            clock=urdb_clock(fields, "demand", at),
            bands=read_demand_bands(fields, "demandratestructure", at),
            by_band=True,
            unit=unit,
            daily=daily,
            window_minutes=minutes,
            ratchet=ratchet,
        )
    yield from _special_demand(fields, minutes, at)


def _special_demand(fields: Record, minutes: int | None, at: Place) -> Iterator[DemandCharge]:
    if rate := number(fields, "demandreactivepowercharge", at):
        yield DemandCharge(
            name="Reactive power",
            bands=((Tier(rate=rate),),),
            flow="reactive-import",
            unit="kvar",
            window_minutes=minutes,
        )
    if "coincidentratestructure" in fields:
        unit, daily = _demand_unit(fields, "coincidentrateunit", at)
        bands = read_demand_bands(fields, "coincidentratestructure", at)
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
    words = str(fields.get(field, "kW")).split()
    if words[0] not in ("kW", "kVA", "hp") or words[1:] not in ([], ["daily"]):
        raise InvalidTariff(
            f"{fields[field]!r} is not a unit of demand.", places=(within(at, field),)
        )
    return words[0], len(words) == 2


def _ratchet(fields: Record, at: Place) -> Ratchet | None:
    share = number(fields, "lookbackpercent", at)
    if not share:
        return None
    months = int(number(fields, "lookbackrange", at) or 0) or 11
    return Ratchet(
        share=share, months_back=months, counted=boolean_list(fields, "lookbackmonths", 12, at)
    )


def _minimum(fields: Record, at: Place) -> Iterator[MinimumCharge]:
    units = fields.get("minchargeunits", "$/month")
    if units not in _PER:
        raise InvalidTariff(
            f"{units!r} is not a unit of minimum charges.", places=(within(at, "minchargeunits"),)
        )
    if amount := number(fields, "mincharge", at):
        yield MinimumCharge(name="Minimum charge", amount=amount, per=_PER[units])
    if amount := number(fields, "minmonthlycharge", at):
        yield MinimumCharge(name="Minimum charge", amount=amount, per=Per.MONTH)
    if amount := number(fields, "annualmincharge", at):
        yield MinimumCharge(name="Minimum charge of the year", amount=amount, per=Per.YEAR)


def _export_rule(fields: Record, at: Place) -> ExportRule | None:
    rules = fields.get("dgrules")
    if rules is None:
        return ExportRule.NET_METERING if fields.get("usenetmetering") else None
    if rules not in _RULES:
        raise InvalidTariff(
            f"{rules!r} is not a rule for generation.", places=(within(at, "dgrules"),)
        )
    return _RULES[rules]


def _currency(fields: Record, at: Place) -> Currency:
    country = str(fields.get("country", "USA"))
    if country not in CURRENCIES:
        raise InvalidTariff(
            f"The currency of {country!r} is not known.", places=(within(at, "country"),)
        )
    return Currency(CURRENCIES[country])


def _day(fields: Record, field: str, at: Place) -> date | None:
    seconds = number(fields, field, at)
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC).date()


def _notes(fields: Record) -> Iterator[str]:
    for field in sorted(FREE_TEXT & fields.keys()):
        for pair in fields[field]:
            for name, value in pair.items():
                yield f"not billed: {name.strip()} {value} ({field})"
