"""How much may be sent in one request: it is refused before it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from lamplighter.kernel import Refusal
from lamplighter.platform.web import refused


class RequestTooLarge(Refusal):
    """This request is larger than what is taken here."""

    status = 413


class Sizes:
    """Middleware: what is larger than the setting is refused; files may be larger."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        most = largest(request.path)
        # Without a length nothing of a body is read. One that is no number is as good as none.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > most:
            no = RequestTooLarge(
                f"It has {int(length):,} bytes, and at most {most:,} are taken.",
                remedy="Send less at once.",
            )
            return refused(request, no)
        return self.get_response(request)


def largest(path: str) -> int:
    """How many bytes may be sent to an address."""
    if path in settings.LAMPLIGHTER_FILES_AT:
        return int(settings.LAMPLIGHTER_FILE_BYTES_MAX)
    return int(settings.LAMPLIGHTER_REQUEST_BYTES_MAX)
