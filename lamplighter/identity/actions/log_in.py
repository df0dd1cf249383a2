"""Somebody logs in: by a password, by a second factor after it, or by a passkey alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions import challenges, limits
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.passkeys import ask_for_passkey, check_passkey
from lamplighter.identity.actions.prove_identity import prove_identity
from lamplighter.identity.actions.second_factors import (
    MethodNotOffered,
    check_otp,
    check_recovery_code,
    check_totp,
)
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.domain.limits import CODE_NETWORK
from lamplighter.identity.models import Challenge, User
from lamplighter.identity.queries.factors import (
    EMAIL,
    PASSKEY,
    RECOVERY_CODE,
    SMS,
    TOTP,
    has_second_factor,
    methods_of,
)
from lamplighter.kernel import Place

SECOND: Final = (Purpose.LOG_IN, Purpose.PASSKEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody is in."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAsked:
    """The password was right; a second factor is missing."""

    handle: str
    methods: tuple[str, ...]
    """By which it may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody shows as their second factor."""

    method: str
    code: str = ""
    credential: Mapping[str, Any] | None = None
    """What a passkey has answered."""
    host: str = ""
    """The name of this site, by which a passkey knows it."""


def log_in(
    *, email: str, password: str, otp: str = "", method: str = "", device: Device, at: datetime
) -> SignedIn | FactorAsked:
    """
    Let somebody in by their password, and by a second factor if they have one.

    :param otp: a code of an authenticator app or a recovery code, if it comes along
    :raises AccountLocked, InvalidCredentials, EmailNotVerified: see `prove_identity`
    :raises CodeWrong, TooManyAttempts: see `check_otp`
    """
    address = device.network_address
    user_id = prove_identity(email=email, password=password, address=address, at=at)
    if not has_second_factor(user_id):
        session_id = begin_session(user_id=user_id, device=device, at=at)
        return SignedIn(user_id=user_id, session_id=session_id)
    if otp:
        factor = check_otp(user_id=user_id, otp=otp, method=method, at=at)
        session_id = begin_session(user_id=user_id, device=device, factor=factor, at=at)
        return SignedIn(user_id=user_id, session_id=session_id)
    with transaction.atomic():
        _, handle = challenges.open_challenge(Purpose.LOG_IN, user_id=user_id, at=at)
    return FactorAsked(handle=handle, methods=methods_of(user_id))


def send_log_in_code(*, handle: str, method: str, at: datetime) -> None:
    """
    Send somebody who has shown their password the code that is still missing.

    :param method: `email` or `sms`
    :raises ChallengeOver: if it is
    :raises MethodNotOffered: if they have not chosen to be sent codes there
    :raises TooManyAttempts: if they were sent too many
    """
    user_id = challenges.whose(_asked(handle, at))
    if method not in (EMAIL, SMS) or method not in methods_of(user_id):
        raise MethodNotOffered(places=(Place(field="method"),))
    challenges.may_send(user_id, at=at)
    with transaction.atomic():
        challenges.want_code(_asked(handle, at), channel=method, at=at)


@transaction.atomic
def passkey_options(*, handle: str, host: str, at: datetime) -> dict[str, Any]:
    """
    What a browser needs to ask for one of somebody's passkeys.

    :raises ChallengeOver: if it is
    :raises MethodNotOffered: if they have none
    """
    challenge = _asked(handle, at)
    if PASSKEY not in methods_of(challenges.whose(challenge)):
        raise MethodNotOffered(places=(Place(field="method"),))
    return ask_for_passkey(challenge, host=host)


def begin_passwordless(*, host: str, address: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """
    Let somebody log in by a passkey alone, whoever they are.

    :return: a handle, and what `navigator.credentials.get` needs
    :raises TooManyAttempts: if that was asked from there too often
    """
    limits.count([(CODE_NETWORK, address)], at=at)
    with transaction.atomic():
        challenge, handle = challenges.open_challenge(Purpose.PASSKEY, user_id=None, at=at)
        return handle, ask_for_passkey(challenge, host=host)


def complete_log_in(*, handle: str, shown: Shown, device: Device, at: datetime) -> SignedIn:
    """
    Let somebody in who shows what was still missing.

    :raises ChallengeOver, TooManyAttempts: see `take_try`
    :raises CodeWrong, PasskeyWrong: if it is not right
    :raises MethodNotOffered: if they have no such second factor
    """
    limits.count([(CODE_NETWORK, device.network_address)], at=at)
    taken = challenges.take_try(handle=handle, purposes=SECOND, at=at)
    with transaction.atomic():
        challenge = challenges.close(taken, at=at)
        user_id = _whose(challenge, shown, at)
        # Who was disabled since has no use of a session, and is not told more than others.
        if not User.objects.filter(id=user_id, is_active=True).exists():
            raise challenges.over()
        session_id = begin_session(user_id=user_id, device=device, factor=shown.method, at=at)
        limits.forgive([], once=[(CODE_NETWORK, device.network_address)], at=at)
        return SignedIn(user_id=user_id, session_id=session_id)


def _whose(challenge: Challenge, shown: Shown, at: datetime) -> UUID:
    """Look at what is shown, and tell who has shown it."""
    if shown.method == PASSKEY:
        return check_passkey(challenge, shown.credential or {}, host=shown.host, at=at)
    user_id = challenge.user_id
    if user_id is None or shown.method not in methods_of(user_id):
        raise MethodNotOffered(places=(Place(field="method"),))
    if shown.method == TOTP:
        check_totp(user_id=user_id, code=shown.code, at=at)
    elif shown.method == RECOVERY_CODE:
        check_recovery_code(user_id=user_id, code=shown.code, at=at)
    elif challenge.channel == shown.method:
        challenges.check_code(challenge, shown.code)
    else:
        raise MethodNotOffered("No code was sent there.", places=(Place(field="method"),))
    return user_id


def _asked(handle: str, at: datetime) -> Challenge:
    """The challenge of who has shown their password."""
    rows = Challenge.objects.filter(
        handle_hash=challenges.hash_of(handle), purpose=Purpose.LOG_IN, done_at=None
    )
    challenge = rows.filter(expires_at__gt=at, tries_left__gt=0).first()
    if challenge is None:
        raise challenges.over()
    return challenge
