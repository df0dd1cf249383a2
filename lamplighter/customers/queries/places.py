"""Places that are served, and the points at which."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.kernel import Place, Refusal
from lamplighter.platform.paging import Asked, Page, order_of, page_of


class UsagePointUnknown(Refusal):
    """There is no such usage point."""

    status = 404


class ServiceLocationUnknown(Refusal):
    """There is no such service location."""

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

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> "UsagePoint":
        """From a row of `usage_points_page`."""
        return _of_row((row[0], row[1], row[2], row[3], row[4]))


ADD_IT: Final = "Add it: lamplighter usage-points add {reference} --address …"

_COLUMNS = (
    "id", "reference", "commodity", "service_location__time_zone", "service_location__address",
)  # fmt: skip


def usage_point(reference: str) -> UsagePoint:
    """
    Find a usage point by the number the industry knows it by.

    :raises UsagePointUnknown: if there is none
    """
    point = _points().filter(reference=reference).first()
    if point is None:
        raise UsagePointUnknown(
            f"{reference!r} is not the reference of a usage point.",
            remedy=ADD_IT.format(reference=reference),
            places=(Place(field="reference"),),
        )
    return _facts(point)


def usage_point_of_id(usage_point_id: UUID) -> UsagePoint:
    """
    Find a usage point by its id.

    :raises UsagePointUnknown: if there is none
    """
    point = _points().filter(id=usage_point_id).first()
    if point is None:
        raise UsagePointUnknown(places=(Place(field="usage_point_id"),))
    return _facts(point)


def usage_points_of(references: Collection[str]) -> dict[str, UsagePoint]:
    """Find usage points by reference, as many of them as there are."""
    rows = models.UsagePoint.objects.filter(reference__in=references).values_list(*_COLUMNS)
    return {row[1]: _of_row(row) for row in rows}


def usage_points_of_ids(usage_point_ids: Collection[UUID]) -> dict[UUID, UsagePoint]:
    """Find usage points by id, as many of them as there are."""
    rows = models.UsagePoint.objects.filter(id__in=usage_point_ids).values_list(*_COLUMNS)
    return {row[0]: _of_row(row) for row in rows}


def usage_points() -> Iterator[UsagePoint]:
    """Every usage point, by reference."""
    return map(_facts, _points().order_by("reference").iterator())


def usage_points_page(
    *,
    among: "QuerySet[Any, UUID] | Collection[UUID] | None" = None,
    reference: str | None = None,
    service_location_id: UUID | None = None,
    commodity: str | None = None,
    asked: Asked,
) -> Page:
    """
    A page of usage points, by reference.

    :param among: ids; None: all of them
    :return: rows that `UsagePoint.of_row` reads, with the id of the service location behind
    """
    found = models.UsagePoint.objects.all()
    if among is not None:
        found = found.filter(id__in=among)
    if reference is not None:
        found = found.filter(reference=reference)
    if service_location_id is not None:
        found = found.filter(service_location_id=service_location_id)
    if commodity is not None:
        found = found.filter(commodity=commodity)
    order = order_of(asked.sort, {"reference": "reference"}, tie="reference")
    return page_of(found, (*_COLUMNS, "service_location_id"), order=order, asked=asked)


def service_locations_page(*, search: str = "", asked: Asked) -> Page:
    """
    A page of service locations, the first that was added first.

    :param search: a part of the address
    :return: rows of id, address, time zone
    """
    found = models.ServiceLocation.objects.all()
    if search:
        found = found.filter(address__icontains=search)
    return page_of(found, ("id", "address", "time_zone"), order=("id",), asked=asked)


def service_location(location_id: UUID) -> tuple[UUID, str, str]:
    """
    A service location: id, address, time zone.

    :raises ServiceLocationUnknown: if there is none of this id
    """
    found = models.ServiceLocation.objects.filter(id=location_id)
    row = found.values_list("id", "address", "time_zone").first()
    if row is None:
        raise ServiceLocationUnknown(places=(Place(field="location_id"),))
    return row


def _points() -> QuerySet[models.UsagePoint]:
    return models.UsagePoint.objects.select_related("service_location")


def _facts(point: models.UsagePoint) -> UsagePoint:
    return UsagePoint(
        id=point.id,
        reference=point.reference,
        commodity=point.commodity,
        time_zone=point.service_location.time_zone,
        address=point.service_location.address,
    )


def _of_row(row: tuple[UUID, str, str, str, str]) -> UsagePoint:
    """The same without the cost of a model, where there may be many."""
    return UsagePoint(
        id=row[0], reference=row[1], commodity=row[2], time_zone=row[3], address=row[4]
    )
