"""Accounts over HTTP."""

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema

from lamplighter.customers import queries
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs
from lamplighter.platform.schemas import Problem

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


@router.get(
    "/{identifier:number}",
    auth=needs(Action.READ_ACCOUNTS),
    response={200: AccountOut, 401: Problem, 403: Problem, 404: Problem},
    operation_id="read_account",
)
def read_account(request: HttpRequest, number: str) -> AccountOut:
    """An account by its number."""
    return AccountOut.of(queries.account_in_sight(number, Sight.of(caller(request))))
