"""Deliveries that failed too often: seen, and tried again or given up, by a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lamplighter.kernel import Refusal
from lamplighter.platform import audit
from lamplighter.platform.models import Delivery
from lamplighter.platform.paging import Asked, page_of


class DeliveryNotParked(Refusal):
    """No parked delivery has this number."""

    status = 409


class ReasonMissing(Refusal):
    """Giving up a delivery needs a reason, for those who will ask later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedDelivery:
    id: int
    event_id: UUID
    event: str
    reaction: str
    published_at: datetime
    parked_at: datetime
    tries: int
    error: str


def parked(*, limit: int = 1000) -> list[ParkedDelivery]:
    """All that is parked, the oldest first."""
    return _told(_parked().order_by("id")[:limit])


def parked_page(*, asked: Asked) -> tuple[list[ParkedDelivery], str | None]:
    """A page of what is parked, the oldest first, and the next page's cursor."""
    page = page_of(_parked(), ("id",), order=("id",), asked=asked)
    return _told(_parked().filter(id__in=[row[0] for row in page.rows]).order_by("id")), page.next


def _parked() -> "QuerySet[Delivery]":
    return Delivery.objects.filter(state=Delivery.State.PARKED, finished_at__isnull=False)


def _told(rows: "QuerySet[Delivery]") -> list[ParkedDelivery]:
    return [
        ParkedDelivery(
            id=row.id,
            event_id=row.event_id,
            event=row.event.name,
            reaction=row.reaction,
            published_at=row.event.published_at,
            parked_at=row.finished_at,
            tries=row.tries,
            error=row.error,
        )
        for row in rows.select_related("event")
        if row.finished_at is not None
    ]


@transaction.atomic
def retry(*, delivery_id: int, by: str, at: datetime) -> None:
    """
    Let a parked delivery be tried anew, as often as at first.

    :raises DeliveryNotParked: if it is not
    """
    delivery = _locked(delivery_id)
    delivery.state, delivery.finished_at = Delivery.State.PENDING, None
    # One try counts as made: what has failed before is carried out alone.
    delivery.tries, delivery.due_at = 1, at
    delivery.save(update_fields=["state", "finished_at", "tries", "due_at"])
    _record("platform.retry", delivery, {}, by=by, at=at)


@transaction.atomic
def discard(*, delivery_id: int, reason: str, by: str, at: datetime) -> None:
    """
    Give a parked delivery up for good.

    :raises DeliveryNotParked: if it is not
    :raises ReasonMissing: if the reason is blank
    """
    if not reason.strip():
        raise ReasonMissing
    delivery = _locked(delivery_id)
    delivery.state, delivery.finished_at = Delivery.State.DISCARDED, at
    delivery.save(update_fields=["state", "finished_at"])
    _record("platform.discard", delivery, {"reason": reason.strip()}, by=by, at=at)


def _locked(delivery_id: int) -> Delivery:
    rows = Delivery.objects.filter(id=delivery_id, state=Delivery.State.PARKED)
    delivery = rows.select_for_update().first()
    if delivery is None:
        raise DeliveryNotParked(
            f"{delivery_id} is not the number of a parked delivery.",
            remedy="`lamplighter events parked` lists those that are.",
        )
    return delivery


def _record(
    action: str, delivery: Delivery, detail: dict[str, str], *, by: str, at: datetime
) -> None:
    audit.record(
        actor=by,
        action=action,
        subject=f"delivery:{delivery.id}",
        detail={"event": str(delivery.event_id), "reaction": delivery.reaction, **detail},
        at=at,
    )
