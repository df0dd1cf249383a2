"""Who people are, what proves it, and what they are to whom."""

from lamplighter.identity.models.clients import ApiKey, RegisteredClient, SpentToken
from lamplighter.identity.models.organisations import Invitation, Membership, Organisation
from lamplighter.identity.models.privacy import Consent, Export, ExportPiece, LegalHold
from lamplighter.identity.models.proofs import Challenge, CodeFactor, LogInAttempt, UsedCode
from lamplighter.identity.models.sessions import KnownDevice, RefreshToken, Session
from lamplighter.identity.models.users import User

__all__ = [
    "ApiKey",
    "Challenge",
    "CodeFactor",
    "Consent",
    "Export",
    "ExportPiece",
    "Invitation",
    "KnownDevice",
    "LegalHold",
    "LogInAttempt",
    "Membership",
    "Organisation",
    "RefreshToken",
    "RegisteredClient",
    "Session",
    "SpentToken",
    "UsedCode",
    "User",
]
