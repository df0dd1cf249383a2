"""The port behind which bills become documents."""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lamplighter.billing.domain.sheets import Sheet
from lamplighter.kernel import Refusal


class BillCannotBePrinted(Refusal):
    """This bill cannot be put on paper."""


class BillPrinter(Protocol):
    """Makes a document of a bill. The same sheet makes the same bytes."""

    def print(self, sheet: Sheet) -> bytes:
        """
        A PDF document.

        :raises BillCannotBePrinted: if no font has a letter of it, or the logo is no picture
        """


def bill_printer() -> BillPrinter:
    """The one of this installation."""
    printer: BillPrinter = import_string(settings.LAMPLIGHTER_BILL_PRINTER)()
    return printer
