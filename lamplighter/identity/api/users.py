"""Users, for those who look after them, over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from lamplighter.identity.actions import disabling
from lamplighter.identity.api.permissions import HeldRoleOut
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries.directory import Person, people, person_called, roles_of, users
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import note_list_read, note_read, tell
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, Limit, PageOut, reads, refusals

router = Router(tags=["users"])
Exactly = Annotated[
    str | None,
    Query(max_length=254, pattern=r"^[^\x00-\x20\x7f]+$", description="Exactly, in any case."),
]


class UserOut(Schema):
    """A user. Name and address are personal."""

    id: UUID
    email: str
    name: str
    email_verified: bool
    is_active: bool
    joined_at: datetime


class UserWholeOut(UserOut):
    """A user, and what they are to whom."""

    roles: list[HeldRoleOut] = Field(description="Beside that of a customer, which everybody has.")


class EndedOut(Schema):
    """How many sessions have ended."""

    sessions: int


@router.get(
    "",
    auth=needs(Action.READ_USERS),
    response=reads(PageOut[UserOut]),
    operation_id="list_users",
)
def list_users(
    request: HttpRequest, email: Exactly = None, after: After = None, limit: Limit = 50
) -> HttpResponse:
    """Users, the newest first; or the one of an e-mail address."""
    order = order_of(None, {}, tie="-id")
    rows, following = page(users(email), order=order, after=after, limit=limit)
    shown = (f"user:{row.id}" for row in rows)
    note_list_read(request, "users", shown, at=timezone.now())
    known = people(rows)
    told = PageOut(
        items=[UserOut(**_facts(known[row.id])) for row in rows],
        next=cursor(order, [rows[-1].id]) if following else None,
    )
    return tell(request, told)


@router.get(
    "/{uuid:user_id}",
    auth=needs(Action.READ_USERS),
    response={200: UserWholeOut, **refusals(404)},
    operation_id="read_user",
)
def read_user(request: HttpRequest, user_id: UUID) -> UserWholeOut:
    """One of them."""
    person = person_called(user_id)
    note_read(request, f"user:{user_id}", at=timezone.now())
    roles = [HeldRoleOut(organisation_id=where, role=role) for where, role in roles_of(user_id)]
    return UserWholeOut(roles=roles, **_facts(person))


@router.post(
    "/{uuid:user_id}/disable",
    auth=needs(Action.CHANGE_USERS),
    response={204: None, **refusals(404, 409)},
    operation_id="disable_user",
)
def disable_user(request: HttpRequest, user_id: UUID) -> Status[None]:
    """Let somebody in no more; all their sessions and apps end at once."""
    disabling.disable_user(user_id, by=caller(request), at=timezone.now())
    return Status(204, None)


@router.post(
    "/{uuid:user_id}/enable",
    auth=needs(Action.CHANGE_USERS),
    response={204: None, **refusals(404, 409)},
    operation_id="enable_user",
)
def enable_user(request: HttpRequest, user_id: UUID) -> Status[None]:
    """Let somebody in again."""
    disabling.enable_user(user_id, by=caller(request), at=timezone.now())
    return Status(204, None)


@router.post(
    "/{uuid:user_id}/sessions/end",
    auth=needs(Action.CHANGE_USERS),
    response={200: EndedOut, **refusals(404)},
    operation_id="end_sessions_of_user",
)
def end_sessions(request: HttpRequest, user_id: UUID) -> EndedOut:
    """Log somebody out everywhere, of apps that act for them, too."""
    ended = disabling.end_sessions_of(user_id, by=caller(request), at=timezone.now())
    return EndedOut(sessions=ended)


def _facts(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in UserOut.model_fields}
