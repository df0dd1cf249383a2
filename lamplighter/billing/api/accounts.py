"""What hangs on an account, over HTTP."""

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from lamplighter.billing.queries.accounts import Property, properties_of, search_accounts
from lamplighter.billing.queries.bills import balance_of
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs
from lamplighter.platform.schemas import Cursor, Limit, Line, MoneyOut, Problem

_REFUSED: Final[dict[Any, Any]] = {401: Problem, 403: Problem, 404: Problem}

Search = Annotated[Line, Field(description="A number of whatever it is, a name, an address.")]

router = Router(tags=["accounts"])


class FoundOut(Schema):
    """An account that a search has found. Name and address are personal."""

    number: str
    holder: str
    postal_address: list[str]
    closed_on: date | None


class AccountsOut(Schema):
    """A page of accounts, by number."""

    items: list[FoundOut]
    next: str | None = Field(None, description="The `after` of the next page; null: there is none.")


class MeterOut(Schema):
    """A meter that is there now."""

    make: str
    serial: str
    channels: list[str]


class PropertyOut(Schema):
    """A usage point that an account pays for, or has paid for."""

    usage_point: str
    address: str
    commodity: str
    time_zone: str
    tariff: str
    tariff_name: str
    starts_on: date
    ends_on: date | None = Field(description="Exclusive; null: it goes on.")
    billed_until: date | None = Field(description="Exclusive.")
    meters: list[MeterOut]

    @classmethod
    def of(cls, told: Property) -> "PropertyOut":
        facts = {name: getattr(told, name) for name in cls.model_fields if name != "meters"}
        meters = [
            MeterOut(
                make=meter.make,
                serial=meter.serial,
                channels=[register.channel for register in meter.registers],
            )
            for meter in told.meters
        ]
        return cls(meters=meters, **facts)


@router.get(
    "",
    auth=needs(Action.READ_ACCOUNTS),
    response={200: AccountsOut, **_REFUSED, 422: Problem},
    operation_id="find_accounts",
)
def find_accounts(
    request: HttpRequest,
    search: Search = "",
    after: Cursor = None,
    limit: Limit = 50,
) -> AccountsOut:
    """Accounts by what staff have before them."""
    found = search_accounts(
        search, sight=Sight.of(caller(request)), after=after or "", limit=limit + 1
    )
    return AccountsOut(
        items=[
            FoundOut(**{name: getattr(account, name) for name in FoundOut.model_fields})
            for account in found[:limit]
        ],
        next=found[limit - 1].number if len(found) > limit else None,
    )


@router.get(
    "/{identifier:number}/properties",
    auth=needs(Action.READ_PROPERTIES),
    response={200: list[PropertyOut], **_REFUSED},
    operation_id="list_properties",
)
def list_properties(request: HttpRequest, number: str) -> list[PropertyOut]:
    """What an account pays for: address, meter, tariff."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    return [PropertyOut.of(one) for one in properties_of(account.id, at=timezone.now())]


@router.get(
    "/{identifier:number}/balance",
    auth=needs(Action.READ_ACCOUNTS),
    response={200: MoneyOut, **_REFUSED},
    operation_id="read_balance",
)
def read_balance(request: HttpRequest, number: str) -> MoneyOut:
    """What an account owes by its bills; negative: what it is owed."""
    return MoneyOut.of(balance_of(customers.account_in_sight(number, Sight.of(caller(request))).id))
