"""Which roles there are, and what the caller may do, over HTTP."""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from lamplighter.identity.actions.members import redeem_invitations
from lamplighter.identity.domain.permissions import (
    ACTIONS,
    FOUR_EYES,
    ROLES,
    ROLES_OF,
    TABLE,
    Action,
)
from lamplighter.identity.queries.directory import roles_of
from lamplighter.kernel import Caller
from lamplighter.platform.access import UnauthorizedAccess, caller, needs
from lamplighter.platform.schemas import refusals

router = Router(tags=["permissions"])


class RoleDescribedOut(Schema):
    """A role, and what it allows."""

    role: str
    name: str
    kinds: list[str]
    """Of organisations in which somebody can have it."""
    allows: dict[str, str]
    """Actions, and over whose things: `own`, `organisation` or `all`."""


class HeldRoleOut(Schema):
    """A role that somebody has."""

    organisation_id: UUID
    role: str


class PermissionOut(Schema):
    """Something that the caller may do."""

    action: str
    words: str
    reach: str
    organisation_ids: list[UUID]
    second_person: bool
    """Whether somebody else has to approve."""


class PermissionsOut(Schema):
    """What the caller may do."""

    roles: list[HeldRoleOut]
    permissions: list[PermissionOut]


class JoinedOut(Schema):
    """Organisations that the caller now works for."""

    organisation_ids: list[UUID]


@router.get(
    "/roles",
    auth=needs(Action.READ_ME),
    response={200: list[RoleDescribedOut], **refusals()},
    operation_id="list_roles",
)
def list_roles(request: HttpRequest) -> list[RoleDescribedOut]:  # noqa: ARG001 - Ninja's shape
    """All roles."""
    return [
        RoleDescribedOut(
            role=role.value,
            name=name,
            kinds=sorted(kind.value for kind, roles in ROLES_OF.items() if role in roles),
            allows={action.value: reach.value for action, reach in TABLE[role].items()},
        )
        for role, name in ROLES.items()
    ]


@router.get(
    "/me/permissions",
    auth=needs(Action.READ_ME),
    response={200: PermissionsOut, **refusals()},
    operation_id="read_my_permissions",
)
def read_my_permissions(request: HttpRequest) -> PermissionsOut:
    """What the caller may do here: by all their roles, and as far as an app may do it for them."""
    known = caller(request)
    return PermissionsOut(
        roles=[
            HeldRoleOut(organisation_id=where, role=role)
            for where, role in (roles_of(known.user_id) if known.user_id else ())
        ],
        permissions=[_permission(known, action) for action in Action if action in known.grants],
    )


@router.post(
    "/me/invitations/redemption",
    auth=needs(Action.SECURE_ME),
    response={200: JoinedOut, **refusals()},
    operation_id="redeem_my_invitations",
)
def redeem_my_invitations(request: HttpRequest) -> JoinedOut:
    """Take the roles that one was invited to by the address that one has verified."""
    user_id = caller(request).user_id
    if user_id is None:
        raise UnauthorizedAccess
    return JoinedOut(organisation_ids=redeem_invitations(user_id=user_id, at=timezone.now()))


def _permission(known: Caller, action: Action) -> PermissionOut:
    grant = known.grants[action]
    return PermissionOut(
        action=action.value,
        words=ACTIONS[action],
        reach=grant.reach.value,
        organisation_ids=sorted(grant.organisation_ids),
        second_person=action in FOUR_EYES,
    )
