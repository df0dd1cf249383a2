"""The audit trail over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.access import needs
from lamplighter.platform.answers import named, note_read, tell_page
from lamplighter.platform.paging import Asked
from lamplighter.platform.schemas import After, Limit, Line, Moment, PageOut, Sort, reads
from lamplighter.platform.trail import LinesWanted, trail_page

router = Router(tags=["operations"])


class AuditLineOut(Schema):
    """Who did what to what, when."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    digest: str


@router.get(
    "",
    auth=needs(Action.READ_AUDIT),
    response=reads(PageOut[AuditLineOut]),
    operation_id="read_audit_trail",
)
def read_audit_trail(
    request: HttpRequest,
    by: Annotated[Line | None, Field(description="Who did it: `user:0199…`.")] = None,
    action: Annotated[Line | None, Field(description="What, or how it begins: `billing.`.")] = None,
    subject: Annotated[Line | None, Field(description="To what: `account:0199…`.")] = None,
    since: Moment | None = None,
    before: Moment | None = None,
    sort: Sort = None,
    after: After = None,
    limit: Limit = 50,
) -> HttpResponse:
    """The audit trail, the latest line first. It can be sorted by at."""
    wanted = LinesWanted(actor=by, action=action, subject=subject, since=since, before=before)
    page = trail_page(wanted, asked=Asked(sort=sort, after=after, limit=limit))
    note_read(request, "audit", at=timezone.now())
    return tell_page(request, page, named(*AuditLineOut.model_fields))
