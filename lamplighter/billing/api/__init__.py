"""What billing answers over HTTP."""

from lamplighter.billing.api.accounts import router as accounts
from lamplighter.billing.api.behind import (
    NotThereYet,
    discard_held_bill,
    explanation,
    release_held_bill,
)
from lamplighter.billing.api.bills import pdf_answer
from lamplighter.billing.api.bills import router as bills

__all__ = [
    "NotThereYet",
    "accounts",
    "bills",
    "discard_held_bill",
    "explanation",
    "pdf_answer",
    "release_held_bill",
]
