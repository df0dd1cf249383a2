"""Organisations over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool

from lamplighter.identity.actions.organisations import add_merchant, change_organisation
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import Organisation
from lamplighter.identity.queries.organisations import (
    organisation_in_sight,
    organisations_in_sight,
)
from lamplighter.platform.access import caller, needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.entity_tags import check_if_match, tag_of
from lamplighter.platform.paging import cursor, order_of, page
from lamplighter.platform.schemas import After, In, Limit, PageOut, Sort, reads, refusals

router = Router(tags=["organisations"])
Name = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", max_length=64)]
_SORTS = {"slug": "slug", "made_at": "made_at"}


class OrganisationIn(In):
    """A merchant to be added."""

    kind: Literal["merchant"] = Field(description="The others are there from the beginning.")
    name: Name
    slug: Slug = Field(description="What it is called in addresses.")


class OrganisationChange(In):
    """What an organisation is to be."""

    name: Name
    closed: StrictBool = False


class OrganisationOut(Schema):
    """An organisation."""

    id: UUID
    kind: str
    name: str
    slug: str
    made_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, organisation: Organisation) -> "OrganisationOut":
        return cls(**{name: getattr(organisation, name) for name in cls.model_fields})


@router.get(
    "",
    auth=needs(Action.READ_ORGANISATIONS),
    response=reads(PageOut[OrganisationOut]),
    operation_id="list_organisations",
)
def list_organisations(
    request: HttpRequest, sort: Sort = None, after: After = None, limit: Limit = 50
) -> HttpResponse:
    """Those that the caller may see."""
    order = order_of(sort, _SORTS, tie="id")
    found = organisations_in_sight(caller(request).grant)
    rows, following = page(found, order=order, after=after, limit=limit)
    ends = [getattr(rows[-1], path.removeprefix("-")) for path in order] if following else []
    told = PageOut(
        items=[OrganisationOut.of(row) for row in rows],
        next=cursor(order, ends) if following else None,
    )
    return tell(request, told)


@router.post(
    "",
    auth=needs(Action.CHANGE_ORGANISATIONS),
    response={201: OrganisationOut, **refusals(404, 409, 422)},
    operation_id="add_organisation",
)
def add_organisation(
    request: HttpRequest, organisation: OrganisationIn, key: Key = None
) -> Status[dict[str, Any]]:
    """Add a merchant, once for each `Idempotency-Key`. Its first owner is appointed by two."""
    by, at = caller(request), timezone.now()

    def act() -> dict[str, Any]:
        made = add_merchant(name=organisation.name, slug=organisation.slug, by=by.actor, at=at)
        return OrganisationOut.of(made).model_dump(mode="json")

    return Status(201, write_once(request, key, act, at=at))


@router.get(
    "/{uuid:organisation_id}",
    auth=needs(Action.READ_ORGANISATIONS),
    response={200: OrganisationOut, **refusals(404)},
    operation_id="read_organisation",
)
def read_organisation(
    request: HttpRequest, organisation_id: UUID, response: HttpResponse
) -> OrganisationOut:
    """One of them, with the ETag that a change names."""
    found = organisation_in_sight(organisation_id, caller(request).grant)
    response["ETag"] = _tag(found)
    return OrganisationOut.of(found)


@router.put(
    "/{uuid:organisation_id}",
    auth=needs(Action.CHANGE_ORGANISATIONS),
    response={200: OrganisationOut, **refusals(404, 409, 412, 422, 428)},
    operation_id="change_organisation",
)
def put_organisation(
    request: HttpRequest,
    organisation_id: UUID,
    change: OrganisationChange,
    response: HttpResponse,
) -> OrganisationOut:
    """Rename it, or close it. `If-Match` says which version it changes."""
    by = caller(request)
    changed = change_organisation(
        organisation_id,
        name=change.name,
        is_closed=change.closed,
        check=lambda seen: check_if_match(request, _tag(seen)),
        grant=by.grant,
        by=by.actor,
        at=timezone.now(),
    )
    response["ETag"] = _tag(changed)
    return OrganisationOut.of(changed)


def _tag(organisation: Organisation) -> str:
    return tag_of(organisation.id, organisation.revision)
