"""What billing answers over HTTP."""

from lamplighter.billing.api.accounts import router as accounts
from lamplighter.billing.api.agreements import router as agreements
from lamplighter.billing.api.bills import pdf_answer
from lamplighter.billing.api.bills import router as bills
from lamplighter.billing.api.usage import router as usage
from lamplighter.billing.api.user_properties import router as user_properties

__all__ = ["accounts", "agreements", "bills", "pdf_answer", "usage", "user_properties"]
