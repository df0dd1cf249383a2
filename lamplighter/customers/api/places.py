"""Places that are served, and their usage points, over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.customers import actions, queries
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import (
    Key,
    named,
    note_list_read,
    note_read,
    tell,
    tell_page,
    write_once,
)
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import After, In, Limit, Line, PageOut, Sort, makes, reads
from lamplighter.platform.sparse import Fields, Sparse
from lamplighter.platform.web import actor

locations = Router(tags=["places"])
points = Router(tags=["places"])

Commodity = Literal["electricity", "gas", "water"]
Reference = Annotated[
    str, Field(pattern=r"^[^\s\x00-\x1f\x7f]+$", max_length=64, examples=["NMI1234567"])
]


class LocationOut(Schema):
    """A place that is served. Its address is personal."""

    id: UUID
    address: str
    time_zone: str


class LocationIn(In):
    """A place that shall be served."""

    address: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
    time_zone: Line = Field(examples=["Europe/Berlin"], min_length=1, max_length=64)


class PlaceMadeOut(Schema):
    """What was added."""

    id: UUID


class PointOut(Schema):
    """Where one commodity is delivered to a place, or taken from it."""

    id: UUID
    reference: str
    commodity: str
    time_zone: str
    address: str
    service_location: UUID


class PointIn(In):
    """A usage point that shall be there."""

    service_location: UUID
    reference: Reference
    commodity: Commodity


POINTS = Sparse(PointOut, always=("reference",))
_POINT = named("id", "reference", "commodity", "time_zone", "address", "service_location")


@locations.get(
    "",
    auth=needs(Action.READ_PLACES),
    response=reads(PageOut[LocationOut]),
    operation_id="list_service_locations",
)
def list_service_locations(
    request: HttpRequest,
    search: Annotated[Line, Field(description="A part of the address.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Places that are served, the first that was added first."""
    page = queries.service_locations_page(search=search, asked=Asked(after=after, limit=limit))
    note_list_read(
        request, "service_locations", (str(row[0]) for row in page.rows), at=timezone.now()
    )
    return tell_page(request, page, named("id", "address", "time_zone"))


@locations.post(
    "",
    auth=needs(Action.CHANGE_PLACES),
    response=makes(PlaceMadeOut),
    operation_id="add_service_location",
)
def add_service_location(
    request: HttpRequest, place: LocationIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Begin to serve a place."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.add_service_location(
            address=place.address, time_zone=place.time_zone, by=actor(request), at=at
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@locations.get(
    "/{uuid:location_id}",
    auth=needs(Action.READ_PLACES),
    response=reads(LocationOut, 404),
    operation_id="read_service_location",
)
def read_service_location(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """A place that is served."""
    place = queries.service_location(location_id)
    note_read(request, f"service_location:{location_id}", at=timezone.now())
    return tell(request, named("id", "address", "time_zone")(place))


@points.get(
    "",
    auth=needs(Action.READ_PLACES),
    response=reads(POINTS.page),
    operation_id="list_usage_points",
)
def list_usage_points(
    request: HttpRequest,
    reference: Reference | None = None,
    service_location: UUID | None = None,
    commodity: Commodity | None = None,
    sort: Sort = None,
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Usage points by their reference, by which they can be sorted."""
    chosen = POINTS.chosen(fields)
    page = queries.usage_points_page(
        reference=reference,
        service_location_id=service_location,
        commodity=commodity,
        asked=Asked(sort=sort, after=after, limit=limit),
    )
    note_list_read(request, "usage_points", (row[1] for row in page.rows), at=timezone.now())
    return tell_page(request, page, _POINT, chosen)


@points.post(
    "",
    auth=needs(Action.CHANGE_PLACES),
    response=makes(PlaceMadeOut),
    operation_id="add_usage_point",
)
def add_usage_point(
    request: HttpRequest, point: PointIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let a commodity be delivered to a place, and be metered."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.add_usage_point(
            service_location_id=point.service_location,
            reference=point.reference,
            commodity=point.commodity,
            by=actor(request),
            at=at,
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@points.get(
    "/{uuid:point_id}",
    auth=needs(Action.READ_PLACES),
    response=reads(PointOut, 404),
    operation_id="read_usage_point",
)
def read_usage_point(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """A usage point."""
    page = queries.usage_points_page(among=[point_id], asked=Asked(limit=1))
    if not page.rows:
        raise queries.UsagePointUnknown
    note_read(request, f"usage_point:{point_id}", at=timezone.now())
    return tell(request, _POINT(page.rows[0]))
