"""Log-in and log-out of a browser, which keeps a cookie."""

from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from lamplighter.identity import actions
from lamplighter.identity.actions import log_in as logging_in
from lamplighter.identity.actions.log_in import FactorAsked, Shown
from lamplighter.identity.api.doorkeeper import SESSION_KEY, browser_session, device_of
from lamplighter.identity.models import Session
from lamplighter.identity.queries.callers import caller_of_session
from lamplighter.kernel import Caller


def log_in(request: HttpRequest, *, email: str, password: str) -> FactorAsked | None:
    """
    Begin a session, under a new name, unless a second factor has to be shown first.

    :return: what is still asked for
    :raises AccountLocked, InvalidCredentials, EmailNotVerified: see `prove_identity`
    """
    device = device_of(request, Session.Kind.BROWSER)
    result = logging_in.log_in(email=email, password=password, device=device, at=timezone.now())
    if isinstance(result, FactorAsked):
        return result
    _enter(request, result.session_id)
    return None


def send_code(*, handle: str, method: str) -> None:
    """:raises ChallengeOver, MethodNotOffered, TooManyAttempts: see `send_log_in_code`"""
    logging_in.send_log_in_code(handle=handle, method=method, at=timezone.now())


def show_factor(request: HttpRequest, *, handle: str, method: str, code: str) -> None:
    """
    Begin a session, under a new name, by a second factor.

    :raises ChallengeOver, CodeWrong, MethodNotOffered, TooManyAttempts: see `complete_log_in`
    """
    signed_in = logging_in.complete_log_in(
        handle=handle,
        shown=Shown(method=method, code=code),
        device=device_of(request, Session.Kind.BROWSER),
        at=timezone.now(),
    )
    _enter(request, signed_in.session_id)


def log_out(request: HttpRequest) -> None:
    """End the session and forget all that is in it."""
    session_id = browser_session(request)
    if session_id is not None:
        known = caller_of_session(session_id, at=timezone.now())
        actor = known.actor if known else f"session:{session_id}"
        actions.end_session(session_id=session_id, reason="log_out", by=actor, at=timezone.now())
    forget_browser(request)


def forget_browser(request: HttpRequest) -> None:
    """Forget all that a cookie stood for."""
    request.session.flush()


def renew_cookie(request: HttpRequest) -> None:
    """The same session under a new name, for who has just proven who they are."""
    request.session.cycle_key()
    rotate_token(request)


def caller_in(request: HttpRequest) -> Caller | None:
    """Whose browser this is, whatever they may do."""
    session_id = browser_session(request)
    return None if session_id is None else caller_of_session(session_id, at=timezone.now())


def _enter(request: HttpRequest, session_id: UUID) -> None:
    request.session.flush()
    request.session[SESSION_KEY] = str(session_id)
    rotate_token(request)
