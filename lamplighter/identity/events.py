"""What identity tells others."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lamplighter.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    """Somebody has a log-in, whose e-mail address is not verified yet."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerified(Event):
    """Somebody has shown that an e-mail address is theirs."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddressTried(Event):
    """Somebody has tried to register with the address of a user."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWanted(Event):
    """A code waits to be sent. It is not in here."""

    challenge_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeviceSeen(Event):
    """Somebody has logged in from a device from which they never had."""

    user_id: UUID
    session_id: UUID
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """Somebody has another password."""

    user_id: UUID
    by_code: bool
    """They had forgotten the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorAdded(Event):
    """Somebody has one second factor more."""

    user_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorRemoved(Event):
    """Somebody has one second factor less."""

    user_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged(Event):
    """Somebody logs in by another e-mail address."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged(Event):
    """Somebody has another telephone number."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Event):
    """A refresh token was used twice, by two of whom one has stolen it: the session has ended."""

    user_id: UUID
    session_id: UUID
