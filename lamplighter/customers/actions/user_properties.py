"""A user describes the homes that they have."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.actions.places import CommodityUnknown
from lamplighter.customers.models import UsagePoint, UserProperty
from lamplighter.customers.queries.user_properties import ADDRESS, UserPropertyUnknown
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit, personal
from lamplighter.platform.entity_tags import ChangedMeanwhile


class DuplicateProperty(Refusal):
    """This property is there already."""

    status = 409


class UserPropertyMalformed(Refusal):
    """This cannot be a property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedProperty:
    """A home as its user describes it."""

    address: tuple[str, ...]
    """Lines."""
    commodity: str
    meter_number: str
    tariff: str
    """A code that is known."""
    account_id: UUID | None = None
    """One that the user may see."""


@transaction.atomic
def add_user_property(
    described: DescribedProperty, *, user_id: UUID, by: str, at: datetime
) -> UUID:
    """
    Add a home to those of a user.

    :raises UserPropertyMalformed, CommodityUnknown: naming the field that cannot be
    :raises DuplicateProperty: if the user has it already, however it was written
    """
    _check(described)
    row = UserProperty(user_id=user_id, added_at=at)
    _describe(row, described)
    _saved(row, force_insert=True)
    _record(row, "customers.add_user_property", by=by, at=at)
    return row.id


@transaction.atomic
def change_user_property(
    *, property_id: UUID, described: DescribedProperty, revision: int, by: str, at: datetime
) -> None:
    """
    Describe a home anew.

    :param revision: the one that was read before
    :raises UserPropertyUnknown: if there is none of this id
    :raises ChangedMeanwhile: if it is another revision by now
    :raises UserPropertyMalformed, CommodityUnknown, DuplicateProperty: as when it is added
    """
    _check(described)
    row = _held(property_id, revision)
    _describe(row, described)
    row.revision += 1
    _saved(row)
    _record(row, "customers.change_user_property", by=by, at=at)


@transaction.atomic
def remove_user_property(*, property_id: UUID, revision: int, by: str, at: datetime) -> None:
    """
    Forget a home. Accounts and bills stay.

    :param revision: the one that was read before
    :raises UserPropertyUnknown: if there is none of this id
    :raises ChangedMeanwhile: if it is another revision by now
    """
    row = _held(property_id, revision)
    _record(row, "customers.remove_user_property", by=by, at=at)
    row.delete()


def _held(property_id: UUID, revision: int) -> UserProperty:
    row = UserProperty.objects.select_for_update().filter(id=property_id).first()
    if row is None:
        raise UserPropertyUnknown(places=(Place(field="property_id"),))
    if row.revision != revision:
        raise ChangedMeanwhile(remedy="Read it again, and look whether your change still fits.")
    return row


def _check(described: DescribedProperty) -> None:
    lines = described.address
    if not 0 < len("\n".join(lines).strip()) <= 500 or not all(x.isprintable() for x in lines):
        raise _malformed("address", "An address is lines of 1 to 500 characters.")
    meter = described.meter_number
    if not 0 < len(meter.strip()) <= 64 or not meter.isprintable():
        raise _malformed("meter_number", "A meter's number is 1 to 64 characters.")
    if described.commodity not in UsagePoint.Commodity.values:
        raise CommodityUnknown(
            f"{described.commodity!r} is not delivered.", places=(Place(field="commodity"),)
        )


def _malformed(field: str, detail: str) -> UserPropertyMalformed:
    return UserPropertyMalformed(detail, places=(Place(field=field),))


def _describe(row: UserProperty, described: DescribedProperty) -> None:
    address = "\n".join(line.strip() for line in described.address).strip()
    keys = personal.meet({row.user_id})
    row.address = keys.seal(address, person=row.user_id, column=ADDRESS, row=row.id)
    row.commodity = described.commodity
    row.meter_number = described.meter_number.strip()
    row.tariff = described.tariff
    row.account_id = described.account_id
    row.fingerprint = _fingerprint(address, row.commodity, row.meter_number)


def _fingerprint(address: str, commodity: str, meter_number: str) -> str:
    """The same for what differs in case, width, spaces and punctuation only."""
    told = "\0".join(map(_normalised, (address, commodity, meter_number)))
    return personal.blind_index("user-property", told)


def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def _saved(row: UserProperty, **how: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError:
        raise DuplicateProperty(
            "You have a property of this address, commodity and meter number.",
            places=(Place(field="address"),),
        ) from None


def _record(row: UserProperty, action: str, *, by: str, at: datetime) -> None:
    # Where somebody lives is not for a trail that is never erased.
    audit.record(
        actor=by,
        action=action,
        subject=f"user_property:{row.id}",
        detail={"commodity": row.commodity},
        at=at,
    )
