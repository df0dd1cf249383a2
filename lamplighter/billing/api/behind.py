"""What explains and prints bills, asked for by name until it is there."""

from importlib import import_module
from typing import Any

from lamplighter.billing.queries.bills import standing_of
from lamplighter.kernel import Refusal


class NotThereYet(Refusal):
    """This part of Lamplighter is not there yet."""

    status = 501


def explanation(number: str) -> Any:
    """
    Why a bill differs from the one before.

    :raises BillNotFound: if there is none of this number
    """
    standing_of(number)
    return _asked("queries.explaining", "explain")(number)


def printed(number: str, paper: str) -> bytes:
    """
    A bill as PDF.

    :raises BillNotFound: if there is none of this number
    """
    standing_of(number)
    pdf: bytes = _asked("queries.printing", "pdf_of")(number, paper=paper)
    return pdf


def release_held_bill(**how: Any) -> None:
    """Issue a bill in spite of the check that has stopped it."""
    _asked("actions", "release_held_bill")(**how)


def discard_held_bill(**how: Any) -> None:
    """Throw a held bill away."""
    _asked("actions", "discard_held_bill")(**how)


def _asked(module: str, name: str) -> Any:
    try:
        return getattr(import_module(f"lamplighter.billing.{module}"), name)
    except (ImportError, AttributeError):
        raise NotThereYet from None
