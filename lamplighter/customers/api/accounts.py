"""Accounts over HTTP."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status

from lamplighter.customers import actions, queries
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, note_read, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.schemas import Day, In, makes, reads
from lamplighter.platform.web import actor

router = Router(tags=["accounts"])


class AccountOut(Schema):
    """Who is billed. Name and address are personal."""

    number: str
    holder: str
    postal_address: list[str]
    language: str
    currency: str
    opened_on: date
    closed_on: date | None

    @classmethod
    def of(cls, account: queries.Account) -> "AccountOut":
        return cls(**{name: getattr(account, name) for name in cls.model_fields})


class ClosingIn(In):
    """From when on an account is closed."""

    closed_on: Day


class ClosedOut(Schema):
    """An account that was closed."""

    number: str
    closed_on: date


@router.post(
    "/{identifier:number}/closure",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response=makes(ClosedOut),
    operation_id="close_account",
)
def close_account(
    request: HttpRequest, number: str, closing: ClosingIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Close an account. Its bills, and what is owed, stay."""
    at = timezone.now()
    account = queries.account_in_sight(number, Sight.of(caller(request)))

    def act() -> dict[str, JSON]:
        actions.close_account(
            account_id=account.id, closed_on=closing.closed_on, by=actor(request), at=at
        )
        return {"number": number, "closed_on": closing.closed_on.isoformat()}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{identifier:number}",
    auth=needs(Action.READ_ACCOUNTS),
    response=reads(AccountOut, 404),
    operation_id="read_account",
)
def read_account(request: HttpRequest, number: str) -> HttpResponse:
    """An account by its number."""
    account = queries.account_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"account:{account.id}", at=timezone.now())
    return tell(request, AccountOut.of(account))
