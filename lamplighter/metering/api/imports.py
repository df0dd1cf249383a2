"""Files of readings over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.metering import actions
from lamplighter.metering.actions.import_readings import ReadingsFile
from lamplighter.metering.domain.summaries import SeriesSummary
from lamplighter.metering.queries.files import blocks_in, format_of, inspect
from lamplighter.metering.queries.meter_lists import import_row, imports_page
from lamplighter.platform.access import needs
from lamplighter.platform.answers import named, tell, tell_page
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    DecimalText,
    Limit,
    Line,
    PageOut,
    reads,
    refusals,
)
from lamplighter.platform.uploads import FILE_BODY, Upload, uploaded
from lamplighter.platform.web import actor

router = Router(tags=["imports"])

FileName = Annotated[Line, Field(description="Of the file, where it is the body itself.")]
Format = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Zone = Annotated[Line, Field(description="Of its times and days; else that of the usage point.")]


class ImportOut(Schema):
    """A file that was stored."""

    id: UUID
    name: str
    sha256: str
    format: str
    usage_points: int
    intervals_new: int
    intervals_changed: int
    intervals_unchanged: int
    recorded_at: datetime


class StoredOut(Schema):
    """What a file has brought."""

    id: UUID
    usage_points: int
    intervals_new: int
    intervals_changed: int
    intervals_unchanged: int
    readings_left_out: int = Field(description="Over a day and longer.")


class SeriesOut(Schema):
    """What a file says of one channel."""

    usage_point: str
    channel: str
    flow: str
    unit: str
    count: int
    total: DecimalText | None
    start: datetime | None
    end: datetime | None
    quality: dict[str, int]
    warnings: list[str]


class InspectedOut(Schema):
    """What is in a file, of which nothing was stored."""

    format: str
    series: list[SeriesOut]


_IMPORT = named(*ImportOut.model_fields)


@router.get(
    "",
    auth=needs(Action.READ_METERS),
    response=reads(PageOut[ImportOut]),
    operation_id="list_imports",
)
def list_imports(request: HttpRequest, after: After = None, limit: Limit = 50) -> HttpResponse:
    """Files of readings that were stored, the latest first."""
    return tell_page(request, imports_page(asked=Asked(after=after, limit=limit)), _IMPORT)


@router.post(
    "",
    auth=needs(Action.IMPORT_READINGS),
    response={201: StoredOut, **refusals(404, 409, 413, 422)},
    operation_id="import_readings",
    openapi_extra=FILE_BODY,
)
def import_readings(
    request: HttpRequest,
    name: FileName = "",
    usage_point: Annotated[Line, Field(description="Whose readings they are.")] = "",
    time_zone: Zone = "",
    format: Format = "auto",  # noqa: A002 - what a person would call it
) -> Status[dict[str, Any]]:
    """
    Store the interval readings of a file: all of them or, if anything is wrong, none.

    The same readings again change nothing, so it needs no idempotency key.
    """
    zone = time_zone or _zone_of(usage_point)
    with uploaded(request, name=name) as file:
        return Status(201, _store(request, file, usage_point, zone, format))


@router.post(
    "/inspection",
    auth=needs(Action.IMPORT_READINGS),
    response={200: InspectedOut, **refusals(413, 422)},
    operation_id="inspect_readings",
    openapi_extra=FILE_BODY,
)
def inspect_readings(
    request: HttpRequest,
    name: FileName = "",
    time_zone: Zone = "",
    format: Format = "auto",  # noqa: A002 - what a person would call it
) -> dict[str, Any]:
    """Say what is in a file, channel by channel, without storing anything."""
    with uploaded(request, name=name) as file:
        found = inspect(file.path, format=format, time_zone=time_zone or None)
        return {
            "format": format_of(file.path, format=format),
            "series": list(map(_series, found)),
        }


@router.get(
    "/{uuid:import_id}",
    auth=needs(Action.READ_METERS),
    response=reads(ImportOut, 404),
    operation_id="read_import",
)
def read_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """A file of readings that was stored."""
    return tell(request, _IMPORT(import_row(import_id)))


def _zone_of(usage_point: str) -> str:
    return customers.usage_point(usage_point).time_zone if usage_point else settings.TIME_ZONE


def _store(
    request: HttpRequest, file: Upload, usage_point: str, zone: str, format_name: str
) -> dict[str, Any]:
    left_out: list[int] = []
    blocks = blocks_in(file.path, format=format_name, time_zone=zone, left_out=left_out.append)
    stored = actions.import_readings(
        blocks=blocks,
        file=ReadingsFile(
            name=file.name,
            sha256=file.sha256,
            format=format_of(file.path, format=format_name),
            time_zone=zone,
        ),
        usage_point=usage_point or None,
        by=actor(request),
        at=timezone.now(),
    )
    return {
        "id": stored.import_id,
        "usage_points": stored.usage_points,
        "intervals_new": stored.counts.new,
        "intervals_changed": stored.counts.changed,
        "intervals_unchanged": stored.counts.unchanged,
        "readings_left_out": sum(left_out),
    }


def _series(one: SeriesSummary) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in SeriesOut.model_fields}
    return told | {"total": None if one.total is None else f"{one.total:f}"}
