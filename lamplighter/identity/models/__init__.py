"""Who people are, what proves it, and what they are to whom."""

from lamplighter.identity.models.organisations import Membership, Organisation
from lamplighter.identity.models.proofs import Challenge, CodeFactor, LogInAttempt, UsedCode
from lamplighter.identity.models.sessions import KnownDevice, RefreshToken, Session
from lamplighter.identity.models.users import User

__all__ = [
    "Challenge",
    "CodeFactor",
    "KnownDevice",
    "LogInAttempt",
    "Membership",
    "Organisation",
    "RefreshToken",
    "Session",
    "UsedCode",
    "User",
]
