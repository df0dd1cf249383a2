"""Passkeys (WebAuthn): made on somebody's device, and shown by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from lamplighter.identity.actions import challenges
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.domain.names import clean_line
from lamplighter.identity.events import SecondFactorAdded
from lamplighter.identity.models import Challenge, User
from lamplighter.identity.queries.factors import PASSKEY
from lamplighter.identity.queries.profiles import texts_of
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit
from lamplighter.platform.outbox import publish

PASSKEYS_MAX: Final = 20
NAME_LENGTH_MAX: Final = 60


class PasskeyWrong(Refusal):
    """This is not what a passkey of yours would have answered."""


class TooManyPasskeys(Refusal):
    """There are as many passkeys as one can have."""


class PasskeyNotFound(Refusal):
    """You have no such passkey."""

    status = 404


@transaction.atomic
def begin_passkey(*, user_id: UUID, host: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """
    Let somebody's device make a passkey.

    :param host: the name of this site, for which alone the passkey will be good
    :return: a handle, and what `navigator.credentials.create` needs
    :raises TooManyPasskeys: if there are enough
    """
    known = _credentials(user_id)
    if len(known) >= PASSKEYS_MAX:
        raise TooManyPasskeys(f"That is {PASSKEYS_MAX}.", remedy="Remove one first.")
    texts = texts_of(User.objects.get(id=user_id))
    options, state = _server(host).register_begin(
        PublicKeyCredentialUserEntity(
            id=user_id.bytes, name=texts.email, display_name=texts.name or texts.email
        ),
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _, handle = challenges.open_challenge(
        Purpose.ADD_PASSKEY, user_id=user_id, state=_plain(state), at=at
    )
    return handle, dict(options)


def complete_passkey(
    *,
    user_id: UUID,
    handle: str,
    credential: Mapping[str, Any],
    name: str,
    host: str,
    by: str,
    at: datetime,
) -> str:
    """
    Take in the passkey that somebody's device has made.

    :param credential: what `navigator.credentials.create` answered, as JSON
    :return: its id
    :raises ChallengeOver: see `take_try`
    :raises PasskeyWrong: if it was not made for this challenge and this site
    """
    label = clean_line(name, field="name", length_max=NAME_LENGTH_MAX)
    taken = challenges.take_try(handle=handle, purposes=[Purpose.ADD_PASSKEY], at=at)
    with transaction.atomic():
        challenge = challenges.close(taken, at=at)
        if challenge.user_id != user_id:
            raise challenges.over()
        try:
            made = _server(host).register_complete(challenge.state, dict(credential))
            kept = dict(RegistrationResponse.from_dict(dict(credential)))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _wrong() from None
        User.objects.select_for_update().get(id=user_id)
        if made.credential_data is None or _holds(user_id, made.credential_data):
            raise _wrong()
        row = WebAuthn.add(User(id=user_id), encrypt(label), kept).instance
        _note_count(row, made.counter)
        publish(SecondFactorAdded(user_id=user_id, kind=PASSKEY), at=at)
        _record("identity.add_passkey", user_id, by, at)
        return str(kept["id"])


@transaction.atomic
def rename_passkey(*, user_id: UUID, passkey: str, name: str, by: str, at: datetime) -> None:
    """:raises PasskeyNotFound: if it is not theirs"""
    label = clean_line(name, field="name", length_max=NAME_LENGTH_MAX)
    row = passkey_of(user_id, passkey)
    row.data["name"] = encrypt(label)
    row.save(update_fields=["data"])
    _record("identity.rename_passkey", user_id, by, at)


def passkey_of(user_id: UUID, passkey: str) -> Any:
    """
    The row of a passkey, locked.

    :raises PasskeyNotFound: if it is not theirs
    """
    rows = Authenticator.objects.select_for_update().filter(
        user_id=user_id, type=Authenticator.Type.WEBAUTHN
    )
    found = next((row for row in rows if row.data["credential"]["id"] == passkey), None)
    if found is None:
        raise PasskeyNotFound
    return found


def ask_for_passkey(challenge: Challenge, *, host: str) -> dict[str, Any]:
    """
    Ask for a passkey, in the caller's transaction. Of nobody's challenge: for any passkey of this
    site, and then its device has to have recognised its owner.

    :return: what `navigator.credentials.get` needs
    """
    if challenge.user_id is None:
        known, verification = None, UserVerificationRequirement.REQUIRED
    else:
        known, verification = (
            _credentials(challenge.user_id),
            UserVerificationRequirement.PREFERRED,
        )
    options, state = _server(host).authenticate_begin(known, verification)
    challenge.state = _plain(state)
    challenge.save(update_fields=["state"])
    return dict(options)


def check_passkey(
    challenge: Challenge, credential: Mapping[str, Any], *, host: str, at: datetime
) -> UUID:
    """
    Look at what a passkey has signed, in the caller's transaction, and tell whose it is.

    :raises PasskeyWrong: if it is nobody's, or was not signed for this challenge and this site
    """
    try:
        answer = AuthenticationResponse.from_dict(dict(credential))
        user_id = challenge.user_id or UUID(bytes=answer.response.user_handle or b"")
        credentials = _credentials(user_id)
        _server(host).authenticate_complete(challenge.state, credentials, answer)
        row = passkey_of(user_id, str(dict(credential)["id"]))
    except (ValueError, TypeError, KeyError, AttributeError, PasskeyNotFound):
        raise _wrong() from None
    count = answer.response.authenticator_data.counter
    if 0 < count <= row.data.get("sign_count", 0):
        # The device has signed as often before: there is a copy of it.
        raise _wrong()
    _note_count(row, count)
    row.last_used_at = at
    row.save(update_fields=["last_used_at"])
    return user_id


def _note_count(row: Any, count: int) -> None:
    row.data["sign_count"] = count
    row.save(update_fields=["data"])


def _server(host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="Lamplighter"))


def _credentials(user_id: UUID) -> list[AttestedCredentialData]:
    rows = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.WEBAUTHN)
    kept = (WebAuthn(row).authenticator_data.credential_data for row in rows)
    return [one for one in kept if one is not None]


def _holds(user_id: UUID, made: AttestedCredentialData) -> bool:
    return any(one.credential_id == made.credential_id for one in _credentials(user_id))


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON: an enumeration by its value."""
    asked = state["user_verification"]
    return {"challenge": state["challenge"], "user_verification": asked and str(asked.value)}


def _wrong() -> PasskeyWrong:
    return PasskeyWrong(places=(Place(field="credential"),))


def _record(action: str, user_id: UUID, by: str, at: datetime) -> None:
    audit.record(actor=by, action=action, subject=f"user:{user_id}", detail={}, at=at)
