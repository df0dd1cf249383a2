"""Who comes in: nobody, unless a view says otherwise or they have logged in as staff."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers

from lamplighter.identity import api as identity
from lamplighter.kernel import Refusal
from lamplighter.platform import web
from lamplighter.site.pages import refused

Answer = Callable[[HttpRequest], HttpResponseBase]
API = "/api/"


class StaffOnly:
    """
    Middleware: refuses strangers every view that is not marked by `platform.web.open_to_all`.

    A program gets a problem, a person the page to log in. What is behind is kept by no cache.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponseBase | None:
        """Let in, or answer in the view's place."""
        if getattr(view, "open_to_all", False):
            return None
        try:
            staff = _staff(request)
        except Refusal as no:
            return _challenged(web.refused(request, no))
        if staff is None:
            return _to_log_in(request)
        request.staff = staff  # type: ignore[attr-defined] # for pages
        request.actor = staff.actor  # type: ignore[attr-defined] # for platform.web.actor
        return None


class RefusalsOnPages:
    """Middleware, the innermost: on a page a refusal is told as a page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refusal) and refused.wants_page(request):
            return refused.of_refusal(request, error)
        return None


def _staff(request: HttpRequest) -> identity.Staff | None:
    staff = identity.staff_of_session(request)
    if staff is None and request.path.startswith(API):
        staff = identity.staff_of_password(request)
    return staff


def _to_log_in(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API):
        return _challenged(web.refused(request, web.UnauthorizedAccess()))
    # What was sent is lost, so the way back leads to a page only where one was asked for.
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")


def _challenged(response: HttpResponse) -> HttpResponse:
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Basic realm="Lamplighter", charset="UTF-8"'
    return response
