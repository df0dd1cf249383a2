"""
Tariffs of OpenEI's Utility Rate Database, versions 3 to 8, as the service delivers them.

Every field of a record is billed, kept as information, noted as not billed because it is free text,
or refused by its name (see `urdb_fields`).
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from lamplighter.kernel import Currency, Place
from lamplighter.tariffs.adapters.texts import LONGEST_CODE
from lamplighter.tariffs.adapters.urdb_charges import (
    demand_charges,
    fixed_charges,
    minimum_charges,
    ratchet_of,
)
from lamplighter.tariffs.adapters.urdb_clock import urdb_clock
from lamplighter.tariffs.adapters.urdb_fields import BILLED, checked_fields, notes_of
from lamplighter.tariffs.adapters.urdb_tiers import read_bands
from lamplighter.tariffs.adapters.urdb_values import (
    CURRENCIES,
    Record,
    boolean,
    choice,
    day,
    number_list,
    text,
    within,
)
from lamplighter.tariffs.domain.refusals import InvalidTariff
from lamplighter.tariffs.domain.schedule import (
    Component,
    EnergyCharge,
    Export,
    ExportRule,
    Handover,
    MonthlyRider,
    Order,
    RateSchedule,
)

_RULES: Final = {
    "Net Metering": ExportRule.NET_METERING,
    "Net Billing Instantaneous": ExportRule.NET_BILLING,
    "Net Billing Hourly": ExportRule.NET_BILLING,
    "Buy All Sell All": ExportRule.BUY_ALL_SELL_ALL,
}


def read_urdb(record: object, *, source: str | None = None, row: int | None = None) -> RateSchedule:
    """
    Read one record.

    :raises Refusal: with the record's field in its place, for whatever cannot be billed exactly
    """
    at = Place(source=source, row=row)
    fields = checked_fields(record, at)
    starts_on, ends_on, notes = _dates(fields, at)
    return RateSchedule(
        code=_code(fields, at),
        name=text(fields, "name", at) or _code(fields, at),
        currency=_currency(fields, at),
        components=tuple(_components(fields, at)),
        starts_on=starts_on,
        ends_on=ends_on,
        export=Export(rule=_export_rule(fields, at), handover=Handover.HOURS),
        notes=(*notes, *notes_of(fields)),
    )


def _dates(fields: Record, at: Place) -> tuple[date | None, date | None, tuple[str, ...]]:
    """When the rate holds. Where the database ends it before it starts, its end is left out."""
    starts_on, last_day = day(fields, "startdate", at), day(fields, "enddate", at)
    if last_day is None:
        return starts_on, None, ()
    if starts_on and last_day < starts_on:
        return starts_on, None, (f"left out: its enddate, {last_day}, is before its startdate",)
    return starts_on, last_day + timedelta(days=1), ()


def _code(fields: Record, at: Place) -> str:
    field = "label" if text(fields, "label", at) else "name"
    code = text(fields, field, at, longest=LONGEST_CODE)
    if not code:
        raise InvalidTariff(
            "It has neither a label nor a name.", places=(within(at, "label"), within(at, "name"))
        )
    return code


def _components(fields: Record, at: Place) -> Iterator[Component]:
    ratchet = ratchet_of(fields, at)
    yield from fixed_charges(fields, at)
    bands = read_bands(fields, "energyratestructure", at)
    yield EnergyCharge(
        name="Energy",
        clock=urdb_clock(fields, "energy", at),
        bands=bands,
        order=Order.CLOCK,
        hours_use_ratchet=ratchet,
    )
    if "fueladjustmentsmonthly" in fields:
        yield MonthlyRider(
            name="Fuel adjustment", rates=number_list(fields, "fueladjustmentsmonthly", 12, at)
        )
    yield from demand_charges(fields, ratchet, at)
    yield from minimum_charges(fields, at)


def _export_rule(fields: Record, at: Place) -> ExportRule | None:
    if "dgrules" in fields:
        return choice(fields["dgrules"], _RULES, "a rule for generation", "dgrules", at)
    netted = boolean(fields.get("usenetmetering", False), "usenetmetering", at)
    return ExportRule.NET_METERING if netted else None


def _currency(fields: Record, at: Place) -> Currency:
    country = fields.get("country", "USA")
    return Currency(choice(country, CURRENCIES, "a country with a known currency", "country", at))


class UrdbFormat:
    """Records of the Utility Rate Database."""

    name = "urdb"
    title = "OpenEI URDB, versions 3 to 8"

    def recognises(self, record: Mapping[str, Any]) -> bool:
        return any(str(key).lower() in BILLED for key in record)

    def schedule(self, record: Mapping[str, Any], at: Place) -> RateSchedule:
        return read_urdb(record, source=at.source, row=at.row)


FORMAT: Final = UrdbFormat()
