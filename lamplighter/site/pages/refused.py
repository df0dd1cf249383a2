"""A no, told as a page to who asked for one, and as a problem to a program."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lamplighter.kernel import Refusal
from lamplighter.platform import web
from lamplighter.platform.logs import current_trace_id

_TITLES: Final = {
    HTTPStatus.BAD_REQUEST: ("This request cannot be understood.", "Go back and try again."),
    HTTPStatus.FORBIDDEN: (
        "This form is too old, or came from elsewhere.",
        "Go back, load the page again, and send the form once more.",
    ),
    HTTPStatus.NOT_FOUND: ("There is no such page.", "Perhaps a search finds what you look for."),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something broke here.",
        "Nothing of what you sent was kept. If it happens again, quote the number below.",
    ),
}


def wants_page(request: HttpRequest) -> bool:
    """Whether it is a browser that asks, and not for the API."""
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def of_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Tell a refusal as a page."""
    told = {"title": refusal.title, "detail": refusal.detail, "remedy": refusal.remedy}
    return _page(request, refusal.status, **told)


def _of_status(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    title, remedy = _TITLES[status]
    return _page(request, status, title=title, detail="", remedy=remedy)


def _page(
    request: HttpRequest, status: int, *, title: str, detail: str, remedy: str
) -> HttpResponse:
    told = {"title": title, "detail": "" if detail == title else detail, "remedy": remedy}
    trace = {"trace_id": current_trace_id()}
    return render(request, "site/refused.html", told | trace, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_page(request):
        return _of_status(request, HTTPStatus.BAD_REQUEST)
    return web.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_page(request):
        return _of_status(request, HTTPStatus.FORBIDDEN)
    return web.forbidden(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_page(request):
        return _of_status(request, HTTPStatus.NOT_FOUND)
    return web.not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    if wants_page(request):
        return _of_status(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    return web.broken(request)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return forbidden(request, PermissionError())
