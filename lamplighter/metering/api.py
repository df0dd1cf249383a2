"""Readings over HTTP."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Router, Schema, Status
from pydantic import Field, StrictBool

from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Place, Refusal
from lamplighter.metering import actions
from lamplighter.metering.queries.meters import InstalledMeter, meter_with_channel
from lamplighter.platform.access import caller, needs
from lamplighter.platform.idempotency import once
from lamplighter.platform.schemas import Line, Moment, Problem, Shown
from lamplighter.platform.web import actor

router = Router(tags=["usage data"])


class IdempotencyKeyMissing(Refusal):
    """A write says by an idempotency key that it is meant to happen once."""

    status = 400


class AnotherMeter(Refusal):
    """The meter that this key is for does not hang there."""

    status = 404


class ReadingIn(Schema):
    """What a register showed."""

    model_config: ClassVar = {"extra": "forbid"}

    usage_point: Line = Field(description="Its reference.", examples=["NMI1234567"], min_length=1)
    channel: Line = Field(examples=["E1"], min_length=1)
    read_at: Moment
    shown: Shown = Field(description="As it stands on the dials, the multiplier left aside.")
    rolled_over: StrictBool = False
    source: Line = Field("staff", description="Who or what read it.", min_length=1)


class ReadingOut(Schema):
    """What was written down."""

    id: UUID
    meter: str


@router.post(
    "",
    auth=needs(Action.RECORD_READINGS),
    response={
        201: ReadingOut, 400: Problem, 401: Problem, 403: Problem, 404: Problem, 422: Problem,
    },
    operation_id="record_reading",
)  # fmt: skip
def record_reading(
    request: HttpRequest,
    reading: ReadingIn,
    idempotency_key: Annotated[
        str | None, Header(description="Required. A new one for each write.")
    ] = None,
) -> Status[dict[str, Any]]:
    """Write down what a register showed, once for each `Idempotency-Key`."""
    if idempotency_key is None:
        raise IdempotencyKeyMissing(places=(Place(field="Idempotency-Key"),))
    answer = once(
        actor=actor(request),
        key=idempotency_key,
        operation="POST /api/usage-data",
        body=request.body,
        at=timezone.now(),
        act=lambda: _record(reading, subject=caller(request).grant.subject, by=actor(request)),
    )
    return Status(201, answer)


def _record(reading: ReadingIn, *, subject: str, by: str) -> dict[str, Any]:
    meter = _meter_of(reading) if not subject else _meter_of_key(reading, subject)
    reading_id = actions.record_register_reading(
        meter_id=meter.meter_id,
        channel=reading.channel,
        read_at=reading.read_at,
        shown=Decimal(reading.shown),
        rolled_over=reading.rolled_over,
        source=reading.source,
        by=by,
        at=timezone.now(),
    )
    return {"id": str(reading_id), "meter": f"{meter.make} {meter.serial}"}


def _meter_of(reading: ReadingIn) -> InstalledMeter:
    point = customers.usage_point(reading.usage_point)
    return meter_with_channel(usage_point_id=point.id, channel=reading.channel, at=reading.read_at)


def _meter_of_key(reading: ReadingIn, subject: str) -> InstalledMeter:
    """
    Whoever has a meter's key learns nothing by it of what else there is.

    :raises AnotherMeter: if that meter does not hang there, whatever else does
    """
    try:
        meter = _meter_of(reading)
    except Refusal:
        raise AnotherMeter from None
    if subject != f"meter:{meter.meter_id}":
        raise AnotherMeter
    return meter
