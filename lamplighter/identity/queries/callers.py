"""What somebody may do who has proven who they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lamplighter.identity.domain.permissions import TABLE, Role
from lamplighter.identity.models import Membership, Session
from lamplighter.kernel import Caller, Grant, Reach

_WIDTH: Final = {Reach.OWN: 0, Reach.ORGANISATION: 1, Reach.ALL: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that has not ended."""

    id: UUID
    user_id: UUID
    proven_at: datetime
    seen_at: datetime


def live_session(session_id: UUID, *, at: datetime) -> LiveSession | None:
    """A session, unless it has ended or its user was disabled."""
    live = Session.objects.filter(
        id=session_id, ended_at=None, expires_at__gt=at, user__is_active=True
    )
    row = live.values("id", "user_id", "proven_at", "seen_at").first()
    return None if row is None else LiveSession(**row)


def caller_of_session(session_id: UUID, *, at: datetime) -> Caller | None:
    """Whose session this is, and what they may do now; None if it has ended."""
    live = live_session(session_id, at=at)
    return None if live is None else caller_of_live(live)


def caller_of_live(session: LiveSession) -> Caller:
    """Whose session this is, and what they may do now."""
    return Caller(
        actor=f"user:{session.user_id}",
        grants=grants_of(session.user_id),
        user_id=session.user_id,
        session_id=session.id,
        proven_at=session.proven_at,
    )


def grants_of(user_id: UUID) -> Mapping[str, Grant]:
    """What a user may do, by all their roles."""
    roles = Membership.objects.filter(
        user_id=user_id, until=None, organisation__closed_at=None
    ).values_list("role", "organisation_id")
    return grants_by([(Role.CONSUMER, None), *((Role(role), where) for role, where in roles)])


def grants_by(roles: Iterable[tuple[Role, UUID | None]]) -> Mapping[str, Grant]:
    """What roles allow together: for each action the widest reach, in all organisations."""
    grants: dict[str, Grant] = {}
    for role, organisation_id in roles:
        for action, reach in TABLE[role].items():
            grants[action.value] = _wider(grants.get(action.value), reach, organisation_id)
    return grants


def _wider(known: Grant | None, reach: Reach, where: UUID | None) -> Grant:
    places = frozenset({where}) if reach is Reach.ORGANISATION and where else frozenset()
    if known is None:
        return Grant(reach=reach, organisation_ids=places)
    widest = max(known.reach, reach, key=_WIDTH.__getitem__)
    return Grant(reach=widest, organisation_ids=known.organisation_ids | places)
