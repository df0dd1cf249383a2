"""What may be done by a token of OAuth, or by a key."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import jwt
from allauth.idp.oidc.models import Token
from django.db.models import Q

from lamplighter.identity.domain.permissions import (
    NOT_DELEGABLE,
    ROLES_OF,
    OrganisationKind,
    Role,
)
from lamplighter.identity.domain.scopes import ClientKind, scopes_open_to
from lamplighter.identity.models import ApiKey, RegisteredClient
from lamplighter.identity.queries.callers import grants_by, grants_of
from lamplighter.identity.queries.oidc_keys import public_key
from lamplighter.kernel import Caller, Grant, Reach

AUDIENCE: Final = "lamplighter-api"
_ALGORITHM: Final = "RS256"


def caller_of_access_token(token: str, *, issuer: str, at: datetime) -> Caller | None:
    """Who asks by a token that a client got; None if it is none of ours, or no longer good."""
    if _claims(token, issuer=issuer, at=at) is None:
        return None
    row = (
        Token.objects.filter(
            Q(user=None) | Q(user__is_active=True),
            type=Token.Type.ACCESS_TOKEN,
            hash=hash_of(token),
            expires_at__gt=at,
        )
        .select_related("client")
        .first()
    )
    client = live_client(row.client.id) if row and row.client else None
    if row is None or row.client is None or client is None:
        return None
    scopes = set(row.get_scopes()) & set(row.client.get_scopes()) & _open_to(client)
    user_id: UUID | None = row.user_id
    return Caller(
        actor=f"client:{client.id}" if user_id is None else f"user:{user_id}",
        grants=_only(scopes, _reach(client, user_id)),
        user_id=user_id,
        client_id=client.id,
        requests_per_minute=client.requests_per_minute,
    )


def caller_of_key(key: str, *, at: datetime) -> Caller | None:
    """Who asks by a key; None if there is no such key, or it is no longer good."""
    found = (
        ApiKey.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=at),
            hash=hash_of(key),
            ended_at=None,
            organisation__closed_at=None,
        )
        .values_list("id", "subject", "actions")
        .first()
    )
    if found is None:
        return None
    key_id, subject, actions = found
    grant = Grant(reach=Reach.ALL, subject=subject)
    return Caller(actor=f"key:{key_id}", grants=dict.fromkeys(actions, grant))


def live_client(client_id: str) -> RegisteredClient | None:
    """A client that was not removed, of an organisation that is not closed."""
    live = RegisteredClient.objects.filter(
        id=client_id, ended_at=None, organisation__closed_at=None
    )
    return live.select_related("organisation").first()


def belongs_to(token: str, client_id: str) -> bool:
    """Whether a client has got this token."""
    return bool(Token.objects.filter(hash=hash_of(token), client_id=client_id).exists())


def hash_of(token: str) -> str:
    """What a token is found by: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def _claims(token: str, *, issuer: str, at: datetime) -> Mapping[str, Any] | None:
    try:
        key = public_key(str(jwt.get_unverified_header(token).get("kid")), at=at)
        if key is None:
            return None
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=issuer,
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "iss", "aud", "client_id"]},
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return claims if claims.get("token_use") == "access" else None


def _open_to(client: RegisteredClient) -> frozenset[str]:
    kind = OrganisationKind(client.organisation.kind)
    return scopes_open_to(ClientKind(client.kind), kind) - {one.value for one in NOT_DELEGABLE}


def _reach(client: RegisteredClient, user_id: UUID | None) -> Mapping[str, Grant]:
    """
    A system has the roles of its organisation together. An app has those of the user that are the
    organisation's, and what they may as a customer: another organisation's app does not get to what
    somebody may do at the utility.
    """
    where = client.organisation_id
    if user_id is not None:
        return grants_of(user_id, within=where)
    roles: Iterable[Role] = ROLES_OF[OrganisationKind(client.organisation.kind)]
    return grants_by(tuple((role, where) for role in roles))


def _only(scopes: Iterable[str], grants: Mapping[str, Grant]) -> dict[str, Grant]:
    return {action: grants[action] for action in scopes if action in grants}
