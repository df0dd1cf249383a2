"""
Answers of the API: what is read has an ETag, and is told anew only if it is another one; what is
written happens once for each idempotency key; who reads what is personal is written down.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Header, Schema
from ninja.renderers import BaseRenderer
from pydantic import Field

from lamplighter.kernel import Place, Reach, Refusal
from lamplighter.platform import audit
from lamplighter.platform.access import caller
from lamplighter.platform.canonical_json import JSON
from lamplighter.platform.entity_tags import has_newest, tag_of
from lamplighter.platform.idempotency import once
from lamplighter.platform.paging import Page
from lamplighter.platform.sparse import thinned

JSON_TYPE: Final = "application/json; charset=utf-8"
_HOW: Final = orjson.OPT_UTC_Z

# Told, not checked here: what is malformed has a refusal of its own.
_Key = Annotated[str, Field(json_schema_extra={"pattern": "^[!-~]{1,255}$"})]
Key = Annotated[
    _Key | None,
    Header(alias="Idempotency-Key", description="Required. A new one for each write."),
]
"""The idempotency key of a write."""


class IdempotencyKeyMissing(Refusal):
    """A write says by an idempotency key that it is meant to happen once."""

    status = 400


class Renderer(BaseRenderer):
    """Ninja's answers, by orjson."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:  # noqa: ARG002
        return dumped(data)


def dumped(data: Any) -> bytes:
    """JSON: times in UTC with a Z; a schema as it says itself."""
    return orjson.dumps(data, default=_plain, option=_HOW)


def tell(request: HttpRequest, told: Any, *, tag: str = "") -> HttpResponse:
    """
    Answer with what was read, or with 304 if the caller has it.

    :param tag: its ETag, where that is not just of what is told
    """
    body = dumped(told)
    tag = tag or tag_of(body)
    known = has_newest(request, tag)
    answer = HttpResponse(status=304) if known else HttpResponse(body, content_type=JSON_TYPE)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def tell_page(
    request: HttpRequest,
    page: Page,
    of_row: Callable[[tuple[Any, ...]], Mapping[str, Any]],
    chosen: frozenset[str] | None = None,
) -> HttpResponse:
    """Answer with a page of a list, each item with the chosen fields."""
    items = [thinned(of_row(row), chosen) for row in page.rows]
    return tell(request, {"items": items, "next": page.next})


def named(*names: str) -> Callable[[tuple[Any, ...]], dict[str, Any]]:
    """Items that are their rows' columns under these names."""
    return lambda row: dict(zip(names, row, strict=True))


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


def _plain(value: Any) -> Any:
    if isinstance(value, Schema):
        return value.model_dump(mode="json")
    return str(value)
