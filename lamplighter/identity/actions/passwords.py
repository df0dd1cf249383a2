"""Somebody forgets a password, or takes another one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions import challenges, limits
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.limits import AccountLocked
from lamplighter.identity.actions.prove_identity import InvalidCredentials
from lamplighter.identity.actions.registering import verified
from lamplighter.identity.actions.second_factors import check_otp
from lamplighter.identity.actions.sessions import end_sessions
from lamplighter.identity.actions.users import check_password, checked_email
from lamplighter.identity.domain.limits import ASK_ABOUT, ASK_NETWORK, LOG_IN_TO
from lamplighter.identity.domain.passwords import PASSWORD_BYTES_MAX, PASSWORD_LENGTH_MIN
from lamplighter.identity.events import PasswordChanged
from lamplighter.identity.models import Session, User
from lamplighter.identity.models.users import email_index
from lamplighter.identity.queries.factors import EMAIL, has_second_factor
from lamplighter.platform import audit
from lamplighter.platform.outbox import publish


def forget_password(*, email: str, address: str, at: datetime) -> str:
    """
    Send somebody the code by which they may choose a new password. Whether the address is
    anybody's is not told.

    :return: the handle of the challenge
    :raises EmailMalformed: if no mail could be sent there
    :raises TooManyAttempts: if that was asked too often
    """
    spelt = checked_email(email)
    limits.count([(ASK_ABOUT, spelt), (ASK_NETWORK, address)], at=at)
    known = User.objects.filter(email_index=email_index(spelt), is_active=True)
    with transaction.atomic():
        user_id = known.values_list("id", flat=True).first()
        challenge, handle = challenges.open_challenge(
            Purpose.RESET_PASSWORD, user_id=user_id, about=spelt, at=at
        )
        challenges.want_code(challenge, channel=EMAIL, at=at)
        return handle


def reset_password(*, handle: str, code: str, password: str, at: datetime) -> None:
    """
    Choose a new password by the code that was sent. All sessions end; the address is verified by
    it. A second factor is still asked for at the next log-in.

    :raises ChallengeOver, CodeWrong, TooManyAttempts: see `challenges`
    :raises PasswordUnfit: if it is not safe enough
    """
    check_password(password, has_second_factor=True)
    taken = challenges.take_try(handle=handle, purposes=[Purpose.RESET_PASSWORD], at=at)
    with transaction.atomic():
        user_id = challenges.whose(challenges.meet(taken, code, at=at))
        _set(_locked(user_id), password)
        verified(user_id, at=at)
        by = f"user:{user_id}"
        end_sessions(user_id=user_id, reason="password_reset", by=by, at=at)
        publish(PasswordChanged(user_id=user_id, by_code=True), at=at)
        _record("identity.reset_password", user_id, by, at)


def change_password(
    *, user_id: UUID, session_id: UUID | None, current: str, new: str, by: str, at: datetime
) -> None:
    """
    Take another password. All sessions but this one end.

    :raises InvalidCredentials: if the current one is another
    :raises AccountLocked: if that was wrong too often
    :raises PasswordUnfit: if the new one is not safe enough
    """
    check_own_password(user_id=user_id, password=current, at=at)
    with transaction.atomic():
        _set(_locked(user_id), new)
        end_sessions(user_id=user_id, but=session_id, reason="password_changed", by=by, at=at)
        publish(PasswordChanged(user_id=user_id, by_code=False), at=at)
        _record("identity.change_password", user_id, by, at)


def check_own_password(*, user_id: UUID, password: str, at: datetime) -> None:
    """
    :raises InvalidCredentials: if it is not the user's
    :raises AccountLocked: if it was wrong too often
    """
    own = [(LOG_IN_TO, f"own:{user_id}")]
    limits.count(own, at=at, refusal=AccountLocked)
    fits = len(password.encode(errors="replace")) <= PASSWORD_BYTES_MAX
    if not fits or not User.objects.get(id=user_id).check_password(password):
        raise InvalidCredentials("This is not your password.")
    limits.forgive(own, at=at)


def prove_again(
    *, user_id: UUID, session_id: UUID, password: str = "", otp: str = "", at: datetime
) -> None:
    """
    Prove once more who one is, in a session: by the password, or by a code of an authenticator
    app or a recovery code.

    :raises InvalidCredentials, AccountLocked: see `check_own_password`
    :raises CodeWrong, TooManyAttempts: see `check_otp`
    """
    if otp:
        check_otp(user_id=user_id, otp=otp, at=at)
    else:
        check_own_password(user_id=user_id, password=password, at=at)
    with transaction.atomic():
        Session.objects.filter(id=session_id, user_id=user_id).update(proven_at=at)
        audit.record(
            actor=f"user:{user_id}",
            action="identity.prove_again",
            subject=f"session:{session_id}",
            detail={"by": "otp" if otp else "password"},
            at=at,
        )


def _locked(user_id: UUID) -> User:
    """Locked, so that nobody takes the last second factor away meanwhile."""
    return User.objects.select_for_update().get(id=user_id)


def _set(user: User, password: str) -> None:
    check_password(password, has_second_factor=has_second_factor(user.id))
    user.set_password(password)
    user.password_is_short = len(password) < PASSWORD_LENGTH_MIN
    user.save(update_fields=["password", "password_is_short"])


def _record(action: str, user_id: UUID, by: str, at: datetime) -> None:
    audit.record(actor=by, action=action, subject=f"user:{user_id}", detail={}, at=at)
