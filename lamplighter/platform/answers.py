"""
Answers of the API: what is written happens once for each idempotency key; who reads what is
personal is written down.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Header

from lamplighter.kernel import Place, Reach, Refusal
from lamplighter.platform import audit
from lamplighter.platform.access import caller
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.idempotency import once

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="Required. A new one for each write."),
]
"""The idempotency key of a write."""


class IdempotencyKeyMissing(Refusal):
    """A write says by an idempotency key that it is meant to happen once."""

    status = 400


def write_once(
    request: HttpRequest, key: str | None, act: Callable[[], Mapping[str, JSON]], *, at: datetime
) -> dict[str, Any]:
    """
    Do what a request asks for, once for each of the caller's idempotency keys.

    :param act: does it, and tells what is answered: this time, and to whoever asks again
    :raises IdempotencyKeyMissing: if there is no key
    :raises IdempotencyKeyReused: if something else was asked for under this key
    """
    if key is None:
        raise IdempotencyKeyMissing(places=(Place(field="Idempotency-Key"),))
    return once(
        actor=caller(request).actor,
        key=key,
        operation=f"{request.method} {request.get_full_path()}",
        body=request.body,
        at=at,
        act=act,
    )


def note_read(request: HttpRequest, subject: str, *, at: datetime, **detail: JSON) -> None:
    """Write down that somebody who sees everybody's has read what is about somebody."""
    known = caller(request)
    if known.grant.reach is not Reach.ALL:
        return
    with transaction.atomic():
        audit.record(
            actor=known.actor, action=str(known.asked), subject=subject, detail=detail, at=at
        )


def note_list_read(request: HttpRequest, what: str, found: Iterable[str], *, at: datetime) -> None:
    """The same of a list, in one line for all that it showed."""
    note_read(request, what, at=at, shown=list(found))
