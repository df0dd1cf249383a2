"""What can be done in identity."""

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
    "EmailMalformed",
    "EmailNotVerified",
    "InvalidCredentials",
    "UserAlreadyKnown",
    "add_member",
    "begin_session",
    "end_session",
    "prove_identity",
    "rotate_access_keys",
]
