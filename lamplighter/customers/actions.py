"""What can be done with places that are served."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from lamplighter.customers.models import ServiceLocation, UsagePoint
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit


class UsagePointExists(Refusal):
    """There is a usage point with this reference already."""


class BadUsagePoint(Refusal):
    """This cannot be a usage point."""


@transaction.atomic
def add_usage_point(
    *, reference: str, commodity: str, address: str, time_zone: str, by: str, at: datetime
) -> UUID:
    """
    Add a service location and the usage point at which it is supplied.

    :raises UsagePointExists: if the reference is taken
    :raises BadUsagePoint: if the reference, the commodity or the time zone cannot be used
    """
    _check(reference=reference, commodity=commodity, time_zone=time_zone)
    if UsagePoint.objects.filter(reference=reference).exists():
        raise UsagePointExists(f"{reference} is taken.")
    location = ServiceLocation.objects.create(address=address, time_zone=time_zone)
    usage_point = UsagePoint.objects.create(
        service_location=location, reference=reference, commodity=commodity
    )
    audit.record(
        actor=by,
        action="customers.add_usage_point",
        subject=f"usage_point:{usage_point.id}",
        detail={"reference": reference, "commodity": commodity, "time_zone": time_zone},
        at=at,
    )
    return usage_point.id


def _check(*, reference: str, commodity: str, time_zone: str) -> None:
    if not reference or len(reference) > 64 or not reference.isprintable():
        raise BadUsagePoint(
            "The reference is empty, too long, or not printable.",
            remedy="Give 1 to 64 characters.",
            places=(Place(field="reference"),),
        )
    if commodity not in UsagePoint.Commodity.values:
        raise BadUsagePoint(
            f"{commodity!r} is not supplied here.",
            remedy="Choose electricity, gas or water.",
            places=(Place(field="commodity"),),
        )
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as no:
        raise BadUsagePoint(
            f"{time_zone!r} is not a time zone.",
            remedy="Use a name such as Europe/Berlin or UTC.",
            places=(Place(field="time_zone"),),
        ) from no
