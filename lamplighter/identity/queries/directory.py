"""Who there is. Names and addresses are personal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.identity.models import Membership, User
from lamplighter.identity.models.users import TABLE, email_index
from lamplighter.kernel import Refusal
from lamplighter.platform import personal


class UserUnknown(Refusal):
    """There is no such user."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, as somebody sees them who may."""

    id: UUID
    email: str
    name: str
    email_verified: bool
    is_active: bool
    joined_at: datetime


def users(email: str | None) -> "QuerySet[User]":
    """All users, or the one of this address, however it is written."""
    found = User.objects.all()
    return found if email is None else found.filter(email_index=email_index(email))


def person_called(user_id: UUID) -> Person:
    """:raises UserUnknown: if there is none"""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise UserUnknown
    return people([user])[user.id]


def people(found: Iterable[User]) -> Mapping[UUID, Person]:
    """What is known about users, by their ids, opened in one statement."""
    rows = list(found)
    keys = personal.keyring({user.id for user in rows})
    return {
        user.id: Person(
            id=user.id,
            email=keys.open(user.email, column=f"{TABLE}.email", row=user.id),
            name=keys.open(user.name, column=f"{TABLE}.name", row=user.id),
            email_verified=user.email_verified_at is not None,
            is_active=user.is_active,
            joined_at=user.joined_at,
        )
        for user in rows
    }


def roles_of(user_id: UUID) -> list[tuple[UUID, str]]:
    """The organisations that a user works for, and as what."""
    going_on = Membership.objects.filter(user_id=user_id, until=None).order_by("since", "id")
    return list(going_on.values_list("organisation_id", "role"))
