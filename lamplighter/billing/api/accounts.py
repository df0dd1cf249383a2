"""What hangs on an account, over HTTP."""

from datetime import date
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.billing.queries.accounts import Property, properties_of, search_accounts
from lamplighter.billing.queries.bills import balance_of
from lamplighter.customers import actions as customer_actions
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, note_list_read, note_read, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import text_cursor, text_of
from lamplighter.platform.schemas import After, Day, In, Limit, Line, Lines, MoneyOut, makes, reads
from lamplighter.platform.sparse import Fields, Sparse, thinned
from lamplighter.platform.web import actor

Search = Annotated[Line, Field(description="A number of whatever it is, a name, an address.")]

router = Router(tags=["accounts"])


class FoundOut(Schema):
    """An account that a search has found. Name and address are personal."""

    number: str
    holder: str
    postal_address: list[str]
    closed_on: date | None


class AccountIn(In):
    """An account as it is opened."""

    number: Line = Field(min_length=1, max_length=32, examples=["A-1001"])
    holder: Line = Field(min_length=1)
    postal_address: Lines
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])
    opened_on: Day
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)


class OpenedOut(Schema):
    """An account that was opened."""

    number: str


ACCOUNTS: Final = Sparse(FoundOut, always=("number",))


class PropertyMeterOut(Schema):
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
    meters: list[PropertyMeterOut]

    @classmethod
    def of(cls, told: Property) -> "PropertyOut":
        facts = {name: getattr(told, name) for name in cls.model_fields if name != "meters"}
        meters = [
            PropertyMeterOut(
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
    response=reads(ACCOUNTS.page),
    operation_id="find_accounts",
)
def find_accounts(
    request: HttpRequest,
    search: Search = "",
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Accounts by what you have before you, in the order of their numbers."""
    chosen = ACCOUNTS.chosen(fields)
    found = search_accounts(
        search, sight=Sight.of(caller(request)), after=text_of(after), limit=limit + 1
    )
    numbers = [account.number for account in found[:limit]]
    note_list_read(request, "accounts", numbers, at=timezone.now())
    items = [
        thinned({name: getattr(account, name) for name in FoundOut.model_fields}, chosen)
        for account in found[:limit]
    ]
    following = text_cursor(numbers[-1]) if len(found) > limit else None
    return tell(request, {"items": items, "next": following})


@router.post(
    "",
    auth=needs(Action.CHANGE_ACCOUNTS),
    response=makes(OpenedOut),
    operation_id="open_account",
)
def open_account(
    request: HttpRequest, opened: AccountIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Open an account."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        facts = opened.dict() | {"postal_address": tuple(opened.postal_address)}
        customer_actions.open_account(
            customer_actions.NewAccount(**facts), by=actor(request), at=at
        )
        return {"number": opened.number}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{identifier:number}/properties",
    auth=needs(Action.READ_PROPERTIES),
    response=reads(list[PropertyOut], 404),
    operation_id="list_properties",
)
def list_properties(request: HttpRequest, number: str) -> HttpResponse:
    """What an account pays for: address, meter, tariff."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"account:{account.id}", at=timezone.now())
    told = [PropertyOut.of(one) for one in properties_of(account.id, at=timezone.now())]
    return tell(request, told)


@router.get(
    "/{identifier:number}/balance",
    auth=needs(Action.READ_ACCOUNTS),
    response=reads(MoneyOut, 404),
    operation_id="read_balance",
)
def read_balance(request: HttpRequest, number: str) -> HttpResponse:
    """What an account owes by its bills; negative: what it is owed."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    note_read(request, f"account:{account.id}", at=timezone.now())
    return tell(request, MoneyOut.of(balance_of(account.id)))
