"""What is used, over HTTP: readings come in, usage is told. Whose it is, agreements say."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool

from lamplighter.billing.queries.usage_sights import (
    PointInSight,
    Since,
    paid_since,
    point_in_sight,
    points_paid_for,
)
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import EVERYTHING, Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Caller, Place, Reach, Refusal
from lamplighter.metering import actions
from lamplighter.metering.queries.meters import (
    InstalledMeter,
    MeterNotThere,
    meter_with_channel,
)
from lamplighter.metering.queries.usage_now import channels_now, registers_now
from lamplighter.metering.queries.usage_over_time import (
    Resolution,
    UsagePart,
    check_days,
    usage_over,
)
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, note_list_read, note_read, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Day,
    DecimalText,
    Identifier,
    In,
    Limit,
    Line,
    Moment,
    PageOut,
    Shown,
    makes,
    reads,
)

router = Router(tags=["usage data"])

Reference = Annotated[Line, Field(min_length=1, description="Of the usage point.")]


class AnotherMeter(Refusal):
    """This key is for another meter."""

    status = 404


class ReadingIn(In):
    """What a register showed."""

    usage_point: Line = Field(description="Its reference.", examples=["NMI1234567"], min_length=1)
    channel: Line = Field(examples=["E1"], min_length=1)
    read_at: Moment
    shown: Shown = Field(description="As it stands on the dials, the multiplier left aside.")
    rolled_over: StrictBool = False
    source: Line = Field("staff", description="Who or what read it.", min_length=1)


class ReadingReceiptOut(Schema):
    """What was written down."""

    id: UUID
    meter: str


class ChannelNowOut(Schema):
    """A channel with interval readings: what is known of the present."""

    channel: str
    flow: str
    unit: str
    latest: DecimalText = Field(description="Of the latest interval that is known.")
    latest_ends_at: datetime
    quality: str
    today: DecimalText = Field(description="Since local midnight, as far as it is known.")
    last_24_hours: DecimalText


class RegisterNowOut(Schema):
    """A register, and what it showed when it was read last."""

    meter: str
    channel: str
    flow: str
    unit: str
    shown: DecimalText
    read_at: datetime
    quality: str


class UsageNowOut(Schema):
    """The present of one usage point."""

    usage_point: str
    commodity: str
    time_zone: str
    channels: list[ChannelNowOut]
    registers: list[RegisterNowOut]


class UsagePartOut(Schema):
    """What passed a channel in one interval, hour, day, month or year."""

    channel: str
    flow: str
    unit: str
    start: datetime
    end: datetime = Field(description="Exclusive. A local day has 23, 24 or 25 hours.")
    quantity: DecimalText
    qualities: dict[str, int] = Field(
        description="How many intervals of each quality; of registers, days `shared` out."
    )


class UsageHistoryOut(Schema):
    """Usage over time."""

    usage_point: str
    commodity: str
    time_zone: str
    resolution: Resolution
    items: list[UsagePartOut]


@router.post(
    "",
    auth=needs(Action.RECORD_READINGS),
    response=makes(ReadingReceiptOut),
    operation_id="record_reading",
)
def record_reading(
    request: HttpRequest, reading: ReadingIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Write down what a register showed, once for each `Idempotency-Key`."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        return _record(reading, caller(request), at=at)

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "",
    auth=needs(Action.READ_USAGE),
    response=reads(PageOut[UsageNowOut], 404),
    operation_id="read_usage",
)
def read_usage(
    request: HttpRequest,
    account: Annotated[Identifier | None, Field(description="Only what this one pays for.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """What is known of the present, usage point by usage point."""
    at = timezone.now()
    sight = Sight.of(caller(request))
    paid_for = points_paid_for(sight, on=at.date(), account=account)
    page = customers.usage_points_page(among=paid_for, asked=Asked(after=after, limit=limit))
    points = [customers.UsagePoint.of_row(row) for row in page.rows]
    note_list_read(request, "usage", (point.reference for point in points), at=at)
    return tell(
        request,
        {"items": _now(points, paid_since(sight, points, on=at.date()), at=at), "next": page.next},
    )


@router.get(
    "/history",
    auth=needs(Action.READ_USAGE),
    response=reads(UsageHistoryOut, 404),
    operation_id="read_usage_history",
)
def read_usage_history(
    request: HttpRequest,
    usage_point: Reference,
    begin: Annotated[Day, Field(description="The first day, by the usage point's own clocks.")],
    before: Annotated[Day, Field(description="The day after the last one.")],
    resolution: Resolution = Resolution.DAY,
) -> HttpResponse:
    """Usage of days that you have paid for, or, for staff, of any. Not more than fits an answer."""
    seen = point_in_sight(usage_point, Sight.of(caller(request)))
    check_days((begin, before), resolution)
    note_read(request, f"usage_point:{seen.point.id}", at=timezone.now())
    told = {
        "usage_point": seen.point.reference,
        "commodity": seen.point.commodity,
        "time_zone": seen.point.time_zone,
        "resolution": resolution.value,
        "items": [_part(part) for part in _history(seen, begin, before, resolution)],
    }
    return tell(request, told)


def _history(
    seen: PointInSight, begin: date, before: date, resolution: Resolution
) -> list[UsagePart]:
    zone = ZoneInfo(seen.point.time_zone)
    return [
        part
        for days in seen.visible(begin, before)
        for part in usage_over(
            usage_point_id=seen.point.id, days=days, zone=zone, resolution=resolution
        )
    ]


def _part(part: UsagePart) -> dict[str, Any]:
    return asdict(part) | {"quantity": f"{part.quantity:f}"}


def _now(points: list[customers.UsagePoint], since: Since, *, at: datetime) -> list[dict[str, Any]]:
    zones = {one.id: ZoneInfo(one.time_zone) for one in points}
    channels = channels_now(zones, since=since, at=at)
    registers = registers_now(zones, since=since)
    return [
        {
            "usage_point": one.reference,
            "commodity": one.commodity,
            "time_zone": one.time_zone,
            "channels": [_plain(asdict(now)) for now in channels.get(one.id, ())],
            "registers": [_plain(asdict(now)) for now in registers.get(one.id, ())],
        }
        for one in points
    ]


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in facts.items()}


def _record(reading: ReadingIn, by: Caller, *, at: datetime) -> dict[str, JSON]:
    meter = _meter(reading, by)
    is_own = by.grant.reach is Reach.OWN
    reading_id = actions.record_register_reading(
        meter_id=meter.meter_id,
        channel=reading.channel,
        read_at=reading.read_at,
        shown=Decimal(reading.shown),
        rolled_over=reading.rolled_over,
        source="customer" if is_own else reading.source,
        by=by.actor,
        at=at,
    )
    return {"id": str(reading_id), "meter": f"{meter.make} {meter.serial}"}


def _meter(reading: ReadingIn, by: Caller) -> InstalledMeter:
    """
    The meter that is read, if it is one that the caller may read.

    :raises UsagePointUnknown, MeterNotThere: if it is not, which is told as if it were not there
    :raises AnotherMeter: if a meter's own key is sent for what is not that meter's
    """
    if subject := by.grant.subject:
        return _meter_of_key(reading, subject)
    seen = point_in_sight(reading.usage_point, Sight.of(by))
    day = reading.read_at.astimezone(ZoneInfo(seen.point.time_zone)).date()
    meter = _meter_at(seen.point.id, reading)
    if not seen.is_theirs_on(day):
        raise MeterNotThere(places=(Place(field="channel"),))
    return meter


def _meter_of_key(reading: ReadingIn, subject: str) -> InstalledMeter:
    """Whatever is not this meter's is answered alike: its key learns nothing of others."""
    try:
        point = point_in_sight(reading.usage_point, EVERYTHING).point
        meter = _meter_at(point.id, reading)
    except Refusal:
        raise AnotherMeter from None
    if subject != f"meter:{meter.meter_id}":
        raise AnotherMeter
    return meter


def _meter_at(usage_point_id: UUID, reading: ReadingIn) -> InstalledMeter:
    return meter_with_channel(
        usage_point_id=usage_point_id, channel=reading.channel, at=reading.read_at
    )
