"""What waits for a person: held bills, accounts that could not be billed, corrections."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.billing import actions
from lamplighter.billing.api.schemas import ReasonIn
from lamplighter.billing.queries import work
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, named, tell_page, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Identifier,
    Limit,
    MoneyOut,
    PageOut,
    Sort,
    makes,
    money_of,
    reads,
)
from lamplighter.platform.web import actor

held = Router(tags=["billing"])
exceptions = Router(tags=["billing"])
corrections = Router(tags=["billing"])


class CheckOut(Schema):
    """What is odd about a bill."""

    code: str
    detail: str


class HeldBillOut(Schema):
    """A bill that a check has stopped before it was issued."""

    id: UUID
    account: str
    total: MoneyOut
    checks: list[CheckOut]
    state: Literal["waiting", "released", "discarded"]
    held_at: datetime


class ReleasedOut(Schema):
    """The bill that was issued after all."""

    number: str


class HeldBillDecidedOut(Schema):
    """What was decided on."""

    id: UUID


class ExceptionOut(Schema):
    """An account that could not be billed, and why."""

    id: UUID
    account: str
    run: UUID | None
    first_day: date
    after_last: date
    code: str
    detail: str
    remedy: str
    raised_at: datetime
    resolved_at: datetime | None


class PendingCorrectionOut(Schema):
    """Days that were billed, and of which something else is known by now."""

    id: UUID
    account: str
    usage_point: str
    first_day: date
    state: str = Field(description="`to-check`: not worked out yet; `to-bill`: on the next bill.")
    noticed_at: datetime


_EXCEPTION = named(*ExceptionOut.model_fields)
_CORRECTION = named(*PendingCorrectionOut.model_fields)


@held.get(
    "",
    auth=needs(Action.READ_BILLING),
    response=reads(PageOut[HeldBillOut]),
    operation_id="list_held_bills",
)
def list_held_bills(
    request: HttpRequest,
    state: Literal["waiting", "released", "discarded"] = "waiting",
    account: Identifier | None = None,
    sort: Sort = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """
    Bills that were held, the longest ago first. They can be sorted by held_at, account and total.
    """
    page = work.held_page(
        state=state, account=account, asked=Asked(sort=sort, after=after, limit=limit)
    )
    return tell_page(request, page, _held)


@held.post(
    "/{uuid:held_id}/release",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(ReleasedOut),
    operation_id="release_held_bill",
)
def release_held_bill(
    request: HttpRequest, held_id: UUID, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Issue a bill that was held."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        number = actions.release_held_bill(held_id=held_id, by=actor(request), at=at)
        return {"number": number}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@held.post(
    "/{uuid:held_id}/discard",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(HeldBillDecidedOut),
    operation_id="discard_held_bill",
)
def discard_held_bill(
    request: HttpRequest, held_id: UUID, decided: ReasonIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Give up a bill that was held. Its days can be billed again."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.discard_held_bill(held_id=held_id, reason=decided.reason, by=actor(request), at=at)
        return {"id": str(held_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@exceptions.get(
    "",
    auth=needs(Action.READ_BILLING),
    response=reads(PageOut[ExceptionOut]),
    operation_id="list_billing_exceptions",
)
def list_billing_exceptions(
    request: HttpRequest,
    state: Literal["open", "resolved"] = "open",
    account: Identifier | None = None,
    sort: Sort = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """
    Accounts that could not be billed, the first that failed first. They can be sorted by raised_at,
    account and code.
    """
    page = work.exceptions_page(
        is_open=state == "open", account=account, asked=Asked(sort=sort, after=after, limit=limit)
    )
    return tell_page(request, page, _EXCEPTION)


@exceptions.post(
    "/{uuid:exception_id}/dismissal",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(HeldBillDecidedOut),
    operation_id="dismiss_billing_exception",
)
def dismiss_billing_exception(
    request: HttpRequest, exception_id: UUID, decided: ReasonIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Give up billing an account for these days."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.dismiss_exception(
            exception_id=exception_id, reason=decided.reason, by=actor(request), at=at
        )
        return {"id": str(exception_id)}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@corrections.get(
    "",
    auth=needs(Action.READ_BILLING),
    response=reads(PageOut[PendingCorrectionOut]),
    operation_id="list_corrections",
)
def list_corrections(
    request: HttpRequest,
    account: Identifier | None = None,
    sort: Sort = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """
    Corrections that are on no bill yet, the first that was noticed first. They can be sorted by
    noticed_at, account and first_day.
    """
    page = work.corrections_page(account=account, asked=Asked(sort=sort, after=after, limit=limit))
    return tell_page(request, page, _CORRECTION)


def _held(row: tuple[Any, ...]) -> dict[str, Any]:
    held_id, account, minor, currency, checks, state, held_at = row
    return {
        "id": held_id,
        "account": account,
        "total": money_of(minor, currency),
        "checks": checks,
        "state": state,
        "held_at": held_at,
    }
