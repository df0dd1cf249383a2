"""
The port behind which every way to write down a tariff stands.

A new format is one module of `adapters` that ends in `FORMAT = …`, a line in `FORMATS`, and its
cases. Formats are found by name and loaded when they are needed, so that this port does not import
what stands behind it.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

from lamplighter.kernel import Place
from lamplighter.tariffs.domain.schedule import RateSchedule

Record = Mapping[str, Any]
"""One tariff as JSON says it, numbers with a decimal point as Decimal."""


class TariffFormat(Protocol):
    """One way to write down a tariff as a JSON object."""

    name: str
    title: str

    def recognises(self, record: Record) -> bool:
        """Whether this record is of this format, or was meant to be."""

    def schedule(self, record: Record, at: Place) -> RateSchedule:
        """
        Read a record.

        :param at: where the record stands: its source and row
        :raises Refusal: with the field's path in its place
        """


class DocumentFormat(TariffFormat, Protocol):
    """A format that can say everything a schedule says, in which tariffs are kept."""

    def document(self, schedule: RateSchedule) -> dict[str, Any]:
        """The record that reads back as this schedule."""


_ADAPTERS: Final = "lamplighter.tariffs.adapters"
FORMATS: Final = {
    "native": f"{_ADAPTERS}.native",
    "urdb": f"{_ADAPTERS}.urdb",
}
"""The formats, in the order in which they are asked whether they recognise a record."""


def format_named(name: str) -> TariffFormat:
    tariff_format: TariffFormat = importlib.import_module(FORMATS[name]).FORMAT
    return tariff_format


def native_format() -> DocumentFormat:
    """Lamplighter's own format."""
    native: DocumentFormat = importlib.import_module(FORMATS["native"]).FORMAT
    return native
