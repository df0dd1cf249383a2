"""Second factors come and go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as authenticator_apps
from django.db import transaction

from lamplighter.identity.actions import challenges
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.passkeys import passkey_of
from lamplighter.identity.actions.second_factors import MethodNotOffered, take_totp
from lamplighter.identity.events import SecondFactorAdded, SecondFactorRemoved
from lamplighter.identity.models import CodeFactor, User
from lamplighter.identity.queries.factors import (
    EMAIL,
    PASSKEY,
    RECOVERY_CODE,
    SMS,
    TOTP,
    can_be_texted,
    has_second_factor,
)
from lamplighter.identity.queries.profiles import texts_of
from lamplighter.kernel import Refusal
from lamplighter.platform import audit
from lamplighter.platform.outbox import publish

ISSUER: Final = "Lamplighter"


class FactorAlreadyThere(Refusal):
    """You have this second factor already."""

    status = 409


class FactorNotFound(Refusal):
    """You have no such second factor."""

    status = 404


class SecondFactorMissing(Refusal):
    """Recovery codes stand in for a second factor: add one first."""


class PasswordTooShortAlone(Refusal):
    """Your password is too short to be all that protects you."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class AppToAdd:
    """What an authenticator app has to learn."""

    handle: str
    secret: str
    """In base 32."""
    uri: str
    """Secret and all, as a square code tells it to an app (Key URI format)."""


@transaction.atomic
def begin_totp(*, user_id: UUID, at: datetime) -> AppToAdd:
    """
    Make the secret that an authenticator app is to share.

    :raises FactorAlreadyThere: if there is an app
    """
    user = User.objects.get(id=user_id)
    if Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists():
        raise FactorAlreadyThere(remedy="Remove the one that you have, if it is lost.")
    secret = authenticator_apps.generate_totp_secret()
    _, handle = challenges.open_challenge(Purpose.ADD_TOTP, user_id=user_id, target=secret, at=at)
    label = quote(f"{ISSUER}:{texts_of(user).email}")
    told = urlencode({"secret": secret, "issuer": ISSUER}, quote_via=quote)
    return AppToAdd(handle=handle, secret=secret, uri=f"otpauth://totp/{label}?{told}")


def confirm_totp(*, user_id: UUID, handle: str, code: str, by: str, at: datetime) -> None:
    """
    Take the first code of an authenticator app: from now on it is asked for.

    :raises ChallengeOver, CodeWrong, TooManyAttempts: see `challenges`
    :raises FactorAlreadyThere: if somebody was quicker
    """
    taken = challenges.take_try(handle=handle, purposes=[Purpose.ADD_TOTP], at=at)
    with transaction.atomic():
        challenge = challenges.close(taken, at=at)
        if challenge.user_id != user_id:
            raise challenges.over()
        user = _locked(user_id)
        if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            raise FactorAlreadyThere
        secret = challenges.opened(challenge, "target")
        take_totp(user_id=user_id, secret=secret, code=code, at=at)
        authenticator_apps.TOTP.activate(user, secret)
        challenge.target = None
        challenge.save(update_fields=["target"])
        _tell_added(user_id, TOTP, by, at)


@transaction.atomic
def make_recovery_codes(*, user_id: UUID, by: str, at: datetime) -> list[str]:
    """
    Make new recovery codes; those before are no longer good. They are told this once.

    :raises SecondFactorMissing: if there is nothing that they could stand in for
    """
    user = _locked(user_id)
    if not has_second_factor(user_id):
        raise SecondFactorMissing
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    rows.delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    _tell_added(user_id, RECOVERY_CODE, by, at)
    return codes


@transaction.atomic
def add_code_factor(*, user_id: UUID, channel: str, by: str, at: datetime) -> None:
    """
    Have a code sent to oneself at each log-in. Twice is as good as once.

    :param channel: `email` or `sms`
    :raises MethodNotOffered: if there is no verified number, or nothing can send there
    """
    user = _locked(user_id)
    if channel == SMS and not can_be_texted(user):
        raise MethodNotOffered(remedy="Add a telephone number first, at /api/phone-changes.")
    _, is_new = CodeFactor.objects.get_or_create(
        user=user, channel=channel, defaults={"made_at": at}
    )
    if is_new:
        _tell_added(user_id, channel, by, at)


@transaction.atomic
def remove_factor(*, user_id: UUID, method: str, passkey: str = "", by: str, at: datetime) -> None:
    """
    Take a second factor away. With the last one its recovery codes go.

    :param passkey: which one, if it is one
    :raises FactorNotFound, PasskeyNotFound: if there is none
    :raises PasswordTooShortAlone: if it is the last one, and the password needs one beside it
    """
    user = _locked(user_id)
    if method == PASSKEY:
        passkey_of(user_id, passkey).delete()
    elif not _delete(user_id, method):
        raise FactorNotFound
    if not has_second_factor(user_id):
        if user.password_is_short:
            raise PasswordTooShortAlone(remedy="Choose one of 15 characters or more first.")
        Authenticator.objects.filter(user_id=user_id).delete()
    publish(SecondFactorRemoved(user_id=user_id, kind=method), at=at)
    _record("identity.remove_factor", user_id, method, by, at)


def _delete(user_id: UUID, method: str) -> int:
    if method in (SMS, EMAIL):
        return CodeFactor.objects.filter(user_id=user_id, channel=method).delete()[0]
    kept_as = {
        TOTP: Authenticator.Type.TOTP,
        RECOVERY_CODE: Authenticator.Type.RECOVERY_CODES,
    }[method]
    gone: int = Authenticator.objects.filter(user_id=user_id, type=kept_as).delete()[0]
    return gone


def _locked(user_id: UUID) -> User:
    return User.objects.select_for_update().get(id=user_id)


def _tell_added(user_id: UUID, kind: str, by: str, at: datetime) -> None:
    publish(SecondFactorAdded(user_id=user_id, kind=kind), at=at)
    _record("identity.add_factor", user_id, kind, by, at)


def _record(action: str, user_id: UUID, kind: str, by: str, at: datetime) -> None:
    audit.record(actor=by, action=action, subject=f"user:{user_id}", detail={"kind": kind}, at=at)
