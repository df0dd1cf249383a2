"""Keys of meters and head-ends, over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.identity.actions import api_keys as actions
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import ApiKey
from lamplighter.identity.queries.clients import key_in_sight, keys_in_sight
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, In, Limit, Moment, PageOut, reads, refusals

router = Router(tags=["keys"])


class KeyIn(In):
    """A key to be made."""

    organisation_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    subject: Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9:-]*$")] = Field(
        default="", description="`meter:` and the meter's id; empty: a head-end, for all meters."
    )
    actions: list[Annotated[str, Field(max_length=64)]] = Field(
        default=["readings.record"],
        min_length=1,
        max_length=2,
        description="`readings.record`; of a head-end also `readings.import`.",
    )
    expires_at: Moment | None = None


class KeyOut(Schema):
    """A key, without itself."""

    id: UUID
    organisation_id: UUID
    name: str
    prefix: str = Field(description="How it begins.")
    subject: str
    actions: list[str]
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    seen_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        return cls(**{name: getattr(key, name) for name in cls.model_fields if name != "key"})


class KeyMadeOut(KeyOut):
    """A key that was made just now."""

    key: str | None = Field(None, description="Told this once; null: the request was sent again.")


@router.get(
    "",
    auth=needs(Action.READ_CLIENTS),
    response=reads(PageOut[KeyOut]),
    operation_id="list_api_keys",
)
def list_keys(request: HttpRequest, after: After = None, limit: Limit = 50) -> HttpResponse:
    """Those of the organisations that the caller looks after, the newest first."""
    order = order_of(None, {}, tie="-id")
    found = keys_in_sight(caller(request).grant)
    rows, following = page(found, order=order, after=after, limit=limit)
    told = PageOut(
        items=[KeyOut.of(row) for row in rows],
        next=cursor(order, [rows[-1].id]) if following else None,
    )
    return tell(request, told)


@router.post(
    "",
    auth=needs(Action.CHANGE_CLIENTS),
    response={201: KeyMadeOut, **refusals(404, 409, 422)},
    operation_id="make_api_key",
)
def make_key(request: HttpRequest, wanted: KeyIn, key: Key = None) -> Status[dict[str, Any]]:
    """Make a key, once for each `Idempotency-Key`. It is told once."""
    by, at = caller(request), timezone.now()
    told: dict[str, str] = {}

    def act() -> dict[str, Any]:
        key_id, told["key"] = actions.make_key(
            organisation_id=wanted.organisation_id,
            name=wanted.name,
            subject=wanted.subject,
            actions=tuple(wanted.actions),
            expires_at=wanted.expires_at,
            by=by,
            at=at,
        )
        return KeyOut.of(key_in_sight(key_id, by.grant)).model_dump(mode="json")

    return Status(201, write_once(request, key, act, at=at) | told)


@router.delete(
    "/{uuid:key_id}",
    auth=needs(Action.CHANGE_CLIENTS),
    response={204: None, **refusals(404)},
    operation_id="revoke_api_key",
)
def revoke_key(request: HttpRequest, key_id: UUID) -> Status[None]:
    """Let a key be worth nothing from now on."""
    actions.revoke_key(key_id, by=caller(request), at=timezone.now())
    return Status(204, None)
