"""What every request meets: a trace id, problem details instead of error pages, health."""

import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar

import orjson
import structlog
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, register_converter
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lamplighter.kernel import Refusal
from lamplighter.platform import problems
from lamplighter.platform.access import caller
from lamplighter.platform.logs import current_trace_id, tracing

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class IdentifierConverter:
    """In addresses: the number of an account or a bill, a slash in it included."""

    regex = r"[A-Za-z0-9][A-Za-z0-9./_-]{0,63}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdentifierConverter, "identifier")


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
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                allowed = response.headers.get("Allow", "")
                response = of_status(HTTPStatus.METHOD_NOT_ALLOWED)
                response["Allow"] = allowed
        response["X-Trace-Id"] = trace_id
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else is a breakdown, which Django logs."""
        if not isinstance(error, Refusal):
            return None
        return refused(request, error)


class KnownHosts:
    """
    Middleware: nothing is answered under a name that is not this site's, lest caches and links be
    led astray. Who only asks for health often knows no more than an address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/health/"):
            request.get_host()  # A name that is not known breaks off here: 400.
        return self.get_response(request)


CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from elsewhere, nothing written into a page itself, in nobody's frame."""


class ContentSecurity:
    """Middleware: what a browser may do with what it gets from here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal as a problem; one that says `retry_after_s` says it in the head too."""
    log.info("refused", code=refusal.code, status=refusal.status, path=request.path)
    response = answer(problems.of_refusal(refusal, trace_id=current_trace_id()))
    if retry_after_s := getattr(refusal, "retry_after_s", 0):
        response["Retry-After"] = str(retry_after_s)
    return response


def answer(problem: dict[str, Any]) -> HttpResponse:
    """Make the response that a problem is told by."""
    return HttpResponse(
        orjson.dumps(problem),
        status=problem["status"],
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )


def of_status(status: HTTPStatus) -> HttpResponse:
    """Answer what has no refusal of its own."""
    return answer(problems.of_status(status, trace_id=current_trace_id()))


def bad_request(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return of_status(HTTPStatus.BAD_REQUEST)


def forbidden(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return of_status(HTTPStatus.FORBIDDEN)


def not_found(_: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's name
    return of_status(HTTPStatus.NOT_FOUND)


def broken(_: HttpRequest) -> HttpResponse:
    return of_status(HTTPStatus.INTERNAL_SERVER_ERROR)


def open_to_all(view: View) -> View:
    """Mark a view that nobody has to log in for. Without the mark, a site refuses strangers."""
    view.open_to_all = True  # type: ignore[attr-defined] # a mark, as Django's csrf_exempt is
    return view


def public_address(request: HttpRequest) -> str:
    """Where this site is reached from outside, without a slash at the end."""
    named: str = settings.LAMPLIGHTER_URL
    return named or f"{request.scheme}://{request.get_host()}"


def actor(request: HttpRequest) -> str:
    """
    Who asks, for the audit trail, as the site that let them in has found out.

    :raises UnauthorizedAccess: if nobody was let in
    """
    return caller(request).actor


@open_to_all
@require_safe
@never_cache
def live(_: HttpRequest) -> HttpResponse:
    """The process answers: there is no need to start it anew."""
    return JsonResponse({"status": "live"})


@open_to_all
@require_safe
@never_cache
def ready(_: HttpRequest) -> HttpResponse:
    """The process can work: requests may be sent to it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.error("not ready", reason=str(error))
        return of_status(HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ready"})


health: list[URLPattern] = [path("live", live), path("ready", ready)]
