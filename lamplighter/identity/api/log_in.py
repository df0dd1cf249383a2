"""Logging in over HTTP, for programs: answered by tokens."""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from lamplighter.identity import actions
from lamplighter.identity.actions import log_in as logging_in
from lamplighter.identity.actions import passwords, refreshing
from lamplighter.identity.actions.log_in import FactorAsked, Shown
from lamplighter.identity.actions.sessions import Device
from lamplighter.identity.api.browsers import forget_browser, renew_cookie
from lamplighter.identity.api.doorkeeper import browser_session, device_of
from lamplighter.identity.api.schemas import (
    AgainIn,
    AskedOut,
    AskIn,
    FactorAskedOut,
    LogInIn,
    RefreshIn,
    ShownIn,
    TokensOut,
)
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import Session
from lamplighter.identity.queries.factors import PASSKEY
from lamplighter.kernel import Place
from lamplighter.platform.access import Open, UnauthorizedAccess, caller, needs
from lamplighter.platform.network_addresses import network_address
from lamplighter.platform.rest import InvalidInput
from lamplighter.platform.schemas import refusals

router = Router(tags=["log-in"])


@router.post(
    "/login",
    auth=Open(),
    response={200: TokensOut | FactorAskedOut, **refusals(422)},
    operation_id="log_in",
)
def log_in(request: HttpRequest, who: LogInIn) -> TokensOut | FactorAskedOut:
    """Log in by a password, and by a second factor if you have one."""
    result = logging_in.log_in(
        email=who.email,
        password=who.password,
        otp=who.otp or "",
        method=who.method or "",
        device=_device(request),
        at=timezone.now(),
    )
    if isinstance(result, FactorAsked):
        return FactorAskedOut.of(result)
    return tokens_for(result.session_id)


@router.post(
    "/login/challenge",
    auth=Open(),
    response={200: AskedOut, **refusals(410, 422)},
    operation_id="ask_for_factor",
)
def ask(request: HttpRequest, what: AskIn) -> AskedOut:
    """
    Have a code sent, or get what a browser needs to ask for a passkey. Without `challenge`: log in
    by a passkey alone.
    """
    host, at = host_of(request), timezone.now()
    if what.method == PASSKEY and what.challenge is None:
        handle, options = logging_in.begin_passwordless(
            host=host, address=network_address(request), at=at
        )
        return AskedOut(challenge=handle, options=options)
    if what.challenge is None:
        raise InvalidInput("It is missing.", places=(Place(field="challenge"),))
    if what.method == PASSKEY:
        options = logging_in.passkey_options(handle=what.challenge, host=host, at=at)
        return AskedOut(challenge=what.challenge, options=options)
    logging_in.send_log_in_code(handle=what.challenge, method=what.method, at=at)
    return AskedOut(challenge=what.challenge, options=None)


@router.post(
    "/login/verify",
    auth=Open(),
    response={200: TokensOut, **refusals(410, 422)},
    operation_id="verify_factor",
)
def verify(request: HttpRequest, shown: ShownIn) -> TokensOut:
    """Show what was still missing, and be let in."""
    signed_in = logging_in.complete_log_in(
        handle=shown.challenge,
        shown=Shown(
            method=shown.method,
            code=shown.code or "",
            credential=shown.credential,
            host=host_of(request),
        ),
        device=_device(request),
        at=timezone.now(),
    )
    return tokens_for(signed_in.session_id)


@router.post(
    "/login/again",
    auth=needs(Action.READ_ME),
    response={204: None, **refusals(422)},
    operation_id="prove_again",
)
def prove_again(request: HttpRequest, shown: AgainIn) -> Status[None]:
    """Prove once more who you are, by a password or a code: what needs that is open again."""
    if (shown.password is None) == (shown.otp is None):
        raise InvalidInput("Send one of password and otp.", places=(Place(field="password"),))
    user_id, session_id = person_in(request)
    passwords.prove_again(
        user_id=user_id,
        session_id=session_id,
        password=shown.password or "",
        otp=shown.otp or "",
        at=timezone.now(),
    )
    if browser_session(request) == session_id:
        renew_cookie(request)
    return Status(204, None)


@router.post(
    "/token/refresh",
    auth=Open(),
    response={200: TokensOut, **refusals(422)},
    operation_id="refresh_token",
)
def refresh(request: HttpRequest, sent: RefreshIn) -> TokensOut:  # noqa: ARG001 - Ninja's shape
    """
    Get new tokens. A refresh token is good once; used twice it ends the session, since one of the
    two who have it has stolen it.
    """
    return TokensOut.of(refreshing.refresh(token=sent.refresh_token, at=timezone.now()))


@router.post(
    "/logout",
    auth=needs(Action.READ_ME),
    response={204: None, **refusals()},
    operation_id="log_out",
)
def log_out(request: HttpRequest) -> Status[None]:
    """End this session, and with it all its tokens."""
    _, session_id = person_in(request)
    by = caller(request).actor
    actions.end_session(session_id=session_id, reason="log_out", by=by, at=timezone.now())
    if browser_session(request) == session_id:
        forget_browser(request)
    return Status(204, None)


def tokens_for(session_id: UUID) -> TokensOut:
    return TokensOut.of(refreshing.issue_tokens(session_id=session_id, at=timezone.now()))


def person_in(request: HttpRequest) -> tuple[UUID, UUID]:
    """
    The user and the session of who was let in.

    :raises UnauthorizedAccess: if it is no person in a session of their own
    """
    known = caller(request)
    if known.user_id is None or known.session_id is None:
        raise UnauthorizedAccess("This is for people who have logged in themselves.")
    return known.user_id, known.session_id


def host_of(request: HttpRequest) -> str:
    """The name of this site, as passkeys know it."""
    return request.get_host().partition(":")[0]


def _device(request: HttpRequest) -> Device:
    return device_of(request, Session.Kind.API)
