"""What is known about users, readable."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lamplighter.identity.models import Session, User
from lamplighter.identity.models.users import TABLE
from lamplighter.kernel import Refusal
from lamplighter.platform import personal

SESSION_TABLE: Final = "identity_session"


class ProfileNotFound(Refusal):
    """There is no profile: who asks is not a person, or is gone."""

    status = 404


@dataclass(frozen=True, slots=True)
class Texts:
    """What a user's row says about them, opened."""

    email: str
    name: str
    phone: str
    postal_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who somebody is, as they see it themselves."""

    id: UUID
    email: str
    name: str
    phone: str | None
    postal_address: tuple[str, ...]
    language: str
    time_zone: str
    joined_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """Where somebody is logged in, as they see it themselves."""

    id: UUID
    kind: str
    device: str
    network_address: str
    factor: str
    began_at: datetime
    seen_at: datetime
    expires_at: datetime


def texts_of(user: User) -> Texts:
    keys = personal.keyring({user.id})

    def opened(name: str) -> str:
        sealed = getattr(user, name)
        return "" if sealed is None else keys.open(sealed, column=f"{TABLE}.{name}", row=user.id)

    return Texts(opened("email"), opened("name"), opened("phone"), opened("postal_address"))


def profile_of(user_id: UUID | None) -> Profile:
    """
    Who somebody is.

    :raises ProfileNotFound: if it is nobody, or they were erased
    """
    rows = User.objects.filter(erased_at=None)
    user = None if user_id is None else rows.filter(id=user_id).first()
    if user is None:
        raise ProfileNotFound
    texts = texts_of(user)
    return Profile(
        id=user.id,
        email=texts.email,
        name=texts.name,
        phone=texts.phone or None,
        postal_address=tuple(texts.postal_address.splitlines()),
        language=user.language,
        time_zone=user.time_zone,
        joined_at=user.joined_at,
        revision=user.revision,
    )


def sessions_of(user_id: UUID, *, at: datetime) -> list[OwnSession]:
    """Where somebody is logged in, the latest first. They are few."""
    rows = Session.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=at)
    keys = personal.keyring({user_id})

    def opened(row: Session, name: str) -> str:
        return keys.open(getattr(row, name), column=f"{SESSION_TABLE}.{name}", row=row.id)

    return [
        OwnSession(
            id=row.id,
            kind=row.kind,
            device=opened(row, "device"),
            network_address=opened(row, "network_address"),
            factor=row.factor,
            began_at=row.began_at,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )
        for row in rows.order_by("-seen_at", "-id")
    ]
