"""What somebody may do who has proven who they are."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from lamplighter.identity.domain.permissions import TABLE, Role
from lamplighter.identity.models import Membership, Session
from lamplighter.kernel import Caller, Grant, Reach

_WIDTH: Final = {Reach.OWN: 0, Reach.ORGANISATION: 1, Reach.ALL: 2}


def caller_of_session(session_id: UUID, *, at: datetime) -> Caller | None:
    """Whose session this is, and what they may do now; None if it has ended."""
    live = Session.objects.filter(
        id=session_id, ended_at=None, expires_at__gt=at, user__is_active=True
    )
    row = live.values_list("user_id", "proven_at").first()
    if row is None:
        return None
    user_id, proven_at = row
    return Caller(
        actor=f"user:{user_id}",
        grants=grants_of(user_id),
        user_id=user_id,
        session_id=session_id,
        proven_at=proven_at,
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
