"""Systems and apps are registered, changed and removed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from django.db import transaction

from lamplighter.identity.domain.permissions import OrganisationKind
from lamplighter.identity.domain.scopes import ClientKind, check_redirects, check_scopes
from lamplighter.identity.models import RegisteredClient
from lamplighter.identity.queries.clients import client_in_sight
from lamplighter.identity.queries.organisations import OrganisationUnknown, organisation_in_sight
from lamplighter.kernel import Caller, Refusal
from lamplighter.platform import audit

_GRANTS: Final = {
    ClientKind.SYSTEM: [Client.GrantType.CLIENT_CREDENTIALS],
    ClientKind.APP: [Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN],
}


class KeepsNoSecret(Refusal):
    """This app runs where it can keep no secret, and has none."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a client is to be."""

    name: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    requests_per_minute: int


@transaction.atomic
def register_client(
    *,
    kind: ClientKind,
    organisation_id: UUID,
    wishes: Wishes,
    keeps_secret: bool,
    by: Caller,
    at: datetime,
) -> tuple[str, str]:
    """
    Register a system or an app of an organisation.

    :param keeps_secret: False: an app on a phone or in a browser, from which a secret could be read
    :return: its id and its secret, which is kept nowhere; empty: it has none
    :raises OrganisationUnknown: if what the caller may do does not reach it
    :raises ScopeNotAllowed, RedirectUnfit: if it cannot be
    """
    organisation = organisation_in_sight(organisation_id, by.grant)
    if organisation.closed_at is not None:
        raise OrganisationUnknown
    _check(wishes, kind=kind, organisation=organisation.kind)
    is_public = kind is ClientKind.APP and not keeps_secret
    client = Client(
        name=wishes.name,
        type=Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL,
        created_at=at,
    )
    client.set_grant_types(list(map(str, _GRANTS[kind])))
    client.set_response_types([str(Client.ResponseType.CODE)])
    _wish(client, wishes)
    secret = _new_secret(client)
    client.save(force_insert=True)
    registered = RegisteredClient.objects.create(
        id=client.id,
        organisation=organisation,
        kind=kind.value,
        name=wishes.name,
        requests_per_minute=wishes.requests_per_minute,
        made_by=by.actor,
        made_at=at,
    )
    _record(registered, "register_client", wishes.scopes, by=by.actor, at=at)
    return registered.id, "" if is_public else secret


@transaction.atomic
def change_client(
    client_id: str,
    *,
    wishes: Wishes,
    check: Callable[[RegisteredClient], None],
    by: Caller,
    at: datetime,
) -> None:
    """
    Change what a client may ask for. Tokens that it has do no more than it may ask for now.

    :param check: refuses if this is not the version that the caller has seen; nobody else changes
        it from then on
    :raises ClientUnknown: if what the caller may do does not reach it
    :raises ScopeNotAllowed, RedirectUnfit: if it cannot be
    """
    RegisteredClient.objects.select_for_update().filter(id=client_id).first()
    registered = client_in_sight(client_id, by.grant)
    check(registered)
    _check(wishes, kind=ClientKind(registered.kind), organisation=registered.organisation.kind)
    client = Client.objects.get(id=registered.id)
    client.name = wishes.name
    _wish(client, wishes)
    client.save()
    registered.name = wishes.name
    registered.requests_per_minute = wishes.requests_per_minute
    registered.revision += 1
    registered.save(update_fields=["name", "requests_per_minute", "revision"])
    _record(registered, "change_client", wishes.scopes, by=by.actor, at=at)


@transaction.atomic
def renew_secret(client_id: str, *, by: Caller, at: datetime) -> str:
    """
    Give a client a new secret, which is kept nowhere; the old one is worth nothing at once.

    :raises ClientUnknown: if what the caller may do does not reach it
    :raises KeepsNoSecret: if it runs where none can be kept
    """
    registered = client_in_sight(client_id, by.grant)
    client = Client.objects.get(id=registered.id)
    if client.type == Client.Type.PUBLIC:
        raise KeepsNoSecret
    secret = _new_secret(client)
    client.save(update_fields=["secret"])
    _record(registered, "renew_secret", (), by=by.actor, at=at)
    return secret


@transaction.atomic
def remove_client(client_id: str, *, by: Caller, at: datetime) -> None:
    """
    Remove a client; all its tokens are worth nothing at once.

    :raises ClientUnknown: if what the caller may do does not reach it
    """
    registered = client_in_sight(client_id, by.grant)
    Client.objects.filter(id=registered.id).delete()
    registered.ended_at = at
    registered.save(update_fields=["ended_at"])
    _record(registered, "remove_client", (), by=by.actor, at=at)


def _check(wishes: Wishes, *, kind: ClientKind, organisation: str) -> None:
    check_scopes(wishes.scopes, kind=kind, organisation=OrganisationKind(organisation))
    check_redirects(wishes.redirect_uris, kind=kind)


def _wish(client: Client, wishes: Wishes) -> None:
    client.set_redirect_uris(list(wishes.redirect_uris))
    client.set_scopes(list(wishes.scopes))
    # Who asks for nothing in particular asks for all of it.
    client.default_scopes = client.scopes


def _new_secret(client: Client) -> str:
    secret = str(get_adapter().generate_client_secret())
    client.set_secret(secret)
    return secret


def _record(
    registered: RegisteredClient, did: str, scopes: tuple[str, ...], *, by: str, at: datetime
) -> None:
    audit.record(
        actor=by,
        action=f"identity.{did}",
        subject=f"client:{registered.id}",
        detail={"organisation": str(registered.organisation_id), "scopes": sorted(scopes)},
        at=at,
    )
