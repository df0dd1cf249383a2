"""Sessions begin and end."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions.delegations import end_delegations
from lamplighter.identity.events import NewDeviceSeen
from lamplighter.identity.models import KnownDevice, Session
from lamplighter.kernel import Refusal, new_id
from lamplighter.platform import audit, personal
from lamplighter.platform.outbox import publish

LIFETIMES: Final = {
    Session.Kind.BROWSER: timedelta(hours=12),
    Session.Kind.API: timedelta(days=30),
}
TABLE: Final = "identity_session"
SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is known when a session was last used: not each request shall write."""


class SessionNotFound(Refusal):
    """You have no such session."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What somebody logs in with."""

    name: str
    """What the browser or app calls itself."""
    network_address: str
    kind: Session.Kind
    """How it will show who it is."""


@transaction.atomic
def begin_session(*, user_id: UUID, device: Device, factor: str = "", at: datetime) -> UUID:
    """
    Let somebody in who has just proven who they are.

    :param factor: the second factor that they have shown, if any
    """
    session_id = new_id()
    keys = personal.meet({user_id})

    def sealed(column: str, text: str) -> bytes:
        return keys.seal(text, person=user_id, column=f"{TABLE}.{column}", row=session_id)

    Session.objects.create(
        id=session_id,
        user_id=user_id,
        kind=device.kind,
        began_at=at,
        seen_at=at,
        proven_at=at,
        expires_at=at + LIFETIMES[device.kind],
        factor=factor,
        device=sealed("device", device.name[:300]),
        network_address=sealed("network_address", device.network_address),
    )
    _notice_device(user_id, session_id, device, at)
    audit.record(
        actor=f"user:{user_id}",
        action="identity.begin_session",
        subject=f"session:{session_id}",
        detail={"kind": device.kind.value, "factor": factor},
        at=at,
    )
    return session_id


@transaction.atomic
def end_session(*, session_id: UUID, reason: str, by: str, at: datetime) -> bool:
    """End a session, and with it all its tokens; tell whether it had not ended before."""
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


@transaction.atomic
def end_own_session(*, session_id: UUID, user_id: UUID, by: str, at: datetime) -> None:
    """:raises SessionNotFound: if it is over, another's, or was never there"""
    if not Session.objects.filter(id=session_id, user_id=user_id, expires_at__gt=at).exists():
        raise SessionNotFound
    if not end_session(session_id=session_id, reason="ended_by_user", by=by, at=at):
        raise SessionNotFound


@transaction.atomic
def end_sessions(
    *, user_id: UUID, but: UUID | None = None, reason: str, by: str, at: datetime
) -> int:
    """
    End all that somebody has begun, what apps may do for them included, and tell how many sessions
    there were.

    :param but: the one to be left
    """
    ended = end_all(user_id, but=but, reason=reason, at=at)
    audit.record(
        actor=by,
        action="identity.end_sessions",
        subject=f"user:{user_id}",
        detail={"reason": reason, "count": ended},
        at=at,
    )
    return ended


def end_all(user_id: UUID, *, but: UUID | None = None, reason: str, at: datetime) -> int:
    """The same as a part of another action, which writes the line of the audit trail."""
    live = Session.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=at)
    if but is not None:
        live = live.exclude(id=but)
    end_delegations(user_id=user_id)
    return live.update(ended_at=at, end_reason=reason)


def see_session(*, session_id: UUID, at: datetime) -> None:
    """Write down that a session is in use. No audit: it changes nothing for anybody."""
    late = Session.objects.filter(id=session_id, seen_at__lt=at - SEEN_EVERY)
    late.update(seen_at=at)


def _notice_device(user_id: UUID, session_id: UUID, device: Device, at: datetime) -> None:
    """Tell of a device that is new to somebody, unless it is their very first one."""
    index = personal.blind_index("device", f"{device.name}\0{_network(device.network_address)}")
    known = KnownDevice.objects.filter(user_id=user_id)
    if known.filter(index=index).update(last_seen_at=at):
        return
    has_others = known.exists()
    fresh = KnownDevice(user_id=user_id, index=index, first_seen_at=at, last_seen_at=at)
    KnownDevice.objects.bulk_create([fresh], ignore_conflicts=True)
    if has_others:
        publish(NewDeviceSeen(user_id=user_id, session_id=session_id, seen_at=at), at=at)


def _network(address: str) -> str:
    """The network that an address is in: addresses of homes change within theirs."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((one, 24 if one.version == 4 else 48), strict=False))
