"""Registered systems and apps, and keys, as far as somebody may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.models import Client
from django.db.models import QuerySet

from lamplighter.identity.models import ApiKey, RegisteredClient
from lamplighter.identity.queries.organisations import organisations_in_sight
from lamplighter.kernel import Grant, Refusal


class ClientUnknown(Refusal):
    """There is no such client."""

    status = 404


class KeyUnknown(Refusal):
    """There is no such key."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """A system or an app."""

    id: str
    organisation_id: UUID
    kind: str
    name: str
    keeps_secret: bool
    redirect_uris: list[str]
    scopes: list[str]
    requests_per_minute: int
    made_by: str
    made_at: datetime
    revision: int


def clients_in_sight(grant: Grant) -> "QuerySet[RegisteredClient]":
    """Those of the organisations that an action reaches."""
    going_on = RegisteredClient.objects.filter(
        ended_at=None, organisation__in=organisations_in_sight(grant)
    )
    return going_on.select_related("organisation")


def client_in_sight(client_id: str, grant: Grant) -> RegisteredClient:
    """:raises ClientUnknown: if there is none, or the action does not reach it"""
    found = clients_in_sight(grant).filter(id=client_id).first()
    if found is None:
        raise ClientUnknown
    return found


def facts_of(rows: Iterable[RegisteredClient]) -> list[ClientFacts]:
    """What is known about clients."""
    found = list(rows)
    kept = Client.objects.in_bulk([row.id for row in found])
    return [
        ClientFacts(
            id=row.id,
            organisation_id=row.organisation_id,
            kind=row.kind,
            name=row.name,
            keeps_secret=kept[row.id].type == Client.Type.CONFIDENTIAL,
            redirect_uris=kept[row.id].get_redirect_uris(),
            scopes=kept[row.id].get_scopes(),
            requests_per_minute=row.requests_per_minute,
            made_by=row.made_by,
            made_at=row.made_at,
            revision=row.revision,
        )
        for row in found
    ]


def keys_in_sight(grant: Grant) -> "QuerySet[ApiKey]":
    """Those of the organisations that an action reaches, revoked ones included."""
    return ApiKey.objects.filter(organisation__in=organisations_in_sight(grant))


def key_in_sight(key_id: UUID, grant: Grant) -> ApiKey:
    """:raises KeyUnknown: if there is none, or the action does not reach it"""
    found = keys_in_sight(grant).filter(id=key_id).first()
    if found is None:
        raise KeyUnknown
    return found
