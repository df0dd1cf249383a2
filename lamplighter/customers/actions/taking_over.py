"""Many at once: when a utility moves in from another system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.actions.accounts import AccountAlreadyKnown
from lamplighter.customers.actions.new_accounts import NewAccount, check_new
from lamplighter.customers.actions.places import (
    UsagePointAlreadyKnown,
    check_place,
    check_point,
)
from lamplighter.customers.actions.sealing import insert_accounts, insert_places
from lamplighter.customers.events import AccountOpened, UsagePointAdded
from lamplighter.customers.models import UsagePoint
from lamplighter.kernel import new_id
from lamplighter.platform import audit, outbox
from lamplighter.platform.bulk import insert_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlace:
    """A place that is served, and the usage points there: reference and commodity of each."""

    address: str
    time_zone: str
    usage_points: tuple[tuple[str, str], ...]


@transaction.atomic
def take_over_accounts(accounts: Sequence[NewAccount], *, by: str, at: datetime) -> list[UUID]:
    """
    Open all of these accounts, or none.

    :return: their ids, in the same order
    :raises AccountMalformed: naming row and field
    :raises AccountAlreadyKnown: if a number is there already, or twice among them
    """
    for row, new in enumerate(accounts, start=1):
        check_new(new, row=row)
    ids = [new_id() for _ in accounts]
    try:
        with transaction.atomic():
            insert_accounts(list(zip(ids, accounts, strict=True)))
    except IntegrityError:
        raise AccountAlreadyKnown(
            "One of these numbers is another account's.",
            remedy="Leave out the accounts that are there already.",
        ) from None
    outbox.publish_all(
        [
            AccountOpened(account_id=key, number=new.number)
            for key, new in zip(ids, accounts, strict=True)
        ],
        at=at,
    )
    _record(f"{len(ids)} accounts", "customers.take_over_accounts", len(ids), by=by, at=at)
    return ids


@transaction.atomic
def take_over_places(places: Sequence[NewPlace], *, by: str, at: datetime) -> list[list[UUID]]:
    """
    Begin to serve all of these places, or none.

    :return: the ids of the usage points of each, in the same order
    :raises AddressMalformed, TimeZoneUnknown, ReferenceMalformed, CommodityUnknown: for what
        cannot be
    :raises UsagePointAlreadyKnown: if a reference is there already, or twice among them
    """
    for place in places:
        check_place(place.address, place.time_zone)
        for reference, commodity in place.usage_points:
            check_point(reference, commodity)
    locations = [(new_id(), place.address.strip(), place.time_zone) for place in places]
    points = [
        [(new_id(), location[0], *point) for point in place.usage_points]
        for location, place in zip(locations, places, strict=True)
    ]
    rows = [point for some in points for point in some]
    try:
        with transaction.atomic():
            insert_places(locations)
            columns = ("id", "service_location_id", "reference", "commodity")
            insert_rows(UsagePoint, columns, rows)
    except IntegrityError:
        raise UsagePointAlreadyKnown(
            "One of these references is another usage point's.",
            remedy="Leave out the usage points that are there already.",
        ) from None
    outbox.publish_all(
        [UsagePointAdded(usage_point_id=r[0], reference=r[2], commodity=r[3]) for r in rows], at=at
    )
    _record(f"{len(rows)} points", "customers.take_over_places", len(rows), by=by, at=at)
    return [[point[0] for point in some] for some in points]


def _record(subject: str, action: str, count: int, *, by: str, at: datetime) -> None:
    audit.record(actor=by, action=action, subject=subject, detail={"count": count}, at=at)
