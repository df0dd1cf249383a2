"""The audit trail, read page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lamplighter.platform.models import AuditLine
from lamplighter.platform.paging import Asked, Page, order_of, page_of

COLUMNS: Final = ("id", "at", "actor", "action", "subject", "detail", "digest")
SORTS: Final = {"at": "at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesWanted:
    """Which lines somebody looks for."""

    actor: str | None = None
    action: str | None = None
    """The whole of it, or how it begins: `billing.`."""
    subject: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def trail_page(wanted: LinesWanted, *, asked: Asked) -> Page:
    """
    A page of the trail, the latest line first if no other order is asked for: rows of `COLUMNS`.

    :raises SortUnknown, CursorMalformed: see `platform.paging`
    """
    upwards = asked.sort == "at"
    order = order_of(asked.sort or "-at", SORTS, tie="id" if upwards else "-id")
    found = AuditLine.objects.all()
    if wanted.actor is not None:
        found = found.filter(actor=wanted.actor)
    if wanted.action is not None:
        found = found.filter(action__startswith=wanted.action)
    if wanted.subject is not None:
        found = found.filter(subject=wanted.subject)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.before is not None:
        found = found.filter(at__lt=wanted.before)
    return page_of(found, COLUMNS, order=order, asked=asked)
