"""Agreements over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool

from lamplighter.billing import actions
from lamplighter.billing.queries.agreement_lists import (
    AgreementsWanted,
    agreement_row,
    agreements_page,
)
from lamplighter.customers import queries as customers
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import (
    Key,
    note_list_read,
    note_read,
    tell,
    tell_page,
    write_once,
)
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Day,
    DecimalIn,
    DecimalText,
    Identifier,
    In,
    Limit,
    Line,
    Sort,
    makes,
    reads,
)
from lamplighter.platform.sparse import Fields, Sparse
from lamplighter.platform.web import actor

router = Router(tags=["agreements"])

Named = Annotated[Line, Field(min_length=1)]


class AgreementOut(Schema):
    """An account pays for a usage point by a tariff."""

    id: UUID
    account: str
    usage_point: str
    tariff: str
    starts_on: date
    ends_on: date | None = Field(description="Exclusive; null: it goes on.")
    billed_until: date | None = Field(description="Exclusive.")
    connected_kw: DecimalText | None
    meters: int
    power_factor: DecimalText | None


AGREEMENTS = Sparse(AgreementOut, always=("id",))


class AgreementIn(In):
    """An agreement as it is made."""

    account: Identifier
    usage_point: Named = Field(description="Its reference.")
    tariff: Named = Field(description="Its code.")
    cycle: Named = Field(description="The billing cycle of the account.")
    starts_on: Day
    ends_on: Day | None = None
    connected_kw: DecimalIn | None = None
    meters: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    power_factor: DecimalIn | None = None
    after_vacancy: StrictBool = Field(
        default=False, description="That nobody paid for the days since the one before is meant."
    )


class EndingIn(In):
    """On which day an agreement ends: the first one that it is not for any more."""

    on: Day


class RateChangeIn(In):
    """From which day on which tariff holds."""

    on: Day
    tariff: Named


class AgreementMadeOut(Schema):
    """The agreement that there is now."""

    id: UUID


@router.get(
    "",
    auth=needs(Action.READ_AGREEMENTS),
    response=reads(AGREEMENTS.page),
    operation_id="list_agreements",
)
def list_agreements(
    request: HttpRequest,
    account: Identifier | None = None,
    usage_point: Named | None = None,
    tariff: Named | None = None,
    sort: Sort = None,
    fields: Fields = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """Agreements, the latest first. They can be sorted by starts_on and id."""
    chosen = AGREEMENTS.chosen(fields)
    wanted = AgreementsWanted(account=account, usage_point=usage_point, tariff=tariff)
    page = agreements_page(wanted, asked=Asked(sort=sort, after=after, limit=limit))
    note_list_read(request, "agreements", (str(row[0]) for row in page.rows), at=timezone.now())
    return tell_page(request, page, _told, chosen)


@router.post(
    "",
    auth=needs(Action.CHANGE_AGREEMENTS),
    response=makes(AgreementMadeOut),
    operation_id="make_agreement",
)
def make_agreement(
    request: HttpRequest, made: AgreementIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let an account pay for a usage point."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        new = actions.NewAgreement(
            account_id=customers.account(made.account).id,
            usage_point_id=customers.usage_point(made.usage_point).id,
            **made.dict(include={"tariff", "starts_on", "ends_on", "connected_kw", "meters",
                                 "power_factor"}),
        )  # fmt: skip
        agreement_id = actions.make_agreement(
            new, cycle=made.cycle, after_vacancy=made.after_vacancy, by=actor(request), at=at
        )
        return {"id": str(agreement_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{uuid:agreement_id}",
    auth=needs(Action.READ_AGREEMENTS),
    response=reads(AgreementOut, 404),
    operation_id="read_agreement",
)
def read_agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """An agreement."""
    row = agreement_row(agreement_id)
    note_read(request, f"agreement:{agreement_id}", at=timezone.now())
    return tell(request, _told(row))


@router.post(
    "/{uuid:agreement_id}/ending",
    auth=needs(Action.CHANGE_AGREEMENTS),
    response=makes(AgreementMadeOut),
    operation_id="end_agreement",
)
def end_agreement(
    request: HttpRequest, agreement_id: UUID, ending: EndingIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let an agreement end."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.end_agreement(agreement_id=agreement_id, on=ending.on, by=actor(request), at=at)
        return {"id": str(agreement_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.post(
    "/{uuid:agreement_id}/rate-change",
    auth=needs(Action.CHANGE_AGREEMENTS),
    response=makes(AgreementMadeOut),
    operation_id="change_rate",
)
def change_rate(
    request: HttpRequest, agreement_id: UUID, change: RateChangeIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Let another tariff hold from a day on: the agreement ends, and another one begins."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        made = actions.change_rate(
            agreement_id=agreement_id,
            tariff=change.tariff,
            on=change.on,
            by=actor(request),
            at=at,
        )
        return {"id": str(made)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    told = dict(zip(AgreementOut.model_fields, row, strict=True))
    return {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in told.items()}
