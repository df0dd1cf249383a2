"""What allauth's provider of OpenID Connect asks of us."""

import secrets
from collections.abc import Iterable
from typing import Any, Literal
from uuid import UUID

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.private_keys import filter_keys
from allauth.idp.oidc.models import Client, PrivateKey
from django.contrib.auth.base_user import AbstractBaseUser

from lamplighter.identity.models import User
from lamplighter.identity.queries.delegated import AUDIENCE
from lamplighter.identity.queries.directory import person_called
from lamplighter.identity.queries.oidc_keys import signing_keys
from lamplighter.platform.web import public_address


class Provider(DefaultOIDCAdapter):
    """Our users, keys and address, in the place of allauth's."""

    def generate_client_secret(self) -> str:
        return secrets.token_urlsafe(32)

    def get_issuer(self) -> str:
        return public_address(self.request)

    def populate_access_token(self, access_token: dict[str, Any], **_: Any) -> None:
        # What a token is for: other APIs that trust this issuer must not take ours.
        access_token["aud"] = AUDIENCE

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],  # noqa: ARG002 - allauth's shape
        user: AbstractBaseUser,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,  # noqa: ARG002
        **_: Any,
    ) -> dict[str, Any]:
        person = person_called(user.pk)
        claims: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "email" in scopes:
            claims |= {"email": person.email, "email_verified": person.email_verified}
        if "profile" in scopes and person.name:
            claims["name"] = person.name
        return claims

    def get_user_sub(self, client: Client, user: AbstractBaseUser) -> str:  # noqa: ARG002
        return str(user.pk)

    def get_user_by_sub(self, client: Client, sub: str) -> User | None:  # noqa: ARG002
        try:
            user_id = UUID(sub)
        except ValueError:
            return None
        return User.objects.filter(id=user_id, is_active=True).first()

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        keys = [
            PrivateKey(pem=key.pem, not_before=key.signs_from, expires_at=key.gone_at)
            for key in signing_keys()
        ]
        return list(filter_keys(keys, did_activate=did_activate, is_active=is_active))
