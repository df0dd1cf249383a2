"""
Lamplighter's own tariff document, version 1 (see docs/tariffs.md).

It says everything that a rate schedule can say, in words that a person can write and check. Every
mistake in it is named with its place, all of them at once.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from lamplighter.kernel import Currency, Place, time_zone_named
from lamplighter.kernel.money import UnknownCurrency
from lamplighter.tariffs.adapters.native_clocks import read_clock
from lamplighter.tariffs.adapters.native_components import Known, by_value, read_component
from lamplighter.tariffs.adapters.native_fields import Fields, path_of
from lamplighter.tariffs.adapters.native_words import NATIVE, ROUNDING_MODES
from lamplighter.tariffs.adapters.native_writer import document_of
from lamplighter.tariffs.adapters.texts import LONGEST_CODE, LONGEST_NOTE, is_fit
from lamplighter.tariffs.domain.clock import SeasonalClock
from lamplighter.tariffs.domain.refusals import Mistakes, UnknownName
from lamplighter.tariffs.domain.schedule import (
    Export,
    ExportRule,
    Handover,
    Late,
    LatePolicy,
    RateSchedule,
    Rounding,
)


def read_native(document: object, at: Place) -> RateSchedule:
    """
    Read one document.

    :raises InvalidTariff: naming everything that is wrong with it, with its place
    """
    mistakes = Mistakes(at)
    fields = Fields.of(document, "", mistakes)
    fields.choice("format", {NATIVE: NATIVE})
    known = Known(clocks=_clocks(fields))
    components = tuple(read_component(part, known) for part in fields.objects("components"))
    for name in known.clocks.keys() - known.used:
        mistakes.add(UnknownName, path_of("clocks", name), "No component uses this clock.")
    starts_on, ends_on = fields.day("startsOn"), fields.day("endsBefore")
    if starts_on and ends_on and starts_on >= ends_on:
        fields.wrong("endsBefore", "It ends before it starts.")
    schedule = RateSchedule(
        code=fields.text("code", longest=LONGEST_CODE),
        name=fields.text("name"),
        currency=_currency(fields),
        components=components,
        starts_on=starts_on,
        ends_on=ends_on,
        time_zone=_time_zone(fields),
        rounding=_rounding(fields),
        export=_export(fields),
        late=_late(fields),
        settles_in=fields.whole("settlesIn", 12, least=1, most=12),
        notes=_notes(fields),
    )
    fields.done()
    mistakes.check()
    return schedule


def _clocks(fields: Fields) -> dict[str, SeasonalClock | None]:
    if "clocks" not in fields:
        return {}
    clocks = fields.object("clocks")
    for name in map(str, clocks):
        if not name.strip() or not is_fit(name):
            clocks.wrong(name, "This is not fit for a clock's name.")
    return {str(name): read_clock(clocks.object(name)) for name in clocks}


def _notes(fields: Fields) -> tuple[str, ...]:
    if "notes" not in fields:
        return ()
    items = fields.items("notes")
    return tuple(items.text(n, longest=LONGEST_NOTE) for n in items)


def _currency(fields: Fields) -> Currency:
    code = fields.text("currency")
    try:
        return Currency(code)
    except UnknownCurrency as no:
        if code:
            fields.wrong("currency", no.detail, remedy=no.remedy)
        return Currency("XCD")


def _time_zone(fields: Fields) -> str | None:
    name = fields.optional_text("timeZone")
    if name and time_zone_named(name) is None:
        fields.wrong("timeZone", f"{name!r} is not a time zone.", remedy="Write Europe/Berlin.")
    return name or None


def _rounding(fields: Fields) -> Rounding:
    if "rounding" not in fields:
        return Rounding()
    part = fields.object("rounding")
    rounding = Rounding(
        mode=part.choice("mode", ROUNDING_MODES, "half-even"),
        lines=part.boolean("lines", default=True),
    )
    part.done()
    return rounding


def _export(fields: Fields) -> Export:
    if "export" not in fields:
        return Export()
    part = fields.object("export")
    rules: dict[str, ExportRule | None] = {"none": None, **by_value(ExportRule)}
    export = Export(
        rule=part.choice("rule", rules, "none"),
        handover=part.choice("handover", by_value(Handover), "band"),
        year_end_rate=part.optional_number("yearEndRate", least=Decimal(0)),
    )
    part.done()
    return export


def _late(fields: Fields) -> Late:
    if "lateReadings" not in fields:
        return Late()
    part = fields.object("lateReadings")
    late = Late(
        policy=part.choice("policy", by_value(LatePolicy), "next-bill"),
        below=part.optional_number("below", least=Decimal(0)) or Decimal(0),
    )
    part.done()
    return late


class NativeFormat:
    """Documents that say `"format": "lamplighter-tariff/1"`."""

    name = "native"
    title = "Lamplighter's own"

    def recognises(self, record: Mapping[str, Any]) -> bool:
        return "format" in record

    def schedule(self, record: Mapping[str, Any], at: Place) -> RateSchedule:
        return read_native(record, at)

    def document(self, schedule: RateSchedule) -> dict[str, Any]:
        return document_of(schedule)


FORMAT: Final = NativeFormat()
