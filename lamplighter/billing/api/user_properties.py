"""A user's own homes, over HTTP, and what an account that is linked to one has there."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.billing.actions import user_properties as actions
from lamplighter.billing.api.accounts import PropertyOut
from lamplighter.billing.api.schemas import BillSummaryOut, summary_of
from lamplighter.billing.queries.accounts import properties_of
from lamplighter.billing.queries.bill_lists import BillsWanted, bills_page
from lamplighter.customers import actions as customers
from lamplighter.customers import queries as accounts
from lamplighter.customers.domain import Sight
from lamplighter.customers.queries.user_properties import (
    UserProperty,
    user_properties,
    user_property,
)
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Caller
from lamplighter.platform.access import UnauthorizedAccess, asking, caller, needs
from lamplighter.platform.answers import Key, note_read, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.entity_tags import check_if_match, tag_of
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Identifier,
    In,
    Limit,
    Line,
    Lines,
    PageOut,
    changes,
    makes,
    reads,
    refusals,
)
from lamplighter.platform.web import actor

router = Router(tags=["properties"])

LATEST = 12
"""Bills that are told with a property."""


class UserPropertyIn(In):
    """A home, as you describe it."""

    address: Lines = Field(examples=[["1 High Street", "Springfield"]])
    commodity: Literal["electricity", "gas", "water"]
    meter_number: Annotated[Line, Field(min_length=1, max_length=64)]
    tariff: Annotated[Line, Field(min_length=1, description="The code of a tariff.")]
    account: Identifier | None = Field(None, description="The account that pays for it.")


class UserPropertyOut(Schema):
    """A home, as its user describes it. Personal."""

    id: UUID
    address: list[str]
    commodity: str
    meter_number: str
    tariff: str
    account: str | None
    added_at: datetime


class ServiceOut(Schema):
    """What there really is: of the account that is linked to a property."""

    account: str
    places: list[PropertyOut]
    bills: list[BillSummaryOut] = Field(description="The latest ones.")


@router.get(
    "",
    auth=needs(Action.READ_PROPERTIES),
    response=reads(PageOut[UserPropertyOut]),
    operation_id="list_user_properties",
)
def list_user_properties(
    request: HttpRequest,
    user: Annotated[UUID | None, Field(description="Whose, if not your own.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Your homes, the first that was added first."""
    known = caller(request)
    whose = user or known.user_id
    if whose is None:
        return tell(request, {"items": [], "next": None})
    found, following = user_properties(
        whose, sight=Sight.of(known), asked=Asked(after=after, limit=limit)
    )
    note_read(request, f"user:{whose}", at=timezone.now())
    return tell(request, {"items": list(map(_told, found)), "next": following})


@router.post(
    "",
    auth=needs(Action.CHANGE_PROPERTIES),
    response=makes(UserPropertyOut),
    operation_id="add_user_property",
)
def add_user_property(
    request: HttpRequest, described: UserPropertyIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Add a home to yours."""
    known, at = caller(request), timezone.now()
    user_id = known.user_id
    if user_id is None:
        raise UnauthorizedAccess("This is for people, and not for systems.")

    def act() -> dict[str, JSON]:
        made = actions.add_user_property(
            _described(described, request), user_id=user_id, by=known.actor, at=at
        )
        told = user_property(made, Sight.of(known))
        return _told(told) | {"id": str(made), "added_at": told.added_at.isoformat()}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{uuid:property_id}/service",
    auth=needs(Action.READ_PROPERTIES),
    response=reads(ServiceOut, 404),
    operation_id="read_user_property_service",
)
def read_user_property_service(request: HttpRequest, property_id: UUID) -> HttpResponse:
    """
    The usage points, meters, tariff and bills of the account that is linked to a home. An app that
    may see no bills is told of none.
    """
    known, at = caller(request), timezone.now()
    sight = Sight.of(known)
    told = user_property(property_id, sight)
    account = accounts.account_in_sight(told.account or "", sight)
    note_read(request, f"account:{account.id}", at=at)
    service = {
        "account": account.number,
        "places": [PropertyOut.of(one) for one in properties_of(account.id, at=at)],
        "bills": _latest_bills(account.number, known),
    }
    return tell(request, service)


@router.get(
    "/{uuid:property_id}",
    auth=needs(Action.READ_PROPERTIES),
    response=reads(UserPropertyOut, 404),
    operation_id="read_user_property",
)
def read_user_property(request: HttpRequest, property_id: UUID) -> HttpResponse:
    """One of your homes. Its ETag is what a change has to send as If-Match."""
    told = user_property(property_id, Sight.of(caller(request)))
    note_read(request, f"user_property:{property_id}", at=timezone.now())
    return tell(request, _told(told), tag=_tag(told))


@router.put(
    "/{uuid:property_id}",
    auth=needs(Action.CHANGE_PROPERTIES),
    response=changes(UserPropertyOut),
    operation_id="change_user_property",
)
def change_user_property(
    request: HttpRequest, property_id: UUID, described: UserPropertyIn
) -> HttpResponse:
    """Describe one of your homes anew. `If-Match` is required."""
    sight = Sight.of(caller(request))
    told = user_property(property_id, sight)
    check_if_match(request, _tag(told))
    actions.change_user_property(
        property_id=property_id,
        described=_described(described, request),
        revision=told.revision,
        by=actor(request),
        at=timezone.now(),
    )
    anew = user_property(property_id, sight)
    return tell(request, _told(anew), tag=_tag(anew))


@router.delete(
    "/{uuid:property_id}",
    auth=needs(Action.CHANGE_PROPERTIES),
    response={204: None, **refusals(404, 412, 422, 428)},
    operation_id="remove_user_property",
)
def remove_user_property(request: HttpRequest, property_id: UUID) -> Status[None]:
    """Remove one of your homes. `If-Match` is required. Accounts and bills stay."""
    told = user_property(property_id, Sight.of(caller(request)))
    check_if_match(request, _tag(told))
    customers.remove_user_property(
        property_id=property_id, revision=told.revision, by=actor(request), at=timezone.now()
    )
    return Status(204, None)


def _latest_bills(account: str, known: Caller) -> list[dict[str, Any]]:
    if Action.READ_BILLS not in known.grants:
        return []
    sight = Sight.of(asking(known, Action.READ_BILLS))
    page = bills_page(BillsWanted(account=account), sight=sight, asked=Asked(limit=LATEST))
    return [summary_of(row) for row in page.rows]


def _described(said: UserPropertyIn, request: HttpRequest) -> customers.DescribedProperty:
    """:raises AccountUnknown: if the account is not there, as far as the caller can see"""
    account_id = None
    if said.account is not None:
        account_id = accounts.account_in_sight(said.account, Sight.of(caller(request))).id
    return customers.DescribedProperty(
        address=tuple(said.address),
        commodity=said.commodity,
        meter_number=said.meter_number,
        tariff=said.tariff,
        account_id=account_id,
    )


def _tag(told: UserProperty) -> str:
    return tag_of(told.id, told.revision, told.account)


def _told(told: UserProperty) -> dict[str, Any]:
    facts = {name: getattr(told, name) for name in UserPropertyOut.model_fields}
    return facts | {"address": list(told.address)}
