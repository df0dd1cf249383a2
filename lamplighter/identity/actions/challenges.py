"""Challenges: what somebody has to show before something happens."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import F, QuerySet

from lamplighter.identity.actions import limits
from lamplighter.identity.domain.limits import (
    CODE_DIGITS,
    CODE_LIFETIME,
    CODE_OF,
    CODE_TRIES,
    SEND_TO,
)
from lamplighter.identity.events import CodeWanted
from lamplighter.identity.models import Challenge, User
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal, stored_secrets
from lamplighter.platform.outbox import publish

TABLE: Final = "identity_challenge"
Purpose = Challenge.Purpose


STRANGERS: Final = frozenset({Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD, Purpose.PASSKEY})
"""
Purposes of those who have not shown anything yet. What they are told may not depend on whether the
address is anybody's, so how often they may try is limited by how often they may ask.
"""


class ChallengeOver(Refusal):
    """This challenge is over, was tried too often, or was never there."""

    status = 410


class CodeWrong(Refusal):
    """This code is wrong, or was used before."""


def open_challenge(
    purpose: Purpose,
    *,
    user_id: UUID | None,
    about: str = "",
    target: str | None = None,
    state: Mapping[str, Any] | None = None,
    at: datetime,
) -> tuple[Challenge, str]:
    """
    Begin a challenge, in the caller's transaction, and end those of the same purpose.

    :param user_id: None: nobody's, and never met by a code
    :param about: the e-mail address that a stranger has named, be it anybody's or not
    :param target: what is to happen to, such as a new e-mail address
    :return: the challenge, and the handle by which whoever has asked names it
    """
    handle = secrets.token_urlsafe(32)
    challenge = Challenge(
        user_id=user_id,
        purpose=purpose,
        handle_hash=hash_of(handle),
        about=personal.blind_index("challenge", about) if about else "",
        state=dict(state or {}),
        tries_left=CODE_TRIES,
        made_at=at,
        expires_at=at + CODE_LIFETIME,
    )
    if user_id is not None:
        # Two at once: the second one waits here, and ends the first one.
        list(User.objects.select_for_update().filter(id=user_id).values_list("id"))
    if target is not None:
        challenge.target = sealed(challenge, "target", target)
    _end_those_before(challenge)
    challenge.save(force_insert=True)
    return challenge, handle


def _end_those_before(challenge: Challenge) -> None:
    """Nobody's challenges end as somebody's do: they are known by what they are about."""
    live = Challenge.objects.filter(purpose=challenge.purpose, done_at=None, tries_left__gt=0)
    if challenge.about:
        live.filter(about=challenge.about).update(tries_left=0, code=None)
    if challenge.user_id is not None:
        live.filter(user_id=challenge.user_id).update(tries_left=0, code=None)


def want_code(challenge: Challenge, *, channel: str, at: datetime) -> None:
    """
    Make a code and have it sent, in the caller's transaction; one before is no longer good.

    Of nobody's challenge nothing is sent.
    """
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    challenge.code_hash, challenge.channel = code_hash(challenge.id, code), channel
    if challenge.user_id is not None:
        challenge.code = sealed(challenge, "code", code)
        publish(CodeWanted(challenge_id=challenge.id), at=at)
    challenge.save(update_fields=["code_hash", "channel", "code"])


def may_send(user_id: UUID, *, at: datetime) -> None:
    """:raises TooManyAttempts: if somebody was sent too many codes of late"""
    limits.count([(SEND_TO, str(user_id))], at=at)


def take_try(*, handle: str, purposes: Collection[Purpose], at: datetime) -> UUID:
    """
    Take one of a challenge's tries. It is committed before anybody looks at the code, so that a
    hundred at once are no more than there are tries.

    :raises ChallengeOver: if there is no such challenge that is still open
    :raises TooManyAttempts: if there were too many wrong codes for this user, over all challenges
    """
    row = _open(at).filter(handle_hash=hash_of(handle), purpose__in=purposes)
    found = row.values_list("id", "user_id", "purpose").first()
    if found is None:
        raise over()
    challenge_id, user_id, purpose = found
    if purpose not in STRANGERS:
        limits.count([(CODE_OF, str(user_id))], at=at)
    if not row.filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1):
        raise over()
    return challenge_id


def close(challenge_id: UUID, *, at: datetime) -> Challenge:
    """
    Lock a challenge that a try was taken of, to be done with it in the caller's transaction. If
    that fails it is open again.

    :raises ChallengeOver: if somebody else was quicker
    """
    row = Challenge.objects.select_for_update().filter(id=challenge_id, done_at=None)
    challenge = row.filter(expires_at__gt=at).first()
    if challenge is None:
        raise over()
    challenge.done_at, challenge.code = at, None
    challenge.save(update_fields=["done_at", "code"])
    if challenge.purpose not in STRANGERS:
        limits.forgive([(CODE_OF, str(challenge.user_id))], at=at)
    return challenge


def check_code(challenge: Challenge, code: str) -> None:
    """:raises CodeWrong: if it is not the challenge's"""
    is_right = hmac.compare_digest(
        challenge.code_hash, code_hash(challenge.id, "".join(code.split()))
    )
    if not is_right or challenge.user_id is None:
        raise CodeWrong(places=(Place(field="code"),))


def meet(challenge_id: UUID, code: str, *, at: datetime) -> Challenge:
    """
    Meet a challenge that a try was taken of by the code that was sent, in the caller's transaction.

    :raises ChallengeOver, CodeWrong: see `close` and `check_code`
    """
    challenge = close(challenge_id, at=at)
    check_code(challenge, code)
    return challenge


def _open(at: datetime) -> QuerySet[Challenge]:
    return Challenge.objects.filter(done_at=None, expires_at__gt=at)


def whose(challenge: Challenge) -> UUID:
    """:raises ChallengeOver: if it is nobody's"""
    if challenge.user_id is None:
        raise over()
    return challenge.user_id


def over() -> ChallengeOver:
    return ChallengeOver(remedy="Begin again.", places=(Place(field="challenge"),))


def hash_of(token: str) -> str:
    """SHA-256, in hexadecimal, of something random that nobody guesses."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_hash(challenge_id: UUID, code: str) -> str:
    """Keyed: a million codes are soon tried by who has a copy of the database."""
    key = stored_secrets.secret("codes")
    return hmac.digest(key, challenge_id.bytes + code.encode(), "sha256").hex()


def sealed(challenge: Challenge, column: str, text: str) -> bytes:
    """Seal a text of a challenge; to be assigned."""
    person = whose(challenge)
    keys = personal.meet({person})
    return keys.seal(text, person=person, column=f"{TABLE}.{column}", row=challenge.id)


def opened(challenge: Challenge, column: str) -> str:
    """Read a text of a challenge."""
    text: bytes = getattr(challenge, column)
    keys = personal.keyring({whose(challenge)})
    return keys.open(text, column=f"{TABLE}.{column}", row=challenge.id)
