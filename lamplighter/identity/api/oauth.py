"""
The endpoints of OAuth 2.0 and OpenID Connect that programs call. What they say is allauth's and
oauthlib's; here stands what these leave open:

- codes and refresh tokens are used once, even by two at once; used twice, what came of them ends
- a client revokes its own tokens only, and with a refresh token all that it got by it
- the description of the provider names our endpoints and our scopes, and none that is not there
"""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from allauth.core.internal.httpkit import extract_basic_auth
from allauth.idp.oidc import views
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lamplighter.identity.actions import delegations
from lamplighter.identity.domain.scopes import ALL_SCOPES
from lamplighter.identity.queries.delegated import belongs_to, live_client
from lamplighter.platform.web import open_to_all, public_address

AUTHORIZE: Final = "/oauth/authorize"
_SPENT_BY_GRANT: Final = {"authorization_code": "code", "refresh_token": "refresh_token"}
_DESCRIBED_FOR_S: Final = 3600

View = Callable[[HttpRequest], HttpResponse]


def _for_programs(view: View) -> View:
    """Open to strangers, who say in the request itself who they are; never kept by a cache."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response

    return open_to_all(csrf_exempt(require_POST(answer)))


@_for_programs
def token(request: HttpRequest) -> HttpResponse:
    """Give tokens for a code, for a refresh token, or for a system's own secret."""
    client_id = _client_named(request)
    if live_client(client_id) is None:
        return _wrong("invalid_client", HTTPStatus.UNAUTHORIZED)
    if _is_doubled(request):
        return _wrong("invalid_request")
    spent = request.POST.get(_SPENT_BY_GRANT.get(request.POST.get("grant_type", ""), ""), "")
    if not spent:
        with transaction.atomic():
            return _answer_of(views.token(request))
    at = timezone.now()
    with transaction.atomic():
        if delegations.spend(spent, at=at):
            response = _answer_of(views.token(request))
            if response.status_code == HTTPStatus.OK:
                delegations.note_whose(spent, got=json.loads(response.content)["access_token"])
            else:
                transaction.set_rollback(True)
            return response
    delegations.end_stolen(spent, at=at)
    return _wrong("invalid_grant")


@_for_programs
def revoke(request: HttpRequest) -> HttpResponse:
    """Let a client's own token be worth nothing, whatever it is called."""
    client_id, revoked = _client_named(request), request.POST.get("token", "")
    if not belongs_to(revoked, client_id):
        # Of a token that is not there the standard says that all is well (RFC 7009, 2.2).
        return HttpResponse(status=HTTPStatus.OK)
    plain = request.POST.copy()
    plain.pop("token_type_hint", None)  # all that a hint can do is make it miss
    request.POST = plain  # type: ignore[assignment] # it is one
    with transaction.atomic():
        user_id = delegations.user_refreshed_by(revoked)
        response = _answer_of(views.revoke(request))
        if response.status_code == HTTPStatus.OK and user_id is not None:
            delegations.end_revoked(user_id=user_id, client_id=client_id, at=timezone.now())
        return response


@_for_programs
def introspect(request: HttpRequest) -> HttpResponse:
    """Tell a client about a token of its own, and of others' only that it is not good."""
    if live_client(_client_named(request)) is None:
        return _wrong("invalid_client", HTTPStatus.UNAUTHORIZED)
    return _answer_of(views.introspect(request))


@open_to_all
@csrf_exempt
def user_info(request: HttpRequest) -> HttpResponse:
    """Who has let this app act for them."""
    response = _answer_of(views.user_info(request))
    response["Cache-Control"] = "no-store"
    return response


@open_to_all
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The keys that tokens are signed with."""
    return _answer_of(views.jwks(request))


@open_to_all
@require_safe
@cache_control(public=True, max_age=_DESCRIBED_FOR_S)
def configuration(request: HttpRequest) -> HttpResponse:
    """What there is (OpenID Connect Discovery, RFC 8414)."""
    here = public_address(request)
    secrets = ["client_secret_basic", "client_secret_post"]
    told = {
        "issuer": here,
        "authorization_endpoint": f"{here}{AUTHORIZE}",
        "token_endpoint": f"{here}/oauth/token",
        "revocation_endpoint": f"{here}/oauth/revoke",
        "introspection_endpoint": f"{here}/oauth/introspect",
        "userinfo_endpoint": f"{here}/oauth/userinfo",
        "jwks_uri": f"{here}/.well-known/jwks.json",
        "scopes_supported": list(ALL_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [*secrets, "none"],
        "revocation_endpoint_auth_methods_supported": [*secrets, "none"],
        "introspection_endpoint_auth_methods_supported": secrets,
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "name", "email", "email_verified"],
        "prompt_values_supported": ["none", "login", "consent"],
        "authorization_response_iss_parameter_supported": True,
        "request_uri_parameter_supported": False,
    }
    response = JsonResponse(told)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _answer_of(response: Any) -> HttpResponse:
    """What allauth answers, which has no types."""
    answer: HttpResponse = response
    return answer


def _is_doubled(request: HttpRequest) -> bool:
    """Whether something is said twice (RFC 6749, 3.2): who reads which of the two is unsure."""
    return any(len(values) > 1 for _, values in request.POST.lists())


def _client_named(request: HttpRequest) -> str:
    """Who somebody says to be who sends a secret, or none. It is not proven yet."""
    named, _ = extract_basic_auth(dict(request.headers))
    return str(named or request.POST.get("client_id", ""))


def _wrong(error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> HttpResponse:
    response = JsonResponse({"error": error}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Basic realm="Lamplighter"'
    return response
