"""Refresh tokens: each gets new tokens once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions.challenges import hash_of
from lamplighter.identity.actions.sessions import end_session
from lamplighter.identity.actions.tokens import ACCESS_LIFETIME, access_token
from lamplighter.identity.events import RefreshTokenReused
from lamplighter.identity.models import RefreshToken, Session
from lamplighter.kernel import Refusal
from lamplighter.platform import audit
from lamplighter.platform.outbox import publish

REFRESH_LIFETIME: Final = timedelta(days=14)
"""Of each token. With the session all of them end."""


class RefreshTokenInvalid(Refusal):
    """This refresh token is not one of ours, was used before, or its session has ended."""

    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """By which a session is let in, and how long."""

    access: str
    access_lifetime: timedelta
    refresh: str
    refresh_lifetime: timedelta


def issue_tokens(*, session_id: UUID, at: datetime) -> Tokens:
    """Give a session its tokens, in the caller's transaction if there is one."""
    session = Session.objects.get(id=session_id)
    refresh = secrets.token_urlsafe(32)
    expires_at = min(at + REFRESH_LIFETIME, session.expires_at)
    RefreshToken.objects.create(
        session=session, hash=hash_of(refresh), made_at=at, expires_at=expires_at
    )
    return Tokens(
        access=access_token(user_id=session.user_id, session_id=session_id, at=at),
        access_lifetime=ACCESS_LIFETIME,
        refresh=refresh,
        refresh_lifetime=expires_at - at,
    )


def refresh(*, token: str, at: datetime) -> Tokens:
    """
    Get new tokens for an old one.

    Whoever uses a token twice, be it at the same moment, ends its session: one of the two who have
    it has stolen it, and nobody can tell which.

    :raises RefreshTokenInvalid: if it is none, was used, has expired, or its session has ended
    """
    tokens = _exchange(token, at=at)
    if tokens is None:
        raise RefreshTokenInvalid(remedy="Log in again.")
    return tokens


@transaction.atomic
def _exchange(token: str, *, at: datetime) -> Tokens | None:
    """Nothing, if that is refused: what is written then has to stay."""
    row = RefreshToken.objects.select_for_update().filter(hash=hash_of(token)).first()
    if row is None:
        return None
    if row.used_at is not None:
        _revoke(row.session_id, at)
        return None
    is_live = Session.objects.filter(
        id=row.session_id, ended_at=None, expires_at__gt=at, user__is_active=True
    ).exists()
    if row.expires_at <= at or not is_live:
        return None
    row.used_at = at
    row.save(update_fields=["used_at"])
    Session.objects.filter(id=row.session_id, seen_at__lt=at).update(seen_at=at)
    return issue_tokens(session_id=row.session_id, at=at)


def _revoke(session_id: UUID, at: datetime) -> None:
    session = Session.objects.get(id=session_id)
    by = f"user:{session.user_id}"
    if end_session(session_id=session_id, reason="refresh_reused", by=by, at=at):
        audit.record(
            actor=by,
            action="identity.refresh_token_reused",
            subject=f"session:{session_id}",
            detail={},
            at=at,
        )
        publish(RefreshTokenReused(user_id=session.user_id, session_id=session_id), at=at)
