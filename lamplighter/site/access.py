"""Who comes in: nobody, unless a view says whom it is for."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers

from lamplighter.kernel import Refusal
from lamplighter.platform import web
from lamplighter.platform.access import let_in, unknown
from lamplighter.site.pages import refused

Answer = Callable[[HttpRequest], HttpResponseBase]
API = "/api/"


class Doors:
    """
    Middleware: lets in by what a view is marked with, `platform.access.needs_page` or
    `platform.web.open_to_all`; a view without a mark is open to nobody.

    The API lets in by itself, operation by operation. A person who is not known gets the page to
    log in. What is behind is kept by no cache.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return _challenged(response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponseBase | None:
        """Let in, or answer in the view's place."""
        if getattr(view, "open_to_all", False) or request.path.startswith(API):
            return None
        action = getattr(view, "needs", None)
        try:
            if action is None:
                raise unknown()
            let_in(request, action)
        except Refusal as no:
            return _refused(request, no)
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


def _refused(request: HttpRequest, no: Refusal) -> HttpResponseBase:
    if no.status != 401:
        if refused.wants_page(request):
            return refused.of_refusal(request, no)
        return web.refused(request, no)
    # What was sent is lost, so the way back leads to a page only where one was asked for.
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")


def _challenged(response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == 401 and "WWW-Authenticate" not in response.headers:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Lamplighter"'
    return response
