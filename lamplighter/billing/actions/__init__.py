"""What can be done in billing."""

from lamplighter.billing.actions.agreement_checks import (
    AgreementLeavesGap,
    AgreementMalformed,
    AgreementsOverlap,
    NewAgreement,
)
from lamplighter.billing.actions.agreements import (
    AccountInAnotherCycle,
    AgreementAlreadyEnded,
    AgreementUnknown,
    AlreadyBilledBeyond,
    change_rate,
    end_agreement,
    make_agreement,
    take_over_agreements,
)
from lamplighter.billing.actions.cancelling import (
    BillAlreadyCancelled,
    BillSettled,
    CancellationStays,
    LaterBillsBuildOnIt,
    LaterDaysBilled,
    ReasonMissing,
    SettledInTheFuture,
    cancel_bill,
    rebill,
)
from lamplighter.billing.actions.cycles import (
    BadCycle,
    CycleAlreadyKnown,
    change_rules,
    define_cycle,
    extend_calendar,
)
from lamplighter.billing.actions.late_readings import (
    check_next_correction,
    note_changed_readings,
)
from lamplighter.billing.actions.runs import (
    CycleAlreadyBilled,
    NoPeriodToBill,
    PeriodNotOver,
    RunUnknown,
    Step,
    StorageFailed,
    go_on,
    open_runs,
)
from lamplighter.billing.actions.settling import (
    Paid,
    settle_bill,
    settle_bills,
)
from lamplighter.billing.actions.single_bills import (
    AccountNotBilled,
    AdjustmentMalformed,
    ExceptionUnknown,
    HeldBillOutdated,
    adjust,
    bill_account,
    discard_held_bill,
    dismiss_exception,
    release_held_bill,
)
from lamplighter.billing.domain.calendars import NewPeriod
from lamplighter.billing.queries.drafting import CurrencyDiffers
from lamplighter.billing.queries.work import HeldBillUnknown

__all__ = [
    "AccountInAnotherCycle",
    "AccountNotBilled",
    "AdjustmentMalformed",
    "AgreementAlreadyEnded",
    "AgreementLeavesGap",
    "AgreementMalformed",
    "AgreementUnknown",
    "AgreementsOverlap",
    "AlreadyBilledBeyond",
    "BadCycle",
    "BillAlreadyCancelled",
    "BillSettled",
    "CancellationStays",
    "CurrencyDiffers",
    "CycleAlreadyBilled",
    "CycleAlreadyKnown",
    "ExceptionUnknown",
    "HeldBillOutdated",
    "HeldBillUnknown",
    "LaterBillsBuildOnIt",
    "LaterDaysBilled",
    "NewAgreement",
    "NewPeriod",
    "NoPeriodToBill",
    "Paid",
    "PeriodNotOver",
    "ReasonMissing",
    "RunUnknown",
    "SettledInTheFuture",
    "Step",
    "StorageFailed",
    "adjust",
    "bill_account",
    "cancel_bill",
    "change_rate",
    "change_rules",
    "check_next_correction",
    "define_cycle",
    "discard_held_bill",
    "dismiss_exception",
    "end_agreement",
    "extend_calendar",
    "go_on",
    "make_agreement",
    "note_changed_readings",
    "open_runs",
    "rebill",
    "release_held_bill",
    "settle_bill",
    "settle_bills",
    "take_over_agreements",
]
