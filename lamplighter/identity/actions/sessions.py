"""Sessions begin and end."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.models import Session
from lamplighter.kernel import new_id
from lamplighter.platform import audit, personal

LIFETIMES: Final = {
    Session.Kind.BROWSER: timedelta(hours=12),
    Session.Kind.API: timedelta(days=30),
}
TABLE: Final = "identity_session"


@transaction.atomic
def begin_session(
    *,
    user_id: UUID,
    kind: Session.Kind,
    device: str,
    network_address: str,
    at: datetime,
    factor: str = "",
) -> UUID:
    """
    Let somebody in who has just proven who they are.

    :param device: what the browser or app calls itself
    :param factor: the second factor that they have shown, if any
    """
    session_id = new_id()
    keys = personal.meet({user_id})

    def sealed(column: str, text: str) -> bytes:
        return keys.seal(text, person=user_id, column=f"{TABLE}.{column}", row=session_id)

    Session.objects.create(
        id=session_id,
        user_id=user_id,
        kind=kind,
        began_at=at,
        seen_at=at,
        proven_at=at,
        expires_at=at + LIFETIMES[kind],
        factor=factor,
        device=sealed("device", device[:300]),
        network_address=sealed("network_address", network_address),
    )
    audit.record(
        actor=f"user:{user_id}",
        action="identity.begin_session",
        subject=f"session:{session_id}",
        detail={"kind": kind.value, "factor": factor},
        at=at,
    )
    return session_id


@transaction.atomic
def end_session(*, session_id: UUID, reason: str, by: str, at: datetime) -> bool:
    """End a session, and with it all its tokens. Whether it had not ended before."""
    ended = Session.objects.filter(id=session_id, ended_at=None).update(
        ended_at=at, end_reason=reason
    )
    if ended:
        audit.record(
            actor=by,
            action="identity.end_session",
            subject=f"session:{session_id}",
            detail={"reason": reason},
            at=at,
        )
    return bool(ended)
