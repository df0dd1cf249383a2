"""What billing answers over HTTP."""

from lamplighter.billing.api.accounts import router as accounts
from lamplighter.billing.api.agreements import router as agreements
from lamplighter.billing.api.bills import pdf_answer
from lamplighter.billing.api.bills import router as bills
from lamplighter.billing.api.cycles import router as cycles
from lamplighter.billing.api.runs import router as runs
from lamplighter.billing.api.single_bills import router as single_bills
from lamplighter.billing.api.usage import router as usage
from lamplighter.billing.api.user_properties import router as user_properties
from lamplighter.billing.api.waiting import corrections, exceptions, held

__all__ = [
    "accounts",
    "agreements",
    "bills",
    "corrections",
    "cycles",
    "exceptions",
    "held",
    "pdf_answer",
    "runs",
    "single_bills",
    "usage",
    "user_properties",
]
