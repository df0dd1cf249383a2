"""Places that are served, and the points at which."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.customers.events import UsagePointAdded
from lamplighter.customers.models import ServiceLocation, UsagePoint
from lamplighter.customers.queries import ServiceLocationUnknown
from lamplighter.kernel import Place, Refusal, time_zone_named
from lamplighter.platform import audit, outbox


class AddressMalformed(Refusal):
    """An address is one line of 1 to 500 characters."""


class TimeZoneUnknown(Refusal):
    """This is not a time zone."""


class ReferenceMalformed(Refusal):
    """A usage point's reference is 1 to 64 visible characters."""


class CommodityUnknown(Refusal):
    """This commodity is not delivered."""


class UsagePointAlreadyKnown(Refusal):
    """There is a usage point of this reference already."""

    status = 409


@transaction.atomic
def add_service_location(*, address: str, time_zone: str, by: str, at: datetime) -> UUID:
    """
    Begin to serve a place.

    :param time_zone: by whose clocks its days begin, a name of the IANA database
    :raises AddressMalformed: if it is empty, too long or of several lines
    :raises TimeZoneUnknown: if the name is not in the database
    """
    check_place(address, time_zone)
    location = ServiceLocation.objects.create(address=address.strip(), time_zone=time_zone)
    # Where somebody lives is not for a trail that is never erased.
    audit.record(
        actor=by,
        action="customers.add_service_location",
        subject=f"service_location:{location.id}",
        detail={"time_zone": time_zone},
        at=at,
    )
    return location.id


@transaction.atomic
def add_usage_point(
    *, service_location_id: UUID, reference: str, commodity: str, by: str, at: datetime
) -> UUID:
    """
    Let a commodity be delivered to a service location, or taken from it, and be metered.

    :param reference: the number the industry knows the point by: NMI, EAN, MPAN, POD
    :raises ServiceLocationUnknown: if there is none of this id
    :raises ReferenceMalformed: if it has spaces, or is too long or empty
    :raises CommodityUnknown: if it is none of `UsagePoint.Commodity`
    :raises UsagePointAlreadyKnown: if the reference is another point's
    """
    if not ServiceLocation.objects.filter(id=service_location_id).exists():
        raise ServiceLocationUnknown(places=(Place(field="service_location_id"),))
    check_point(reference, commodity)
    point = _created(service_location_id, reference, commodity)
    outbox.publish(
        UsagePointAdded(usage_point_id=point.id, reference=reference, commodity=commodity), at=at
    )
    audit.record(
        actor=by,
        action="customers.add_usage_point",
        subject=f"usage_point:{point.id}",
        detail={"reference": reference, "commodity": commodity},
        at=at,
    )
    return point.id


def check_place(address: str, time_zone: str) -> None:
    """
    :raises AddressMalformed: if it is empty, too long or of several lines
    :raises TimeZoneUnknown: if the name is not in the database
    """
    if not 0 < len(address.strip()) <= 500 or not address.isprintable():
        raise AddressMalformed(places=(Place(field="address"),))
    if time_zone_named(time_zone) is None:
        raise TimeZoneUnknown(
            f"{time_zone!r} is not a time zone.",
            remedy="Use a name such as Europe/Berlin.",
            places=(Place(field="time_zone"),),
        )


def check_point(reference: str, commodity: str) -> None:
    """
    :raises ReferenceMalformed: if it has spaces, or is too long or empty
    :raises CommodityUnknown: if it is none of `UsagePoint.Commodity`
    """
    if not 0 < len(reference) <= 64 or not reference.isprintable() or " " in reference:
        raise ReferenceMalformed(
            f"{reference!r} cannot be a reference.", places=(Place(field="reference"),)
        )
    if commodity not in UsagePoint.Commodity.values:
        raise CommodityUnknown(
            f"{commodity!r} is not delivered.",
            remedy=f"Use one of {', '.join(UsagePoint.Commodity.values)}.",
            places=(Place(field="commodity"),),
        )


def _created(service_location_id: UUID, reference: str, commodity: str) -> UsagePoint:
    try:
        with transaction.atomic():
            return UsagePoint.objects.create(
                service_location_id=service_location_id, reference=reference, commodity=commodity
            )
    except IntegrityError:
        # All else was looked at: only the unique reference is left to object, also when two ask
        # at the same time.
        raise UsagePointAlreadyKnown(
            f"{reference} is another usage point's reference.", places=(Place(field="reference"),)
        ) from None
