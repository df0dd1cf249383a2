"""What can be done in identity."""

from lamplighter.identity.actions.add_staff import EmailMalformed, UserAlreadyKnown, add_staff
from lamplighter.identity.actions.prove_identity import (
    AccountLocked,
    InvalidCredentials,
    prove_identity,
)

__all__ = [
    "AccountLocked",
    "EmailMalformed",
    "InvalidCredentials",
    "UserAlreadyKnown",
    "add_staff",
    "prove_identity",
]
