"""What billing answers over HTTP."""

from lamplighter.billing.api.accounts import router as accounts
from lamplighter.billing.api.bills import pdf_answer
from lamplighter.billing.api.bills import router as bills
from lamplighter.billing.api.usage import router as usage

__all__ = ["accounts", "bills", "pdf_answer", "usage"]
