"""What every request meets: a trace id, problem details instead of error pages, health."""

import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lamplighter.kernel import Refusal
from lamplighter.platform import problems
from lamplighter.platform.logs import current_trace_id, tracing

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

log = structlog.get_logger(__name__)


class Trace:
    """
    Middleware, the outermost: one trace id for all that a request does.

    It is the caller's, if a `traceparent` (W3C Trace Context) says so, and goes back as
    `X-Trace-Id`, to be quoted when asking for help.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
        trace_id = sent[1] if sent else secrets.token_hex(16)
        with tracing(trace_id):
            response = self.get_response(request)
        response["X-Trace-Id"] = trace_id
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else is a breakdown, which Django logs."""
        if not isinstance(error, Refusal):
            return None
        log.info("refused", code=error.code, status=error.status, path=request.path)
        return answer(problems.of_refusal(error, trace_id=current_trace_id()))


def answer(problem: dict[str, Any]) -> HttpResponse:
    """Make the response that a problem is told by."""
    return JsonResponse(
        problem,
        status=problem["status"],
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def _answer_status(status: HTTPStatus) -> HttpResponse:
    return answer(problems.of_status(status, trace_id=current_trace_id()))


def bad_request(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return _answer_status(HTTPStatus.BAD_REQUEST)


def forbidden(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return _answer_status(HTTPStatus.FORBIDDEN)


def not_found(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return _answer_status(HTTPStatus.NOT_FOUND)


def broken(_: HttpRequest) -> HttpResponse:
    return _answer_status(HTTPStatus.INTERNAL_SERVER_ERROR)


@require_safe
@never_cache
def live(_: HttpRequest) -> HttpResponse:
    """The process answers: there is no need to start it anew."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
def ready(_: HttpRequest) -> HttpResponse:
    """The process can work: requests may be sent to it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("not ready", reason=str(error))
        return _answer_status(HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ready"})


health: list[URLPattern] = [path("live", live), path("ready", ready)]
