"""Who sends a request."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja.utils import check_csrf

from lamplighter.identity.actions.api_keys import note_key_seen
from lamplighter.identity.actions.sessions import SEEN_EVERY, Device, see_session
from lamplighter.identity.actions.tokens import session_of
from lamplighter.identity.models import Session
from lamplighter.identity.queries.callers import caller_of_live, live_session
from lamplighter.identity.queries.delegated import caller_of_access_token, caller_of_key
from lamplighter.kernel import Caller, Refusal
from lamplighter.platform.network_addresses import network_address
from lamplighter.platform.web import public_address

KEY_HEADER: Final = "x-api-key"
SESSION_KEY: Final = "session_id"
"""Under which a browser's cookie session names the session it belongs to."""


class TokenInvalid(Refusal):
    """This access token is not one of ours, or no longer good."""

    status = 401


class KeyInvalid(Refusal):
    """This key is not one of ours, or no longer good."""

    status = 401


class CsrfTokenMissing(Refusal):
    """This comes from a browser, and not from one of our pages."""

    status = 403


def caller_of(request: HttpRequest) -> Caller | None:
    """
    Who sends a request: by an access token of ours or of OAuth, by a key, or else by a browser's
    session. None: nobody says.

    :raises TokenInvalid: if it brings a token that is not good
    :raises KeyInvalid: if it brings a key that is not good
    :raises CsrfTokenMissing: if it would change something by a cookie alone
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return _of_token(request, scheme, token.strip())
    if (key := request.headers.get(KEY_HEADER)) is not None:
        return _of_key(key)
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


def device_of(request: HttpRequest, kind: Session.Kind) -> Device:
    """What a request comes from."""
    name = request.headers.get("user-agent", "")
    return Device(name=name, network_address=network_address(request), kind=kind)


def _of_token(request: HttpRequest, scheme: str, token: str) -> Caller:
    if scheme.lower() != "bearer":
        raise TokenInvalid(remedy="Send it as: Authorization: Bearer …")
    at = timezone.now()
    session_id = session_of(token, at=at)
    if session_id is not None:
        known = _of_session(session_id)
    else:
        known = caller_of_access_token(token, issuer=public_address(request), at=at)
    if known is None:
        raise TokenInvalid(remedy="Get a new one by your refresh token, or log in again.")
    return known


def _of_key(key: str) -> Caller:
    at = timezone.now()
    known = caller_of_key(key, at=at)
    if known is None:
        raise KeyInvalid
    note_key_seen(UUID(known.actor.partition(":")[2]), at=at)
    return known


def _of_session(session_id: UUID) -> Caller | None:
    at = timezone.now()
    live = live_session(session_id, at=at)
    if live is None:
        return None
    if at - live.seen_at > SEEN_EVERY:
        see_session(session_id=session_id, at=at)
    return caller_of_live(live)
