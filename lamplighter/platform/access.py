"""
Who may come in: each view and each operation of the API says which action it needs, and nobody
comes in who may not do that.

    @router.get("/bills", auth=needs(Action.READ_BILLS))
    def list_bills(request): caller(request).grant.reach …

A view that says nothing is opened to nobody, and an operation that says nothing keeps the site
from starting. Who asks, and what they may do, is found out by the site's doorkeeper (the setting
`LAMPLIGHTER_DOORKEEPER`), which is identity's.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final, Protocol, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string

from lamplighter.kernel import Caller, Refusal
from lamplighter.platform import limits

FRESH_FOR: Final = timedelta(minutes=10)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class UnauthorizedAccess(Refusal):
    """This is not open to you."""

    status = 403


class ProofTooOld(Refusal):
    """For this you have to prove once more who you are."""

    status = 403


class Doorkeeper(Protocol):
    """
    Tells who sends a request; None if it does not say.

    :raises Refusal: if it says so wrongly: an expired token, a session without its CSRF token
    """

    def __call__(self, request: HttpRequest) -> Caller | None: ...


class Needs:
    """What an operation needs: Ninja calls it before it looks at anything else."""

    def __init__(self, action: str, *, fresh: bool = False) -> None:
        self.action = action
        self.fresh = fresh

    def __call__(self, request: HttpRequest) -> Caller:
        return let_in(request, self.action, fresh=self.fresh)


class Open:
    """For an operation that anybody may call, such as the log-in."""

    action = ""

    def __call__(self, request: HttpRequest) -> bool:
        limits.charge(request)
        return True


def needs(action: str, *, fresh: bool = False) -> Needs:
    """
    Say which action an operation needs.

    :param fresh: whether the caller must have proven who they are a short while ago
    """
    return Needs(action, fresh=fresh)


def let_in(request: HttpRequest, action: str, *, fresh: bool = False) -> Caller:
    """
    Find out who asks, and let in who may do this; from then on `caller` tells who it is.

    :raises UnauthorizedAccess: with status 401 if nobody says who they are, 403 if they may not
    :raises ProofTooOld: if they have to prove once more who they are
    """
    known = asking(identify(request), action)
    if fresh and (known.proven_at is None or timezone.now() - known.proven_at > FRESH_FOR):
        raise ProofTooOld(remedy="Send your password, or a code, to /api/login/again.")
    request.caller = known  # type: ignore[attr-defined] # for `caller`
    return known


def identify(request: HttpRequest) -> Caller:
    """
    Find out who asks, whatever they may do.

    :raises UnauthorizedAccess: with status 401 if nobody says who they are
    """
    known = known_caller(request)
    if known is None:
        raise unknown()
    if request.path.startswith(limits.API):
        limits.charge(request, known.actor, per_minute=known.requests_per_minute)
    request.caller = known  # type: ignore[attr-defined] # for `caller`
    return known


def asking(known: Caller, action: str) -> Caller:
    """
    The caller, asking for this.

    :raises UnauthorizedAccess: if they may not
    """
    if action not in known.grants:
        raise UnauthorizedAccess(f"It needs the permission {action}.")
    return replace(known, asked=action)


def known_caller(request: HttpRequest) -> Caller | None:
    """Who sends a request, asked once; None if it does not say."""
    if not hasattr(request, "sent_by"):
        request.sent_by = _doorkeeper()(request)  # type: ignore[attr-defined] # kept for the next
    known: Caller | None = request.sent_by  # type: ignore[attr-defined]
    return known


def unknown() -> UnauthorizedAccess:
    """Say no to who has not said who they are."""
    no = UnauthorizedAccess(
        "This is for who has logged in.", remedy="Log in, and send your access token."
    )
    no.status = 401  # type: ignore[misc] # of this one
    return no


def caller(request: HttpRequest) -> Caller:
    """
    Who has been let in.

    :raises UnauthorizedAccess: if nobody was
    """
    known: Caller | None = getattr(request, "caller", None)
    if known is None:
        raise unknown()
    return known


def needs_page(action: str) -> Callable[[View], View]:
    """Say which action a page needs."""

    def mark(view: View) -> View:
        view.needs = action  # type: ignore[attr-defined] # a mark, as Django's csrf_exempt is
        return view

    return mark


@cache
def _doorkeeper() -> Doorkeeper:
    return cast("Doorkeeper", import_string(settings.LAMPLIGHTER_DOORKEEPER))


def is_declared(auth: Any) -> bool:
    """Whether an operation says what it needs, or that it needs nothing."""
    return isinstance(auth, Needs | Open)
