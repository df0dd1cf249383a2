"""Bill runs over HTTP. A run is opened here, and carried on by the worker."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from lamplighter.billing import actions
from lamplighter.billing.queries import work
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import (
    After,
    Day,
    Identifier,
    In,
    Limit,
    Line,
    PageOut,
    makes,
    reads,
)
from lamplighter.platform.web import actor

router = Router(tags=["billing"])


class RunOut(Schema):
    """How far a bill run has come."""

    id: UUID
    cycle: str
    cycle_name: str
    first_day: date
    after_last: date
    issued_on: date
    started_at: datetime
    finished_at: datetime | None
    parts: int
    parts_done: int
    accounts: int
    issued: int
    held: int
    parked: int = Field(description="Accounts that could not be billed.")


class RunIn(In):
    """What shall be billed."""

    cycle: Annotated[Line, Field(min_length=1)]
    through: Day = Field(description="The last day that is billed; it has to be over.")


class RunsOpenedOut(Schema):
    """The runs with work to do, the earliest period first."""

    runs: list[UUID]


@router.get(
    "",
    auth=needs(Action.READ_BILLING),
    response=reads(PageOut[RunOut]),
    operation_id="list_bill_runs",
)
def list_bill_runs(
    request: HttpRequest, cycle: Identifier | None = None, after: After = None, limit: Limit = 50
) -> HttpResponse:
    """Bill runs, those that were started last first."""
    found, following = work.runs_page(cycle=cycle, asked=Asked(after=after, limit=limit))
    return tell(request, {"items": [asdict(one) for one in found], "next": following})


@router.post(
    "",
    auth=needs(Action.DECIDE_BILLS),
    response=makes(RunsOpenedOut),
    operation_id="open_bill_runs",
)
def open_bill_runs(
    request: HttpRequest, opened: RunIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Bill a cycle up to and including a day: the runs are opened, and the worker does them."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        runs = actions.open_runs(
            cycle_code=opened.cycle, through=opened.through, by=actor(request), at=at
        )
        return {"runs": [str(one) for one in runs]}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{uuid:run_id}",
    auth=needs(Action.READ_BILLING),
    response=reads(RunOut, 404),
    operation_id="read_bill_run",
)
def read_bill_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a bill run has come."""
    return tell(request, asdict(work.run(run_id)))
