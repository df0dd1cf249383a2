"""Who somebody is."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from lamplighter.identity.models import User
from lamplighter.identity.models.users import TABLE, email_index
from lamplighter.platform import personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user. Personal."""

    id: UUID
    email: str
    name: str


def user_of_email(email: str) -> UUID | None:
    """The user of an e-mail address, if there is one who can log in."""
    found = User.objects.filter(email_index=email_index(email), is_active=True)
    return found.values_list("id", flat=True).first()


def people_of(user_ids: Collection[UUID]) -> dict[UUID, Person]:
    """Who these users are, as many of them as there are."""
    rows = list(User.objects.filter(id__in=set(user_ids)).values_list("id", "email", "name"))
    keys = personal.keyring({row[0] for row in rows})
    return {
        user_id: Person(
            id=user_id,
            email=keys.open(email, column=f"{TABLE}.email", row=user_id),
            name=keys.open(name, column=f"{TABLE}.name", row=user_id),
        )
        for user_id, email, name in rows
    }
