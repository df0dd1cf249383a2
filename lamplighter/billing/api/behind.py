"""What prints bills, asked for by name until it is there."""

from importlib import import_module
from typing import Any

from lamplighter.billing.queries.bills import standing_of
from lamplighter.kernel import Refusal


class NotThereYet(Refusal):
    """This part of Lamplighter is not there yet."""

    status = 501


def printed(number: str, paper: str) -> bytes:
    """
    A bill as PDF.

    :raises BillNotFound: if there is none of this number
    """
    standing_of(number)
    try:
        printing: Any = import_module("lamplighter.billing.queries.printing")
    except ImportError:
        raise NotThereYet from None
    pdf: bytes = printing.pdf_of(number, paper=paper)
    return pdf
