"""
Answers of the API go out compressed, by brotli or gzip, to who can read that.

An answer that carries a secret beside what a caller chose could be guessed by its length (BREACH),
so nothing is compressed that no cache may keep (`no-store`: tokens, keys, codes), that sets a
cookie, or that is no JSON. Pages, whose forms carry a token, are no JSON.
"""

import gzip
from collections.abc import Callable
from typing import Final, TypeGuard

import brotli
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

LEAST_BYTES: Final = 1024
_API: Final = "/api/"


class Compression:
    """Middleware: see above."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(_API) or not _may_be(response):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        coding = _coding(request.headers.get("accept-encoding", ""))
        if coding:
            body = response.content
            response.content = _COMPRESS[coding](body)
            response["Content-Encoding"] = coding
            # The same content in another coding is, strictly taken, another representation.
            if response.get("ETag", "").startswith('"'):
                response["ETag"] = f"W/{response['ETag']}"
        if "Content-Length" in response.headers:
            response["Content-Length"] = str(len(response.content))
        return response


def _may_be(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    return (
        isinstance(response, HttpResponse)
        and len(response.content) >= LEAST_BYTES
        and "Content-Encoding" not in response.headers
        and "json" in response.headers.get("Content-Type", "")
        and "no-store" not in response.headers.get("Cache-Control", "")
        and not response.cookies
    )


def _coding(accepted: str) -> str:
    """The best of the codings that a caller reads; empty: none of ours."""
    weights: dict[str, str] = {}
    for piece in accepted.lower().split(","):
        name, _, weight = piece.partition(";")
        weights[name.strip()] = weight.replace(" ", "")
    for coding in _COMPRESS:
        if coding in weights and weights[coding] not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            return coding
    return ""


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=4))


_COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": _brotli,
    "gzip": lambda body: gzip.compress(body, compresslevel=5, mtime=0),
}
