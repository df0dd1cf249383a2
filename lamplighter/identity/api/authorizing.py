"""
An app asks somebody, by way of their browser, to let it act for them (RFC 6749, 4.1).

Nobody is led anywhere before the app and the address it names are known to belong together, letter
by letter. The app has to prove by PKCE (RFC 7636, S256) that it is the same one which gets the
tokens. Consent is asked for each time.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import extract_params
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from lamplighter.identity.actions.delegations import record_consent
from lamplighter.identity.api.browsers import caller_in
from lamplighter.identity.domain.scopes import words_of
from lamplighter.identity.models import RegisteredClient, User
from lamplighter.identity.queries.delegated import live_client
from lamplighter.identity.queries.directory import person_called
from lamplighter.kernel import Caller, Refusal
from lamplighter.platform.access import FRESH_FOR
from lamplighter.platform.web import CONTENT_SECURITY_POLICY, public_address

_SALT: Final = "lamplighter.identity.consent"
_GOOD_FOR_S: Final = 600
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_ONCE: Final = frozenset({"client_id", "redirect_uri", "state", "scope", "response_type", "prompt",
                          "code_challenge", "code_challenge_method", "nonce"})  # fmt: skip


class AppUnknown(Refusal):
    """The app that has led you here is not known, or wants you led back to elsewhere."""

    status = 400


class ConsentTooOld(Refusal):
    """This was asked too long ago, or of somebody else."""

    status = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an app asks for."""

    app: str
    organisation: str
    email: str
    """Of who is asked. Personal."""
    scopes: list[tuple[str, str]]
    """Each with its words."""
    led_to: str
    """Where one is led afterwards."""
    signed: str
    """The question, to be sent back with the answer."""


def asked_for(request: HttpRequest) -> Asked | HttpResponse:
    """
    What an app asks for; or where somebody is led instead: to log in, or back with an error.

    :raises AppUnknown: if nobody may be led anywhere
    """
    query = _query(request)
    registered = _app(query)
    who = caller_in(request)
    request.user = _user(who) or AnonymousUser()
    uri, *how = extract_params(request)
    try:
        scopes, _ = get_server().validate_authorization_request(uri, *how)
    except FatalClientError as wrong:
        raise AppUnknown(str(wrong.description)) from None
    except OAuth2Error as wrong:
        return _back(request, query, error=str(wrong.error))
    if error := _wrong_in(query, who):
        return _back(request, query, error=error)
    if who is None or who.user_id is None:
        there = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{there}")
    question = [str(who.session_id), uri, list(scopes)]
    return Asked(
        app=registered.name,
        organisation=registered.organisation.name,
        email=person_called(who.user_id).email,
        scopes=[(scope, words_of(scope)) for scope in scopes],
        led_to=_origin(query["redirect_uri"]),
        signed=signing.dumps(question, salt=_SALT),
    )


@transaction.atomic
def answered(
    request: HttpRequest, *, signed: str, allows: bool, chosen: Collection[str]
) -> HttpResponse:
    """
    Lead somebody back to an app, with a code if they let it act for them.

    :param chosen: what they let it do of what it has asked for
    :raises ConsentTooOld: if it was not they who were asked, a few minutes ago
    :raises AppUnknown: if the app was removed meanwhile
    """
    who = caller_in(request)
    uri, scopes = _question(signed, who)
    user = _user(who)
    if user is None:
        raise ConsentTooOld
    query = dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))
    registered = _app(query)
    granted = [scope for scope in scopes if scope in chosen or scope == "openid"]
    if not allows or not granted:
        return _back(request, query, error="access_denied")
    request.user = user
    headers, _, _ = get_server().create_authorization_response(
        uri, "GET", None, {}, scopes=granted, credentials={"user": user}
    )
    at = timezone.now()
    record_consent(client_id=registered.id, user_id=user.id, scopes=granted, at=at)
    return _led(headers["Location"], {"iss": public_address(request)})


def policy_for(asked: Asked) -> str:
    """
    What a browser may do with the page that asks: its form leads on to the app, which browsers take
    for a form's sending there.
    """
    return CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {asked.led_to}"
    )


def _query(request: HttpRequest) -> Mapping[str, str]:
    for name in _ONCE:
        if len(request.GET.getlist(name)) > 1:
            raise AppUnknown(f"It says {name} twice.")
    return {name: request.GET.get(name, "") for name in request.GET}


def _app(query: Mapping[str, str]) -> RegisteredClient:
    registered = live_client(query.get("client_id", ""))
    client = Client.objects.filter(id=registered.id).first() if registered else None
    if registered is None or client is None:
        raise AppUnknown
    if query.get("redirect_uri") not in client.get_redirect_uris():
        raise AppUnknown
    return registered


def _wrong_in(query: Mapping[str, str], who: Caller | None) -> str:
    """The error that an app is told, beyond those of oauthlib; empty: none."""
    prompts = query.get("prompt", "").split()
    has_proof = query.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(
        query.get("code_challenge", "")
    )
    if not has_proof or query.get("response_mode", "query") != "query":
        return "invalid_request"
    if "none" in prompts:
        return "login_required" if who is None else "consent_required"
    if "login" in prompts and who is not None and not _is_fresh(who):
        # Nobody is logged out because an app, which could be anybody's, would like it.
        return "login_required"
    return ""


def _is_fresh(who: Caller) -> bool:
    return who.proven_at is not None and timezone.now() - who.proven_at <= FRESH_FOR


def _question(signed: str, who: Caller | None) -> tuple[str, list[str]]:
    try:
        session, uri, scopes = signing.loads(signed, salt=_SALT, max_age=_GOOD_FOR_S)
    except signing.BadSignature:
        raise ConsentTooOld from None
    if who is None or session != str(who.session_id):
        raise ConsentTooOld
    return uri, scopes


def _user(who: Caller | None) -> User | None:
    if who is None or who.user_id is None:
        return None
    return User.objects.filter(id=who.user_id).first()


def _back(request: HttpRequest, query: Mapping[str, str], *, error: str) -> HttpResponse:
    told = {"error": error, "iss": public_address(request)}
    if query.get("state"):
        told["state"] = query["state"]
    return _led(query["redirect_uri"], told)


def _led(uri: str, more: Mapping[str, str]) -> HttpResponse:
    # Not Django's own redirect, which knows no app's own scheme.
    there = f"{uri}{'&' if '?' in uri else '?'}{urlencode(more)}"
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
