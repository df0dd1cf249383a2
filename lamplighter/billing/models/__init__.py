"""Who is billed for what, when; the bills; and what waits for a person."""

from lamplighter.billing.models.agreements import (
    Agreement,
    BilledAccount,
    BillingCycle,
    CyclePeriod,
)
from lamplighter.billing.models.bills import (
    Bill,
    BilledSpan,
    BillRun,
    BillRunPart,
    BillSeries,
    Settlement,
)
from lamplighter.billing.models.waiting import BillingException, HeldBill, PendingCorrection

__all__ = [
    "Agreement",
    "Bill",
    "BillRun",
    "BillRunPart",
    "BillSeries",
    "BilledAccount",
    "BilledSpan",
    "BillingCycle",
    "BillingException",
    "CyclePeriod",
    "HeldBill",
    "PendingCorrection",
    "Settlement",
]
