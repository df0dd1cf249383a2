"""Who may see an account, over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.customers import actions, queries
from lamplighter.customers.domain import Sight
from lamplighter.customers.queries.account_users import users_of_account
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import UnauthorizedAccess, caller, needs
from lamplighter.platform.answers import Key, note_read, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.schemas import (
    Identifier,
    In,
    Line,
    makes,
    reads,
    refusals,
)
from lamplighter.platform.web import actor

router = Router(tags=["accounts"])
codes = Router(tags=["accounts"])


class AccountUserOut(Schema):
    """A user who may see an account. Personal."""

    user_id: UUID
    email: str
    name: str
    since: datetime


class UsersOut(Schema):
    """All who may see an account."""

    items: list[AccountUserOut]


class LinkIn(In):
    """Who shall see an account."""

    email: Line = Field(min_length=3, description="Of a user who has registered.")


class LinkOut(Schema):
    """That a user may see an account."""

    account: str


class AccountCodeOut(Schema):
    """A code for the account's holder. It is told once, and good once."""

    code: str
    expires_at: datetime


class RedeemIn(In):
    """What stands on the letter."""

    account: Identifier
    code: Line = Field(min_length=8, max_length=40)


@router.get(
    "/{identifier:number}/users",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response=reads(UsersOut, 404),
    operation_id="list_account_users",
)
def list_account_users(request: HttpRequest, number: str) -> HttpResponse:
    """The users who may see an account."""
    account = queries.account_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"account:{account.id}", at=timezone.now())
    return tell(request, {"items": [asdict(one) for one in users_of_account(account.id)]})


@router.post(
    "/{identifier:number}/users",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response=makes(LinkOut),
    operation_id="link_account_user",
)
def link_account_user(
    request: HttpRequest, number: str, link: LinkIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let a registered user see an account, and act for it."""
    at = timezone.now()
    account = queries.account_in_sight(number, Sight.of(caller(request)))

    def act() -> dict[str, JSON]:
        actions.link_user(account_id=account.id, email=link.email, by=actor(request), at=at)
        return {"account": number}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{identifier:number}/codes",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response={201: AccountCodeOut, **refusals(404, 422)},
    operation_id="make_account_code",
)
def make_account_code(
    request: HttpRequest, response: HttpResponse, number: str
) -> Status[dict[str, Any]]:
    """
    Make a code for the account's holder. It is kept nowhere, so it cannot be told again: another
    request makes another code.
    """
    account = queries.account_in_sight(number, Sight.of(caller(request)))
    code, expires_at = actions.make_account_code(
        account_id=account.id, by=actor(request), at=timezone.now()
    )
    response["Cache-Control"] = "no-store"
    return Status(201, {"code": code, "expires_at": expires_at})


@router.delete(
    "/{identifier:number}/users/{user_id}",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response={204: None, **refusals(404, 422)},
    operation_id="unlink_account_user",
)
def unlink_account_user(request: HttpRequest, number: str, user_id: UUID) -> Status[None]:
    """Let a user no longer see an account."""
    account = queries.account_in_sight(number, Sight.of(caller(request)))
    actions.unlink_user(
        account_id=account.id, user_id=user_id, by=actor(request), at=timezone.now()
    )
    return Status(204, None)


@codes.post(
    "",
    auth=needs(Action.CHANGE_ME),
    response=makes(LinkOut),
    operation_id="redeem_account_code",
)
def redeem_account_code(
    request: HttpRequest, redeemed: RedeemIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Link yourself to the account of which you have got a code."""
    at = timezone.now()
    user_id = own_id(request)

    def act() -> dict[str, JSON]:
        actions.redeem_account_code(
            account=redeemed.account,
            code=redeemed.code,
            user_id=user_id,
            by=actor(request),
            at=at,
        )
        return {"account": redeemed.account}

    return Status(201, write_once(request, idempotency_key, act, at=at))


def own_id(request: HttpRequest) -> UUID:
    """
    Which user asks.

    :raises UnauthorizedAccess: if it is a system, which has nothing of its own
    """
    user_id = caller(request).user_id
    if user_id is None:
        raise UnauthorizedAccess("This is for people, and not for systems.")
    return user_id
