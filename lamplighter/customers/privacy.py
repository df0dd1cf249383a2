"""What customers tells somebody about themselves, and what it takes away."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from lamplighter.customers import actions, queries
from lamplighter.customers.queries.user_properties import every_property_of
from lamplighter.platform.privacy import Piece, as_json, erases, objects, tells


@tells("customers")
def tell(user_id: UUID) -> Iterator[Piece]:
    yield Piece("accounts.json", lambda: as_json(queries.accounts_of_user(user_id)))
    yield Piece("properties.json", lambda: as_json(every_property_of(user_id)))


@objects
def object_to(user_id: UUID) -> Iterator[str]:
    for account in queries.accounts_held_by(user_id):
        if account.closed_on is None:
            yield f"Account {account.number} is open."


@erases
def erase(user_id: UUID, *, at: datetime) -> None:
    actions.forget_holder(user_id, at=at)
