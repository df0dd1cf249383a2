"""Places that are served, and the points at which."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.customers.queries.opening import ADDRESS
from lamplighter.customers.queries.searching import place_ids_with_words
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal
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
        return cls(id=row[0], reference=row[1], commodity=row[2], time_zone=row[3], address=row[4])


ADD_IT: Final = "Add it: lamplighter usage-points add {reference} --address …"

_COLUMNS = (
    "id", "reference", "commodity", "service_location__time_zone", "service_location_id",
    "service_location__address",
)  # fmt: skip
_LOCATION = ("id", "address", "time_zone")
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
            remedy=ADD_IT.format(reference=reference),
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
    :return: rows of what a `UsagePoint` says, with the id of the service location behind
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
    page = page_of(found, _COLUMNS, order=order, asked=asked)
    opened = zip(_opened(page.rows), page.rows, strict=True)
    return replace(page, rows=[(*astuple(point), row[4]) for point, row in opened])


def service_locations_page(*, search: str = "", asked: Asked) -> Page:
    """
    A page of service locations, the first that was added first.

    :param search: words of the address
    :return: rows of id, address, time zone
    """
    found = models.ServiceLocation.objects.all()
    if search:
        found = found.filter(id__in=place_ids_with_words(search))
    page = page_of(found, _LOCATION, order=("id",), asked=asked)
    return replace(page, rows=_locations_opened(page.rows))


def service_location(location_id: UUID) -> tuple[UUID, str, str]:
    """
    A service location: id, address, time zone.

    :raises ServiceLocationUnknown: if there is none of this id
    """
    found = models.ServiceLocation.objects.filter(id=location_id)
    row = found.values_list(*_LOCATION).first()
    if row is None:
        raise ServiceLocationUnknown(places=(Place(field="location_id"),))
    return _locations_opened([row])[0]


def _locations_opened(rows: Sequence[tuple[Any, ...]]) -> list[tuple[UUID, str, str]]:
    keys = personal.keyring_for(address for _, address, _ in rows)
    return [(key, keys.open(address, column=ADDRESS, row=key), zone) for key, address, zone in rows]


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
