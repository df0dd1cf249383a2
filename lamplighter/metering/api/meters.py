"""Meters over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Place
from lamplighter.metering import actions
from lamplighter.metering.api.meter_schemas import (
    METERS,
    Commodity,
    ExchangeIn,
    InstallationIn,
    MeterIn,
    MeterMadeOut,
    MeterReadingOut,
    Name,
    RemovalIn,
    WholeMeterOut,
    meter_out,
)
from lamplighter.metering.queries.meter_lists import (
    MetersWanted,
    MeterUnknown,
    meters_page,
    readings_of_meter,
    whole_meter,
)
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, named, tell, tell_page, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import After, Limit, PageOut, Sort, makes, reads
from lamplighter.platform.sparse import Fields
from lamplighter.platform.web import actor

router = Router(tags=["meters"])


@router.get(
    "",
    auth=needs(Action.READ_METERS),
    response=reads(METERS.page),
    operation_id="list_meters",
)
def list_meters(
    request: HttpRequest,
    serial: Name | None = None,
    usage_point: Name | None = None,
    commodity: Commodity | None = None,
    sort: Sort = None,
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """
    Meters, by their serial numbers. They can be sorted by serial, make and id; with `usage_point`
    those that hang there, or hung.
    """
    chosen = METERS.chosen(fields)
    wanted = MetersWanted(
        serial=serial, usage_point=usage_point, commodity=commodity, only=_only(request)
    )
    page = meters_page(wanted, asked=Asked(sort=sort, after=after, limit=limit))
    return tell_page(request, page, named("id", "make", "serial", "commodity"), chosen)


@router.post(
    "",
    auth=needs(Action.CHANGE_METERS),
    response=makes(MeterMadeOut),
    operation_id="add_meter",
)
def add_meter(
    request: HttpRequest, meter: MeterIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Add a meter with its registers."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.add_meter(
            serial=meter.serial,
            make=meter.make,
            commodity=meter.commodity,
            registers=[one.plan() for one in meter.registers],
            by=actor(request),
            at=at,
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{uuid:meter_id}",
    auth=needs(Action.READ_METERS),
    response=reads(WholeMeterOut, 404),
    operation_id="read_meter",
)
def read_meter(request: HttpRequest, meter_id: UUID) -> HttpResponse:
    """A meter with its registers, and where it hangs and hung."""
    _check_subject(request, meter_id)
    return tell(request, meter_out(whole_meter(meter_id)))


@router.get(
    "/{uuid:meter_id}/readings",
    auth=needs(Action.READ_METERS),
    response=reads(PageOut[MeterReadingOut], 404),
    operation_id="list_register_readings",
)
def list_register_readings(
    request: HttpRequest,
    meter_id: UUID,
    channel: Name | None = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """What a meter's registers showed, the latest first, with what was corrected."""
    _check_subject(request, meter_id)
    found, following = readings_of_meter(
        meter_id, channel=channel, asked=Asked(after=after, limit=limit)
    )
    items = [asdict(one) | {"shown": f"{one.shown:f}"} for one in found]
    return tell(request, {"items": items, "next": following})


@router.post(
    "/{uuid:meter_id}/installation",
    auth=needs(Action.CHANGE_METERS),
    response=makes(MeterMadeOut),
    operation_id="install_meter",
)
def install_meter(
    request: HttpRequest, meter_id: UUID, hung: InstallationIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Hang a meter up at a usage point."""
    _check_subject(request, meter_id)
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.install_meter(
            meter_id=meter_id,
            usage_point_id=customers.usage_point(hung.usage_point).id,
            installed_at=hung.installed_at,
            readings=_exact(hung.readings),
            by=actor(request),
            at=at,
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{uuid:meter_id}/removal",
    auth=needs(Action.CHANGE_METERS),
    response=makes(MeterMadeOut),
    operation_id="remove_meter",
)
def remove_meter(
    request: HttpRequest, meter_id: UUID, removed: RemovalIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Take a meter down."""
    _check_subject(request, meter_id)
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.remove_meter(
            meter_id=meter_id,
            removed_at=removed.removed_at,
            readings=_exact(removed.readings),
            by=actor(request),
            at=at,
        )
        return {"id": str(meter_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{uuid:meter_id}/exchange",
    auth=needs(Action.CHANGE_METERS),
    response=makes(MeterMadeOut),
    operation_id="exchange_meter",
)
def exchange_meter(
    request: HttpRequest, meter_id: UUID, exchange: ExchangeIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let another meter take the place of this one; both are read at that instant."""
    _check_subject(request, meter_id)
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.exchange_meter(
            old_meter_id=meter_id,
            new_meter_id=exchange.new_meter,
            exchanged_at=exchange.exchanged_at,
            final_readings=_exact(exchange.final_readings),
            first_readings=_exact(exchange.first_readings),
            by=actor(request),
            at=at,
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


def _exact(readings: Mapping[str, str]) -> dict[str, Decimal]:
    return {channel: Decimal(shown) for channel, shown in readings.items()}


def _only(request: HttpRequest) -> UUID | None:
    """
    The one meter that the caller's grant is for; None: any.

    :raises MeterUnknown: if the grant is for something that is no meter
    """
    subject = caller(request).grant.subject
    if not subject:
        return None
    kind, _, name = subject.partition(":")
    if kind != "meter":
        raise MeterUnknown
    return UUID(name)


def _check_subject(request: HttpRequest, meter_id: UUID) -> None:
    if _only(request) not in (None, meter_id):
        raise MeterUnknown(places=(Place(field="meter_id"),))
