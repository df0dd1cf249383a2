"""What somebody may do who has proven who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import connection

from lamplighter.identity.domain.permissions import TABLE, Role
from lamplighter.identity.models import Membership
from lamplighter.kernel import Caller, Grant, Reach

_WIDTH: Final = {Reach.OWN: 0, Reach.ORGANISATION: 1, Reach.ALL: 2}


_LIVE: Final = """
SELECT live.user_id, live.proven_at, live.seen_at, member.role, member.organisation_id
FROM identity_session live
JOIN identity_user owner ON owner.id = live.user_id AND owner.is_active
LEFT JOIN identity_membership member ON member.user_id = owner.id AND member.until IS NULL
    AND EXISTS (SELECT 1 FROM identity_organisation known
                WHERE known.id = member.organisation_id AND known.closed_at IS NULL)
WHERE live.id = %s AND live.ended_at IS NULL AND live.expires_at > %s
"""
"""A session, once for each role of its user, or once without. Every request asks this, so it is
written as it is sent: to put it together anew each time would take longer than to answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that has not ended, of a user who was not disabled."""

    id: UUID
    user_id: UUID
    proven_at: datetime
    seen_at: datetime
    roles: tuple[tuple[Role, UUID | None], ...]
    """Of its user, and in which organisation they have them."""


def live_session(session_id: UUID, *, at: datetime) -> LiveSession | None:
    """A session, unless it has ended or its user was disabled."""
    key = session_id if connection.features.has_native_uuid_field else session_id.hex
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [key, connection.ops.adapt_datetimefield_value(at)])
        rows = cursor.fetchall()
    if not rows:
        return None
    user_id, proven_at, seen_at = rows[0][:3]
    return LiveSession(
        id=session_id,
        user_id=_uuid(user_id),
        proven_at=_moment(proven_at),
        seen_at=_moment(seen_at),
        roles=tuple((Role(role), _uuid(where)) for *_, role, where in rows if role),
    )


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _moment(value: datetime) -> datetime:
    """SQLite keeps a moment without its zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def caller_of_session(session_id: UUID, *, at: datetime) -> Caller | None:
    """Whose session this is, and what they may do now; None if it has ended."""
    live = live_session(session_id, at=at)
    return None if live is None else caller_of_live(live)


def caller_of_live(session: LiveSession) -> Caller:
    """Whose session this is, and what they may do now."""
    return Caller(
        actor=f"user:{session.user_id}",
        grants=grants_by(((Role.CONSUMER, None), *session.roles)),
        user_id=session.user_id,
        session_id=session.id,
        proven_at=session.proven_at,
    )


def grants_of(user_id: UUID, *, within: UUID | None = None) -> Mapping[str, Grant]:
    """
    What a user may do, by all their roles.

    :param within: if not None, only by those in this organisation, and as a customer
    """
    members = Membership.objects.filter(
        user_id=user_id, until=None, organisation__closed_at=None, user__is_active=True
    )
    if within is not None:
        members = members.filter(organisation_id=within)
    roles = members.values_list("role", "organisation_id")
    return grants_by(((Role.CONSUMER, None), *((Role(role), where) for role, where in roles)))


@lru_cache(maxsize=1024)
def grants_by(roles: tuple[tuple[Role, UUID | None], ...]) -> Mapping[str, Grant]:
    """What roles allow together: for each action the widest reach, in all organisations."""
    grants: dict[str, Grant] = {}
    for role, organisation_id in roles:
        for action, reach in TABLE[role].items():
            grants[action.value] = _wider(grants.get(action.value), reach, organisation_id)
    return MappingProxyType(grants)


def _wider(known: Grant | None, reach: Reach, where: UUID | None) -> Grant:
    places = frozenset({where}) if reach is Reach.ORGANISATION and where else frozenset()
    if known is None:
        return Grant(reach=reach, organisation_ids=places)
    widest = max(known.reach, reach, key=_WIDTH.__getitem__)
    return Grant(reach=widest, organisation_ids=known.organisation_ids | places)
