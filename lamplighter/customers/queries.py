"""Reads of customers."""

from dataclasses import dataclass
from uuid import UUID

from lamplighter.customers import models
from lamplighter.kernel import Place, Refusal


class UsagePointUnknown(Refusal):
    """There is no usage point of this reference."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """Where a commodity is delivered, and by whose clocks its days begin."""

    id: UUID
    reference: str
    commodity: str
    time_zone: str


def usage_point(reference: str) -> UsagePoint:
    """
    Find a usage point by the number the industry knows it by.

    :raises UsagePointUnknown: if there is none
    """
    points = models.UsagePoint.objects.select_related("service_location")
    point = points.filter(reference=reference).first()
    if point is None:
        raise UsagePointUnknown(
            f"{reference!r} is not the reference of a usage point.",
            places=(Place(field="reference"),),
        )
    return UsagePoint(
        id=point.id,
        reference=point.reference,
        commodity=point.commodity,
        time_zone=point.service_location.time_zone,
    )
