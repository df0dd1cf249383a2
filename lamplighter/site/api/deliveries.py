"""Deliveries that failed too often, over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.identity.domain.permissions import Action
from lamplighter.platform import parking
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import After, In, Limit, PageOut, Reason, makes, reads
from lamplighter.platform.web import actor

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]

router = Router(tags=["operations"])


class ParkedOut(Schema):
    """An event that a reaction has failed on too often."""

    id: int
    event_id: UUID
    event: str
    reaction: str
    published_at: datetime
    parked_at: datetime
    tries: int
    error: str


class DiscardIn(In):
    """Why a delivery is given up."""

    reason: Reason


class DeliveryDecidedOut(Schema):
    """What was decided on."""

    id: int


@router.get(
    "",
    auth=needs(Action.READ_WORK),
    response=reads(PageOut[ParkedOut]),
    operation_id="list_parked_deliveries",
)
def list_parked_deliveries(
    request: HttpRequest, after: After = None, limit: Limit = 50
) -> HttpResponse:
    """Deliveries that failed too often and wait for a person, the oldest first."""
    found, following = parking.parked_page(asked=Asked(after=after, limit=limit))
    return tell(request, {"items": [asdict(one) for one in found], "next": following})


@router.post(
    "/{int:delivery_id}/retry",
    auth=needs(Action.DECIDE_WORK),
    response=makes(DeliveryDecidedOut),
    operation_id="retry_delivery",
)
def retry_delivery(
    request: HttpRequest, delivery_id: Number, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let a parked delivery be tried anew, as often as at first."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        parking.retry(delivery_id=delivery_id, by=actor(request), at=at)
        return {"id": delivery_id}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{int:delivery_id}/discard",
    auth=needs(Action.DECIDE_WORK),
    response=makes(DeliveryDecidedOut),
    operation_id="discard_delivery",
)
def discard_delivery(
    request: HttpRequest, delivery_id: Number, discarded: DiscardIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Give a parked delivery up."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        parking.discard(delivery_id=delivery_id, reason=discarded.reason, by=actor(request), at=at)
        return {"id": delivery_id}

    return Status(201, write_once(request, idempotency_key, act, at=at))
