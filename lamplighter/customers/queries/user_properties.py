"""Homes as their users describe them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.customers.domain import Sight
from lamplighter.customers.queries.accounts import seen
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal
from lamplighter.platform.paging import Asked, page_of

ADDRESS: Final = "customers_userproperty.address"
_COLUMNS: Final = (
    "id", "user_id", "address", "commodity", "meter_number", "tariff", "account_id", "revision",
    "added_at",
)  # fmt: skip


class UserPropertyUnknown(Refusal):
    """There is no such property."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProperty:
    """A home as its user describes it."""

    id: UUID
    user_id: UUID
    address: tuple[str, ...]
    """Lines. Personal."""
    commodity: str
    meter_number: str
    tariff: str
    account_id: UUID | None
    account: str | None
    """Its number; None: none, or one that is out of sight by now."""
    revision: int
    added_at: datetime


def user_property(property_id: UUID, sight: Sight) -> UserProperty:
    """
    Find a property that somebody may see: their own, or any.

    :raises UserPropertyUnknown: if there is none of this id, as far as they can see
    """
    rows = list(_in_sight(sight).filter(id=property_id).values_list(*_COLUMNS))
    if not rows:
        raise UserPropertyUnknown(places=(Place(field="property_id"),))
    return _told(rows, sight)[0]


def user_properties(
    user_id: UUID, *, sight: Sight, asked: Asked
) -> tuple[tuple[UserProperty, ...], str | None]:
    """
    A page of the properties of a user, the first that was added first, and the next page's cursor.

    Nothing, if somebody may not see those of this user.
    """
    found = _in_sight(sight).filter(user_id=user_id)
    page = page_of(found, _COLUMNS, order=("id",), asked=asked)
    return _told(page.rows, sight), page.next


def _in_sight(sight: Sight) -> "QuerySet[models.UserProperty]":
    if sight.everything:
        return models.UserProperty.objects.all()
    if sight.user_id is None:
        return models.UserProperty.objects.none()
    return models.UserProperty.objects.filter(user_id=sight.user_id)


def _told(rows: Sequence[tuple[Any, ...]], sight: Sight) -> tuple[UserProperty, ...]:
    facts = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    keys = personal.keyring({one["user_id"] for one in facts})
    linked = {one["account_id"] for one in facts} - {None}
    numbers = dict(seen(sight).filter(id__in=linked).values_list("id", "number"))
    return tuple(
        UserProperty(
            **one
            | {
                "address": tuple(
                    keys.open(one["address"], column=ADDRESS, row=one["id"]).split("\n")
                ),
                "account": numbers.get(one["account_id"]),
            }
        )
        for one in facts
    )
