"""What can be done in billing."""

from lamplighter.billing.actions.agreement_checks import (
    AgreementLeavesGap,
    AgreementMalformed,
    AgreementsOverlap,
    CurrencyDiffers,
    DuplicateProperty,
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
from lamplighter.billing.actions.cycles import (
    BadCycle,
    CycleAlreadyKnown,
    change_rules,
    define_cycle,
    extend_calendar,
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
from lamplighter.billing.domain.calendars import NewPeriod

__all__ = [
    "AccountInAnotherCycle",
    "AgreementAlreadyEnded",
    "AgreementLeavesGap",
    "AgreementMalformed",
    "AgreementUnknown",
    "AgreementsOverlap",
    "AlreadyBilledBeyond",
    "BadCycle",
    "CurrencyDiffers",
    "CycleAlreadyBilled",
    "CycleAlreadyKnown",
    "DuplicateProperty",
    "NewAgreement",
    "NewPeriod",
    "NoPeriodToBill",
    "PeriodNotOver",
    "RunUnknown",
    "Step",
    "StorageFailed",
    "change_rate",
    "change_rules",
    "define_cycle",
    "end_agreement",
    "extend_calendar",
    "go_on",
    "make_agreement",
    "open_runs",
    "take_over_agreements",
]
