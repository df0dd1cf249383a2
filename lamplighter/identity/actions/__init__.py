"""What can be done in identity."""

from lamplighter.identity.actions.consents import ConsentMalformed, record_consent
from lamplighter.identity.actions.erasing import (
    ErasureNotPossible,
    HoldReasonMissing,
    LegalHoldUnknown,
    PersonUnknown,
    UnderLegalHold,
    erase_person,
    hold_person,
    lift_hold,
)
from lamplighter.identity.actions.exporting import (
    ExportUnderWay,
    begin_export,
    go_on_with_export,
)
from lamplighter.identity.actions.limits import AccountLocked
from lamplighter.identity.actions.prove_identity import (
    EmailNotVerified,
    InvalidCredentials,
    prove_identity,
)
from lamplighter.identity.actions.sessions import begin_session, end_session
from lamplighter.identity.actions.tokens import rotate_access_keys
from lamplighter.identity.actions.users import EmailMalformed, UserAlreadyKnown, add_member

__all__ = [
    "AccountLocked",
    "ConsentMalformed",
    "EmailMalformed",
    "EmailNotVerified",
    "ErasureNotPossible",
    "ExportUnderWay",
    "HoldReasonMissing",
    "InvalidCredentials",
    "LegalHoldUnknown",
    "PersonUnknown",
    "UnderLegalHold",
    "UserAlreadyKnown",
    "add_member",
    "begin_export",
    "begin_session",
    "end_session",
    "erase_person",
    "go_on_with_export",
    "hold_person",
    "lift_hold",
    "prove_identity",
    "record_consent",
    "rotate_access_keys",
]
