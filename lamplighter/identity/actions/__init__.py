"""What can be done in identity."""

from lamplighter.identity.actions.prove_identity import (
    AccountLocked,
    InvalidCredentials,
    prove_identity,
)
from lamplighter.identity.actions.sessions import begin_session, end_session
from lamplighter.identity.actions.users import EmailMalformed, UserAlreadyKnown, add_member

__all__ = [
    "AccountLocked",
    "EmailMalformed",
    "InvalidCredentials",
    "UserAlreadyKnown",
    "add_member",
    "begin_session",
    "end_session",
    "prove_identity",
]
