"""Places that are served, and the points at which."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.customers.queries.opening import ADDRESS
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal


class UsagePointUnknown(Refusal):
    """There is no such usage point."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePoint:
    """Where a commodity is delivered, and by whose clocks its days begin."""

    id: UUID
    reference: str
    commodity: str
    time_zone: str
    address: str
    """Of the place. Personal."""


_COLUMNS = (
    "id", "reference", "commodity", "service_location__time_zone", "service_location_id",
    "service_location__address",
)  # fmt: skip
_AT_ONCE: Final = 1000


def usage_point(reference: str) -> UsagePoint:
    """
    Find a usage point by the number the industry knows it by.

    :raises UsagePointUnknown: if there is none
    """
    point = _first(models.UsagePoint.objects.filter(reference=reference))
    if point is None:
        raise UsagePointUnknown(
            f"{reference!r} is not the reference of a usage point.",
            remedy=f"Add it: lamplighter usage-points add {reference} --address …",
            places=(Place(field="reference"),),
        )
    return point


def usage_point_of_id(usage_point_id: UUID) -> UsagePoint:
    """
    Find a usage point by its id.

    :raises UsagePointUnknown: if there is none
    """
    point = _first(models.UsagePoint.objects.filter(id=usage_point_id))
    if point is None:
        raise UsagePointUnknown(places=(Place(field="usage_point_id"),))
    return point


def usage_points_of(references: Collection[str]) -> dict[str, UsagePoint]:
    """Find usage points by reference, as many of them as there are."""
    rows = models.UsagePoint.objects.filter(reference__in=references).values_list(*_COLUMNS)
    return {point.reference: point for point in _opened(rows)}


def usage_points_of_ids(usage_point_ids: Collection[UUID]) -> dict[UUID, UsagePoint]:
    """Find usage points by id, as many of them as there are."""
    rows = models.UsagePoint.objects.filter(id__in=usage_point_ids).values_list(*_COLUMNS)
    return {point.id: point for point in _opened(rows)}


def usage_points() -> Iterator[UsagePoint]:
    """Every usage point, by reference."""
    rows = models.UsagePoint.objects.order_by("reference").values_list(*_COLUMNS).iterator()
    while some := list(islice(rows, _AT_ONCE)):
        yield from _opened(some)


def _first(found: "QuerySet[models.UsagePoint]") -> UsagePoint | None:
    return next(iter(_opened(found.values_list(*_COLUMNS)[:1])), None)


def _opened(found: Iterable[tuple[Any, ...]]) -> list[UsagePoint]:
    rows = list(found)
    keys = personal.keyring_for(row[5] for row in rows)
    return [
        UsagePoint(
            id=key,
            reference=reference,
            commodity=commodity,
            time_zone=zone,
            address=keys.open(address, column=ADDRESS, row=place),
        )
        for key, reference, commodity, zone, place, address in rows
    ]
