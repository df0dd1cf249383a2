"""GraphQL over HTTP: POST of JSON, one question at a time, by who has said who they are."""

import hashlib
import re
from http import HTTPStatus
from typing import Any, Final

import orjson
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from strawberry.types import ExecutionResult

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import web
from lamplighter.platform.access import identify
from lamplighter.platform.rest import InvalidInput
from lamplighter.site.graphql.schema import schema

QUERY_BYTES_MAX: Final = 20_000
KNOWN_FOR_S: Final = 24 * 3600
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = {"query", "variables", "operationName", "extensions"}


class PersistedQueryNotFound(Refusal):
    """The query of this hash is not known here, or no longer."""

    status = 404


@csrf_exempt  # The doorkeeper asks for the token where a cookie says who it is.
@web.open_to_all  # It lets in by itself, as all of the API does.
@require_POST
def graphql(request: HttpRequest) -> HttpResponse:
    """Answer one question."""
    try:
        caller = identify(request)
        asked = _asked(request)
        query = _query(asked)
    except Refusal as no:
        return web.refused(request, no)
    result = schema.execute_sync(
        query,
        variable_values=asked.get("variables") or {},
        operation_name=asked.get("operationName"),
        context_value={"caller": caller},
    )
    return _answer(result)


def _asked(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json" or len(request.body) > 2 * QUERY_BYTES_MAX:
        raise InvalidInput(f"Send JSON, of {2 * QUERY_BYTES_MAX} bytes at most.")
    try:
        asked = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise InvalidInput("This is not JSON.") from None
    if not isinstance(asked, dict) or not set(asked) <= _MEMBERS:
        raise InvalidInput(f"Send an object of {', '.join(sorted(_MEMBERS))}.")
    for name, kind in (("query", str), ("variables", dict), ("operationName", str)):
        if not isinstance(asked.get(name), kind | None):
            raise InvalidInput("It is of another type.", places=(Place(field=name),))
    return asked


def _query(asked: dict[str, Any]) -> str:
    """
    The question: as it stands there, or as it was sent before under its hash, so that an app sends
    64 characters instead of the same kilobytes each time (automatic persisted queries).
    """
    known = _hash(asked)
    query: str | None = asked.get("query")
    if query is None:
        if known is None:
            raise InvalidInput(places=(Place(field="query"),))
        query = cache.get(_key(known))
        if query is None:
            raise PersistedQueryNotFound(remedy="Send it once together with its hash.")
        return query
    if len(query.encode(errors="replace")) > QUERY_BYTES_MAX:
        raise InvalidInput("It is too long.", places=(Place(field="query"),))
    if known is not None:
        if hashlib.sha256(query.encode(errors="replace")).hexdigest() != known:
            raise InvalidInput("The hash is another query's.", places=(Place(field="extensions"),))
        cache.set(_key(known), query, KNOWN_FOR_S)
    return query


def _hash(asked: dict[str, Any]) -> str | None:
    extensions = asked.get("extensions")
    if extensions is None:
        return None
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    known = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(known, str) or not _HASH.fullmatch(known):
        raise InvalidInput(
            "It has no persistedQuery.sha256Hash.", places=(Place(field="extensions"),)
        )
    return known


def _key(known: str) -> str:
    return f"graphql:{known}"


def _answer(result: ExecutionResult) -> HttpResponse:
    """What was found, with 200 also where a part was refused; 400 for what is no question."""
    told: dict[str, Any] = {"data": result.data}
    if result.errors:
        told["errors"] = [error.formatted for error in result.errors]
    status = HTTPStatus.OK if result.data is not None else HTTPStatus.BAD_REQUEST
    return HttpResponse(
        orjson.dumps(told),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
