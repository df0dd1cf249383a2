"""Billing cycles over HTTP."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StrictBool, StrictInt

from lamplighter.billing import actions
from lamplighter.billing.domain.calendars import NewPeriod
from lamplighter.billing.domain.rules import document_of_rules
from lamplighter.billing.queries.cycles import Cycle, cycle, cycles
from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import Key, tell, write_once
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.entity_tags import check_if_match, tag_of
from lamplighter.platform.schemas import Day, In, Line, changes, makes, reads
from lamplighter.platform.web import actor

router = Router(tags=["billing"])

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
Rules = Annotated[
    dict[str, StrictBool | StrictInt | Line],
    Field(max_length=50, examples=[{"due_days": 21, "high": "2.5"}]),
]


class PeriodOut(Schema):
    """A period of a cycle's calendar."""

    first_day: date
    after_last: date = Field(description="Exclusive.")
    months: int


class CycleOut(Schema):
    """Accounts that are billed together, by which rules and calendar."""

    code: str
    name: str
    series: str
    rules: dict[str, Any]
    periods: list[PeriodOut]


class CyclesOut(Schema):
    """All cycles. There are few."""

    items: list[CycleOut]
    next: None = None


class CycleIn(In):
    """A cycle as it is defined."""

    code: Code
    name: Annotated[Line, Field(min_length=1)]
    series: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")] = "B"
    rules: Rules = Field(default_factory=dict)


class CycleCodeOut(Schema):
    """The cycle that there is now."""

    code: str


class RulesIn(In):
    """The rules by which bills are made from now on. What is not named stays as it is."""

    rules: Rules


class PeriodIn(In):
    """A period that is added to a calendar."""

    first_day: Day
    after_last: Day
    months: Annotated[int, Field(strict=True, ge=1, le=24)] = 1


class CalendarIn(In):
    """Periods that follow what there is, and each other."""

    periods: Annotated[list[PeriodIn], Field(min_length=1, max_length=1200)]


@router.get(
    "",
    auth=needs(Action.READ_BILLING),
    response=reads(CyclesOut),
    operation_id="list_billing_cycles",
)
def list_billing_cycles(request: HttpRequest) -> HttpResponse:
    """All cycles, with their rules and calendars."""
    return tell(request, {"items": [_told(one) for one in cycles()], "next": None})


@router.post(
    "",
    auth=needs(Action.CHANGE_CYCLES),
    response=makes(CycleCodeOut),
    operation_id="define_billing_cycle",
)
def define_billing_cycle(
    request: HttpRequest, defined: CycleIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Define a cycle. It needs a calendar before it can be billed."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        actions.define_cycle(
            code=defined.code,
            name=defined.name,
            series=defined.series,
            rules=defined.rules,
            by=actor(request),
            at=at,
        )
        return {"code": defined.code}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.put(
    "/{identifier:code}/rules",
    auth=needs(Action.CHANGE_CYCLES),
    response=changes(CycleOut),
    operation_id="change_billing_rules",
)
def change_billing_rules(request: HttpRequest, code: str, changed: RulesIn) -> HttpResponse:
    """Let the bills of a cycle be made by other rules. `If-Match` is required."""
    told = cycle(code)
    check_if_match(request, _tag(told))
    rules = document_of_rules(told.rules) | changed.rules
    actions.change_rules(cycle=code, rules=rules, by=actor(request), at=timezone.now())
    anew = cycle(code)
    return tell(request, _told(anew), tag=_tag(anew))


@router.post(
    "/{identifier:code}/periods",
    auth=needs(Action.CHANGE_CYCLES),
    response=makes(CycleCodeOut),
    operation_id="extend_billing_calendar",
)
def extend_billing_calendar(
    request: HttpRequest, code: str, calendar: CalendarIn, idempotency_key: Key = None
) -> Status[dict[str, Any]]:
    """Add periods to a cycle's calendar."""
    at = timezone.now()

    def act() -> dict[str, JSON]:
        periods = [NewPeriod(**one.dict()) for one in calendar.periods]
        actions.extend_calendar(cycle=code, periods=periods, by=actor(request), at=at)
        return {"code": code}

    return Status(201, write_once(request, idempotency_key, act, at=at))


@router.get(
    "/{identifier:code}",
    auth=needs(Action.READ_BILLING),
    response=reads(CycleOut, 404),
    operation_id="read_billing_cycle",
)
def read_billing_cycle(request: HttpRequest, code: str) -> HttpResponse:
    """A cycle. Its ETag is what a change of its rules has to send as If-Match."""
    told = cycle(code)
    return tell(request, _told(told), tag=_tag(told))


def _told(told: Cycle) -> dict[str, Any]:
    return {
        "code": told.code,
        "name": told.name,
        "series": told.series,
        "rules": document_of_rules(told.rules),
        "periods": told.periods,
    }


def _tag(told: Cycle) -> str:
    return tag_of(told.code, told.name, told.rules, told.periods)
