"""Who works for an organisation, over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.identity.actions.members import (
    appointment,
    invite,
    remove_member,
)
from lamplighter.identity.domain.permissions import Action, Role
from lamplighter.identity.queries.organisations import (
    invited,
    members,
    memberships,
    organisation_in_sight,
)
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, note_list_read, write_once
from lamplighter.platform.approvals import Proposal
from lamplighter.platform.four_eyes import PROPOSED, proposes
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, In, Limit, PageOut, refusals

router = Router(tags=["members"])
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^\x00-\x20\x7f]+$")]


class MemberIn(In):
    """Somebody who is to work for an organisation."""

    email: Email
    role: Role


class MemberOut(Schema):
    """Somebody who does. Name and address are personal."""

    id: UUID = Field(description="Of this role of theirs: who has two is there twice.")
    user_id: UUID
    name: str
    email: str
    role: str
    since: datetime


class InvitedOut(Schema):
    """Somebody who is to, once they have registered. Personal."""

    id: UUID
    email: str
    role: str
    made_at: datetime
    expires_at: datetime


class InvitationOut(Schema):
    """What became of an invitation."""

    membership: UUID | None = Field(None, description="They had registered: they have the role.")
    invitation: UUID | None = Field(None, description="They get it once they have registered.")


@router.get(
    "/{uuid:organisation_id}/members",
    auth=needs(Action.READ_MEMBERS),
    response={200: PageOut[MemberOut], **refusals(404, 422)},
    operation_id="list_members",
)
def list_members(
    request: HttpRequest, organisation_id: UUID, after: After = None, limit: Limit = 50
) -> PageOut[MemberOut]:
    """Who works for it, and as what."""
    organisation = organisation_in_sight(organisation_id, caller(request).grant)
    order = order_of(None, {}, tie="id")
    rows, following = page(memberships(organisation.id), order=order, after=after, limit=limit)
    note_list_read(
        request,
        f"organisation:{organisation.id}",
        (f"user:{row.user_id}" for row in rows),
        at=timezone.now(),
    )
    return PageOut(
        items=[MemberOut.from_orm(member) for member in members(rows)],
        next=cursor(order, [rows[-1].id]) if following else None,
    )


@router.get(
    "/{uuid:organisation_id}/invitations",
    auth=needs(Action.CHANGE_MEMBERS),
    response={200: list[InvitedOut], **refusals(404)},
    operation_id="list_invitations",
)
def list_invitations(request: HttpRequest, organisation_id: UUID) -> list[InvitedOut]:
    """Who has not registered yet."""
    organisation = organisation_in_sight(organisation_id, caller(request).grant)
    at = timezone.now()
    found = invited(organisation.id, at=at)
    shown = (f"invitation:{one.id}" for one in found)
    note_list_read(request, f"organisation:{organisation.id}", shown, at=at)
    return [InvitedOut.from_orm(one) for one in found]


@router.post(
    "/{uuid:organisation_id}/members",
    auth=needs(Action.CHANGE_MEMBERS),
    response={201: InvitationOut, **refusals(404, 409, 422)},
    operation_id="invite_member",
)
def invite_member(
    request: HttpRequest, organisation_id: UUID, member: MemberIn, key: Key = None
) -> Status[dict[str, Any]]:
    """Give somebody a role; who has not registered yet gets it then."""
    at = timezone.now()

    def act() -> dict[str, Any]:
        made = invite(
            organisation_id, email=member.email, role=member.role, by=caller(request), at=at
        )
        return dict(made)

    return Status(201, write_once(request, key, act, at=at))


@router.post(
    "/{uuid:organisation_id}/administrators",
    auth=needs(Action.APPOINT_ADMINISTRATORS),
    response=PROPOSED,
    operation_id="propose_administrator",
)
@proposes("identity.appoint")
def propose_administrator(
    request: HttpRequest,
    organisation_id: UUID,
    member: MemberIn,
    key: Key = None,  # noqa: ARG001
) -> Proposal:
    """
    Propose to make somebody an administrator, or the owner of a merchant. They have registered, and
    verified their address; it is done once somebody else has approved.
    """
    return appointment(organisation_id, email=member.email, role=member.role, by=caller(request))


@router.delete(
    "/{uuid:organisation_id}/members/{uuid:member_id}",
    auth=needs(Action.CHANGE_MEMBERS),
    response={204: None, **refusals(404, 409)},
    operation_id="remove_member",
)
def delete_member(request: HttpRequest, organisation_id: UUID, member_id: UUID) -> Status[None]:
    """Take a role away, or an invitation back."""
    remove_member(organisation_id, member_id, by=caller(request), at=timezone.now())
    return Status(204, None)
