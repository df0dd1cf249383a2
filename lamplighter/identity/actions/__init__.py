"""What can be done in identity."""

from lamplighter.identity.actions.api_keys import make_key, revoke_key
from lamplighter.identity.actions.clients import register_client, remove_client
from lamplighter.identity.actions.consents import ConsentMalformed, record_consent
from lamplighter.identity.actions.disabling import disable_user, enable_user, end_sessions_of
from lamplighter.identity.actions.erasing import (
    ErasureNotPossible,
    HoldReasonMissing,
    LegalHoldUnknown,
    PersonUnknown,
    UnderLegalHold,
    erase_person,
    erasure_of,
    hold_person,
    lift_hold,
)
from lamplighter.identity.actions.exporting import (
    ExportUnderWay,
    begin_export,
    go_on_with_export,
)
from lamplighter.identity.actions.limits import AccountLocked
from lamplighter.identity.actions.members import invite, redeem_invitations, remove_member
from lamplighter.identity.actions.oidc_keys import rotate_oidc_key
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
    "disable_user",
    "enable_user",
    "end_session",
    "end_sessions_of",
    "erase_person",
    "erasure_of",
    "go_on_with_export",
    "hold_person",
    "invite",
    "lift_hold",
    "make_key",
    "prove_identity",
    "record_consent",
    "redeem_invitations",
    "register_client",
    "remove_client",
    "remove_member",
    "revoke_key",
    "rotate_access_keys",
    "rotate_oidc_key",
]
