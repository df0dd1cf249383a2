"""
The lines and the usage of a bill, from its document as billing has it.

Plain tuples in the order of `LINE` and `USAGE`: a bill run makes ten thousands of them in a
second. What people have typed (reasons of corrections and adjustments) is left out: it may name
somebody.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

Json = dict[str, Any]
Fact = tuple[Any, ...]
Documents = Mapping[str, Json]
"""Of other bills that a document tells of, by their numbers."""

PLACE: Final = ("usage_point", "commodity", "tariff", "version_id", "first_day", "after_last")
LINE: Final = (*PLACE, "component", "kind", "reason", "quantity", "unit", "rate", "amount_minor")
USAGE: Final = (*PLACE, "flow", "quantity", "unit")
_QUANTITY, _AMOUNT = LINE.index("quantity"), LINE.index("amount_minor")
_USED: Final = USAGE.index("quantity")


def bills_told_of(document: Json) -> Iterator[str]:
    """The numbers of bills without which the facts of this one cannot be told."""
    if number := taken_back(document):
        yield number
    yield from (correction["bill"] for correction in document.get("corrections", ()))


def taken_back(document: Json) -> str | None:
    """The number of the bill that this one takes back without saying line by line what."""
    if document["kind"] != "cancellation" or document.get("segments"):
        return None
    number: str = document["refers_to"]
    return number


def lines_of(document: Json, others: Documents) -> Iterator[Fact]:
    """What a bill charges, in whole: segments, then corrections, then adjustments."""
    if number := taken_back(document):
        yield from map(_line_taken_back, lines_of(others[number], others))
        return
    for segment in document.get("segments", ()):
        place = _place(segment)
        for line in segment["lines"]:
            yield (
                *place, line["component"], line["kind"], line.get("reason", ""),
                line["quantity"], line["unit"], line["rate"], line["amount_minor"],
            )  # fmt: skip
    for correction in document.get("corrections", ()):
        quantity, unit = _difference(correction)
        amount = correction["after_minor"] - correction["before_minor"]
        yield (
            *_place_of_correction(correction, others), "Correction", "correction",
            correction["bill"], quantity, unit, None, amount - correction.get("waived_minor", 0),
        )  # fmt: skip
    days = _day(document["first_day"]), _day(document["after_last"])
    for line in document.get("adjustments", ()):
        yield (
            "", "", "", None, *days, line["component"], line["kind"], "",
            line["quantity"], line.get("unit", ""), line["rate"], line["amount_minor"],
        )  # fmt: skip


def usage_of(document: Json, others: Documents) -> Iterator[Fact]:
    """What has passed the usage points, each direction once, as far as this bill charges it."""
    if number := taken_back(document):
        yield from map(_usage_taken_back, usage_of(others[number], others))
        return
    for segment in document.get("segments", ()):
        place = _place(segment)
        for used in segment["usage"]:
            yield (*place, used["flow"], used["quantity"], used["unit"])
    for correction in document.get("corrections", ()):
        quantity, unit = _difference(correction)
        flow = correction["usage_after"]["flow"]
        yield (*_place_of_correction(correction, others), flow, quantity, unit)


def _line_taken_back(line: Fact) -> Fact:
    fact = list(line)
    fact[_QUANTITY] = _less("0", fact[_QUANTITY])
    fact[_AMOUNT] = -fact[_AMOUNT]
    return tuple(fact)


def _usage_taken_back(usage: Fact) -> Fact:
    fact = list(usage)
    fact[_USED] = _less("0", fact[_USED])
    return tuple(fact)


def _difference(correction: Json) -> tuple[str, str]:
    before, after = correction["usage_before"], correction["usage_after"]
    return _less(after["quantity"], before["quantity"]), after["unit"]


def _less(number: str, by: str) -> str:
    return format(Decimal(number) - Decimal(by), "f")


def _place(segment: Json) -> Fact:
    return (
        segment["usage_point"], segment["commodity"], segment["tariff"],
        _id(segment["version_id"]), _day(segment["first_day"]), _day(segment["after_last"]),
    )  # fmt: skip


def _place_of_correction(correction: Json, others: Documents) -> Fact:
    """As on the bill that is corrected: the correction itself does not name the tariff."""
    days = correction["first_day"], correction["after_last"]
    for segment in others[correction["bill"]].get("segments", ()):
        covers = segment["first_day"] <= days[0] < segment["after_last"]
        if covers and segment["usage_point"] == correction["usage_point"]:
            return (*_place(segment)[:4], *map(_day, days))
    return (correction["usage_point"], "", "", None, *map(_day, days))


_day: Final[Callable[[str], date]] = lru_cache(maxsize=1024)(date.fromisoformat)
_id: Final[Callable[[str], UUID]] = lru_cache(maxsize=1024)(UUID)
