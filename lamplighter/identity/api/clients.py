"""Systems and apps, over HTTP."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool, StrictInt

from lamplighter.identity.actions import clients as actions
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.domain.scopes import ClientKind
from lamplighter.identity.queries.clients import (
    ClientFacts,
    client_in_sight,
    clients_in_sight,
    facts_of,
)
from lamplighter.kernel import Caller
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.entity_tags import check_if_match, tag_of
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, In, Limit, PageOut, reads, refusals

router = Router(tags=["clients"])
Name = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"),
]


class WishesIn(In):
    """What a client is to be."""

    name: Name = Field(description="People see it when an app asks for their consent.")
    redirect_uris: list[Annotated[str, Field(max_length=300)]] = Field(
        default=[], max_length=20, description="Of an app: where people are led back to, exactly."
    )
    scopes: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=1, max_length=100, description="Names of actions; of an app also openid, …"
    )
    requests_per_minute: StrictInt = Field(default=600, ge=1, le=100_000)

    def wishes(self) -> actions.Wishes:
        return actions.Wishes(
            name=self.name,
            redirect_uris=tuple(dict.fromkeys(self.redirect_uris)),
            scopes=tuple(dict.fromkeys(self.scopes)),
            requests_per_minute=self.requests_per_minute,
        )


class ClientIn(WishesIn):
    """A client to be registered."""

    organisation_id: UUID
    kind: ClientKind
    keeps_secret: StrictBool = Field(
        default=True, description="False: an app on a phone or in a browser, which can keep none."
    )


class ClientOut(Schema):
    """A system or an app."""

    id: str
    organisation_id: UUID
    kind: str
    name: str
    keeps_secret: bool
    redirect_uris: list[str]
    scopes: list[str]
    requests_per_minute: int
    made_by: str
    made_at: datetime

    @classmethod
    def of(cls, facts: ClientFacts) -> "ClientOut":
        return cls(**{name: getattr(facts, name) for name in cls.model_fields if name != "secret"})


class ClientMadeOut(ClientOut):
    """A client that was registered just now."""

    secret: str | None = Field(
        None, description="Told this once; null: it has none, or the request was sent again."
    )


class SecretOut(Schema):
    """A new secret."""

    secret: str | None = Field(None, description="Told this once; null: sent again.")


@router.get(
    "",
    auth=needs(Action.READ_CLIENTS),
    response=reads(PageOut[ClientOut]),
    operation_id="list_clients",
)
def list_clients(request: HttpRequest, after: After = None, limit: Limit = 50) -> HttpResponse:
    """Those of the organisations that the caller looks after."""
    order = order_of(None, {}, tie="id")
    found = clients_in_sight(caller(request).grant)
    rows, following = page(found, order=order, after=after, limit=limit)
    told = PageOut(
        items=[ClientOut.of(facts) for facts in facts_of(rows)],
        next=cursor(order, [rows[-1].id]) if following else None,
    )
    return tell(request, told)


@router.post(
    "",
    auth=needs(Action.CHANGE_CLIENTS),
    response={201: ClientMadeOut, **refusals(404, 409, 422)},
    operation_id="register_client",
)
def register_client(
    request: HttpRequest, client: ClientIn, key: Key = None
) -> Status[dict[str, Any]]:
    """Register a system or an app, once for each `Idempotency-Key`. Its secret is told once."""
    by, at = caller(request), timezone.now()
    told: dict[str, str] = {}

    def act() -> dict[str, Any]:
        client_id, secret = actions.register_client(
            kind=client.kind,
            organisation_id=client.organisation_id,
            wishes=client.wishes(),
            keeps_secret=client.keeps_secret,
            by=by,
            at=at,
        )
        told["secret"] = secret
        return _client(client_id, by).model_dump(mode="json")

    answer = write_once(request, key, act, at=at)
    return Status(201, answer | {"secret": told.get("secret") or None})


@router.get(
    "/{slug:client_id}",
    auth=needs(Action.READ_CLIENTS),
    response={200: ClientOut, **refusals(404)},
    operation_id="read_client",
)
def read_client(request: HttpRequest, client_id: str, response: HttpResponse) -> ClientOut:
    """One of them, with the ETag that a change names."""
    response["ETag"] = _tag(client_id, caller(request))
    return _client(client_id, caller(request))


@router.put(
    "/{slug:client_id}",
    auth=needs(Action.CHANGE_CLIENTS),
    response={200: ClientOut, **refusals(404, 412, 422, 428)},
    operation_id="change_client",
)
def change_client(
    request: HttpRequest, client_id: str, wishes: WishesIn, response: HttpResponse
) -> ClientOut:
    """Change what it may ask for; its tokens do no more than that. `If-Match` is required."""
    by = caller(request)
    actions.change_client(
        client_id,
        wishes=wishes.wishes(),
        check=lambda seen: check_if_match(request, tag_of(seen.id, seen.revision)),
        by=by,
        at=timezone.now(),
    )
    response["ETag"] = _tag(client_id, by)
    return _client(client_id, by)


@router.post(
    "/{slug:client_id}/secret",
    auth=needs(Action.CHANGE_CLIENTS),
    response={201: SecretOut, **refusals(404, 409, 422)},
    operation_id="renew_client_secret",
)
def renew_secret(request: HttpRequest, client_id: str, key: Key = None) -> Status[dict[str, Any]]:
    """A new secret, which is told once; the old one is worth nothing at once."""
    return Status(201, _told_once(request, key, _renewing(request, client_id)))


@router.delete(
    "/{slug:client_id}",
    auth=needs(Action.CHANGE_CLIENTS),
    response={204: None, **refusals(404)},
    operation_id="remove_client",
)
def remove_client(request: HttpRequest, client_id: str) -> Status[None]:
    """Remove it; all its tokens are worth nothing at once."""
    actions.remove_client(client_id, by=caller(request), at=timezone.now())
    return Status(204, None)


def _renewing(request: HttpRequest, client_id: str) -> Callable[[], str]:
    by = caller(request)
    return lambda: actions.renew_secret(client_id, by=by, at=timezone.now())


def _told_once(request: HttpRequest, key: str | None, make: Callable[[], str]) -> dict[str, Any]:
    """What is kept with the idempotency key is without the secret."""
    told: dict[str, str] = {}

    def act() -> dict[str, Any]:
        told["secret"] = make()
        return {"secret": None}

    return write_once(request, key, act, at=timezone.now()) | told


def _client(client_id: str, by: Caller) -> ClientOut:
    return ClientOut.of(facts_of([client_in_sight(client_id, by.grant)])[0])


def _tag(client_id: str, by: Caller) -> str:
    seen = client_in_sight(client_id, by.grant)
    return tag_of(seen.id, seen.revision)
