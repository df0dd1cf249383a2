"""Who sends a request."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja.utils import check_csrf

from lamplighter.identity.actions.sessions import SEEN_EVERY, Device, see_session
from lamplighter.identity.actions.tokens import session_of
from lamplighter.identity.models import Session
from lamplighter.identity.queries.callers import caller_of_live, live_session
from lamplighter.kernel import Caller, Refusal

SESSION_KEY: Final = "session_id"
"""Under which a browser's cookie session names the session it belongs to."""


class TokenInvalid(Refusal):
    """This access token is not one of ours, or no longer good."""

    status = 401


class CsrfTokenMissing(Refusal):
    """This comes from a browser, and not from one of our pages."""

    status = 403


def caller_of(request: HttpRequest) -> Caller | None:
    """
    Who sends a request: by an access token, or else by a browser's session. None: nobody says.

    :raises TokenInvalid: if it brings a token that is not good
    :raises CsrfTokenMissing: if it would change something by a cookie alone
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return _of_token(scheme, token.strip())
    session_id = browser_session(request)
    if session_id is None:
        return None
    known = _of_session(session_id)
    if known is not None and check_csrf(request):
        raise CsrfTokenMissing(remedy="Send the token of the cookie as X-CSRFToken.")
    return known


def browser_session(request: HttpRequest) -> UUID | None:
    """The session that a browser's cookie names, be it over or not."""
    named = request.session.get(SESSION_KEY)
    return UUID(named) if named else None


def network_address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def device_of(request: HttpRequest, kind: Session.Kind) -> Device:
    """What a request comes from."""
    name = request.headers.get("user-agent", "")
    return Device(name=name, network_address=network_address(request), kind=kind)


def _of_token(scheme: str, token: str) -> Caller:
    if scheme.lower() != "bearer":
        raise TokenInvalid(remedy="Send it as: Authorization: Bearer …")
    session_id = session_of(token, at=timezone.now())
    known = _of_session(session_id) if session_id else None
    if known is None:
        raise TokenInvalid(remedy="Get a new one by your refresh token, or log in again.")
    return known


def _of_session(session_id: UUID) -> Caller | None:
    at = timezone.now()
    live = live_session(session_id, at=at)
    if live is None:
        return None
    if at - live.seen_at > SEEN_EVERY:
        see_session(session_id=session_id, at=at)
    return caller_of_live(live)
