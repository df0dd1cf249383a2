"""
The fields of a URDB record, versions 3 to 8: each is billed, information, noted or refused.

They are those of https://openei.org/services/doc/rest/util_rates, in lower case.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.texts import tidy
from lamplighter.tariffs.adapters.urdb_values import Record, within
from lamplighter.tariffs.domain.refusals import InvalidTariff, UnknownField

BILLED: Final = frozenset(
    """
    energyratestructure energyweekdayschedule energyweekendschedule fixedmonthlycharge
    fixedchargefirstmeter fixedchargeeaaddl fixedchargeunits mincharge minchargeunits
    minmonthlycharge annualmincharge flatdemandstructure flatdemandmonths flatdemandunit
    demandratestructure demandweekdayschedule demandweekendschedule demandrateunit demandwindow
    demandreactivepowercharge coincidentratestructure coincidentschedule coincidentratesched
    coincidentrateschedule coincidentrateunit lookbackmonths lookbackpercent lookbackrange
    fueladjustmentsmonthly dgrules usenetmetering demandratchetpercentage
    """.split()
)
"""What changes a price: billed, or refused where that cannot be done exactly."""

INFORMATION: Final = frozenset(
    """
    label uri name utility eiaid sector startdate enddate source sourceparent country description
    supersedes supercedes is_default approved servicetype voltagecategory voltageminimum
    voltagemaximum phasewiring peakkwcapacitymin peakkwcapacitymax peakkwcapacityhistory
    peakkwhusagemin peakkwhusagemax peakkwhusagehistory demandunits energycomments demandcomments
    basicinformationcomments revisions rateversion effective_on_date latest_update modified type
    """.split()
)
"""What tells of the tariff, and of whom it is for."""

FREE_TEXT: Final = frozenset({"energyattrs", "demandattrs", "fixedattrs"})
"""Pairs of words and figures in no set form: kept as notes on the schedule, not billed."""


def checked_fields(record: object, at: Place) -> Record:
    """
    The fields that a record really has, in lower case.

    Version 8 writes lookbackMonths, the service's own exports lookbackmonths.

    :raises UnknownField: if there is one that is not of URDB
    """
    if not isinstance(record, Mapping):
        raise InvalidTariff("This is not a record.", places=(at,))
    fields: dict[str, Any] = {}
    for key, value in record.items():
        field = str(key).lower()
        if field in fields:
            place = within(at, tidy(field[:40]))
            raise InvalidTariff("The record has this field twice.", places=(place,))
        if value is not None and value not in ("", []):
            fields[field] = value
    if unknown := sorted(fields.keys() - BILLED - INFORMATION - FREE_TEXT):
        names = [tidy(field[:40]) for field in unknown[:10]]
        raise UnknownField(
            f"{', '.join(names)}: not of URDB versions 3 to 8.",
            remedy="Take it out if it does not change the price.",
            places=tuple(within(at, name) for name in names),
        )
    if "energyratestructure" not in fields:
        raise InvalidTariff("It has no energy rates.", places=(within(at, "energyratestructure"),))
    return fields


def notes_of(fields: Record) -> tuple[str, ...]:
    """The free texts, one note a pair."""
    found = (note for field in sorted(FREE_TEXT & fields.keys()) for note in _notes(fields, field))
    return tuple(dict.fromkeys(found))


def _notes(fields: Record, field: str) -> Iterator[str]:
    items = fields[field]
    for item in items if isinstance(items, list) else [items]:
        pairs = item.items() if isinstance(item, Mapping) else [("", item)]
        for name, value in pairs:
            words = value if isinstance(value, str) else json.dumps(value, default=str)
            yield tidy(f"not billed: {name} {words} ({field})")
