"""Log-in and log-out of a browser, which keeps a cookie."""

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from lamplighter.identity import actions
from lamplighter.identity.api.doorkeeper import SESSION_KEY, browser_session, network_address
from lamplighter.identity.models import Session
from lamplighter.identity.queries.callers import caller_of_session
from lamplighter.kernel import Caller


def log_in(request: HttpRequest, *, email: str, password: str) -> None:
    """
    Begin a session, under a new name.

    :raises AccountLocked, InvalidCredentials: see `prove_identity`
    """
    address, at = network_address(request), timezone.now()
    user_id = actions.prove_identity(email=email, password=password, address=address, at=at)
    session_id = actions.begin_session(
        user_id=user_id,
        kind=Session.Kind.BROWSER,
        device=request.headers.get("user-agent", ""),
        network_address=address,
        at=at,
    )
    request.session.flush()
    request.session[SESSION_KEY] = str(session_id)
    rotate_token(request)


def log_out(request: HttpRequest) -> None:
    """End the session and forget all that is in it."""
    session_id = browser_session(request)
    if session_id is not None:
        known = caller_of_session(session_id, at=timezone.now())
        actor = known.actor if known else f"session:{session_id}"
        actions.end_session(session_id=session_id, reason="log_out", by=actor, at=timezone.now())
    request.session.flush()


def caller_in(request: HttpRequest) -> Caller | None:
    """Whose browser this is, whatever they may do."""
    session_id = browser_session(request)
    return None if session_id is None else caller_of_session(session_id, at=timezone.now())
