"""
How often somebody may ask: a bucket of tokens for each caller, and for strangers one for each
network address. It fills evenly, holds a minute's worth, and each request takes a token.

Buckets lie in the memory of a server process, and each process takes its share of the limit: with
four of them a caller who happens to reach one only gets a quarter. Headers tell a caller where they
stand (draft-ietf-httpapi-ratelimit-headers).
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from lamplighter.kernel import Refusal
from lamplighter.platform.network_addresses import network_address

PERIOD_S: Final = 60
BUCKETS_MAX: Final = 50_000
API: Final = "/api/"


class TooManyRequests(Refusal):
    """You ask too often."""

    status = 429
    retry_after_s: int = 1


@dataclass(frozen=True, slots=True)
class Left:
    """What is left in a bucket after a request."""

    tokens: int
    refills_in_s: int
    """Until the next token is there, rounded up."""
    is_enough: bool
    """Whether there was a token for this request."""


class Buckets:
    """The buckets of all who ask, each holding `size` tokens."""

    def __init__(self, size: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size = max(size, 1.0)
        self._per_second = self.size / PERIOD_S
        self._clock = clock
        self._held: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._held)

    def take(self, who: str) -> Left:
        """Take a token out of somebody's bucket, if there is one."""
        now = self._clock()
        with self._lock:
            tokens, since = self._held.get(who, (self.size, now))
            tokens = min(self.size, tokens + (now - since) * self._per_second)
            is_enough = tokens >= 1
            if is_enough:
                tokens -= 1
            self._held[who] = (tokens, now)
            if len(self._held) > BUCKETS_MAX:
                self._forget_full(now)
        wait_s = 0 if tokens >= 1 else math.ceil((1 - tokens) / self._per_second)
        return Left(int(tokens), wait_s, is_enough)

    def _forget_full(self, now: float) -> None:
        """A bucket that is full by now need not be remembered; of the rest, the oldest half go."""
        recent = {who: held for who, held in self._held.items() if now - held[1] < PERIOD_S}
        if len(recent) > BUCKETS_MAX // 2:
            oldest = sorted(recent, key=lambda who: recent[who][1])[: len(recent) // 2]
            for who in oldest:
                del recent[who]
        self._held = recent


class Limits:
    """
    Middleware: charges each request to the API to whoever asks, and says in the head what is left.

    An operation is charged as soon as it is known who asks, before it does anything
    (`charge`, called by `platform.access`). What came to no operation (a path that is not there, a
    token that is not good) is charged to the network address afterwards.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        left: Left | None = getattr(request, "rate_left", None)
        if left is None and not request.path.startswith(API):
            return response
        if left is None:
            try:
                charge(request)
            except TooManyRequests as no:
                from lamplighter.platform.web import refused

                response = refused(request, no)
            left = request.rate_left  # type: ignore[attr-defined] # `charge` has set it
        per_minute: int = request.rate_per_minute  # type: ignore[attr-defined] # so has `charge`
        response["RateLimit-Policy"] = f'"default";q={per_minute};w={PERIOD_S}'
        response["RateLimit"] = f'"default";r={left.tokens};t={left.refills_in_s}'
        return response


def charge(request: HttpRequest, actor: str = "", *, per_minute: int | None = None) -> None:
    """
    Take a token for a request, once.

    :param actor: who asks; empty: a stranger, who is known by their network address
    :param per_minute: how often they may ask, if not as often as everybody
    :raises TooManyRequests: if there is none left
    """
    if getattr(request, "rate_left", None) is not None:
        return
    who = actor or f"address:{network_address(request)}"
    per_minute = per_minute or settings.LAMPLIGHTER_REQUESTS_PER_MINUTE
    left = _buckets(per_minute, settings.LAMPLIGHTER_PROCESSES).take(who)
    request.rate_left = left  # type: ignore[attr-defined] # for the head of the answer
    request.rate_per_minute = per_minute  # type: ignore[attr-defined]
    if not left.is_enough:
        no = TooManyRequests(
            f"The limit is {per_minute} requests a minute.",
            remedy=f"Ask again in {left.refills_in_s} s.",
        )
        no.retry_after_s = left.refills_in_s
        raise no


@lru_cache(maxsize=1024)
def _buckets(per_minute: int, processes: int) -> Buckets:
    return Buckets(per_minute / processes)
