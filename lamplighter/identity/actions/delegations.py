"""What apps may do for somebody begins, and ends."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.idp.oidc.models import Token
from django.db import IntegrityError, transaction

from lamplighter.identity.models import SpentToken
from lamplighter.identity.queries.delegated import hash_of
from lamplighter.platform import audit

_KEPT_FOR: Final = timedelta(days=31)
"""Longer than a refresh token is good for."""


@transaction.atomic
def record_consent(*, client_id: str, user_id: UUID, scopes: list[str], at: datetime) -> None:
    """Write down that somebody lets an app act for them."""
    audit.record(
        actor=f"user:{user_id}",
        action="identity.consent",
        subject=f"client:{client_id}",
        detail={"scopes": sorted(scopes)},
        at=at,
    )


def end_delegations(*, user_id: UUID, client_id: str | None = None) -> int:
    """
    End what apps may do for somebody, in the caller's transaction: all their tokens are worth
    nothing at once. Returns how many there were.
    """
    tokens = Token.objects.filter(user_id=user_id)
    if client_id is not None:
        tokens = tokens.filter(client_id=client_id)
    return int(tokens.delete()[0])


def spend(token: str, *, at: datetime) -> bool:
    """
    Use up a code or a refresh token, in the transaction in which something is got for it. Whether
    it was not used before; who uses it at the same time waits for the end of that transaction.
    """
    SpentToken.objects.filter(spent_at__lte=at - _KEPT_FOR).delete()
    try:
        with transaction.atomic():
            SpentToken.objects.create(hash=hash_of(token), spent_at=at)
    except IntegrityError:
        return False
    return True


def note_whose(spent: str, *, got: str) -> None:
    """Write down for whom a client acts by what it got for a code or a refresh token."""
    row = Token.objects.filter(type=Token.Type.ACCESS_TOKEN, hash=hash_of(got)).first()
    if row is not None:
        SpentToken.objects.filter(hash=hash_of(spent)).update(
            client_id=row.client_id or "", user_id=row.user_id
        )


@transaction.atomic
def end_stolen(token: str, *, at: datetime) -> None:
    """A code or refresh token was used twice, once by a thief: what came of it ends."""
    spent = SpentToken.objects.filter(hash=hash_of(token), user__isnull=False).first()
    if spent is None or spent.user_id is None:
        return
    ended = end_delegations(user_id=spent.user_id, client_id=spent.client_id)
    audit.record(
        actor=f"client:{spent.client_id}",
        action="identity.end_stolen",
        subject=f"user:{spent.user_id}",
        detail={"client": spent.client_id, "tokens": ended},
        at=at,
    )


def user_refreshed_by(token: str) -> UUID | None:
    """For whom a client acts by this, if it is a refresh token."""
    row = Token.objects.filter(type=Token.Type.REFRESH_TOKEN, hash=hash_of(token)).first()
    return row.user_id if row else None


@transaction.atomic
def end_revoked(*, user_id: UUID, client_id: str, at: datetime) -> None:
    """A client has revoked a refresh token: what it got by it is revoked as well."""
    ended = end_delegations(user_id=user_id, client_id=client_id)
    audit.record(
        actor=f"client:{client_id}",
        action="identity.revoke",
        subject=f"user:{user_id}",
        detail={"tokens": ended},
        at=at,
    )
