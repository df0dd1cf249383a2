"""Keys of meters and head-ends are made and revoked."""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lamplighter.identity.domain.permissions import OrganisationKind
from lamplighter.identity.domain.scopes import ClientKind, check_key, check_scopes
from lamplighter.identity.models import ApiKey
from lamplighter.identity.queries.clients import key_in_sight
from lamplighter.identity.queries.delegated import hash_of
from lamplighter.identity.queries.organisations import OrganisationUnknown, organisation_in_sight
from lamplighter.kernel import Caller, Place, Refusal
from lamplighter.platform import audit

_SEEN_EVERY: Final = timedelta(minutes=1)
_SHOWN: Final = 11


class ExpiryPast(Refusal):
    """This is over before it begins."""


@transaction.atomic
def make_key(
    *,
    organisation_id: UUID,
    name: str,
    subject: str,
    actions: tuple[str, ...],
    expires_at: datetime | None,
    by: Caller,
    at: datetime,
) -> tuple[UUID, str]:
    """
    Make a key for a meter, or for a head-end.

    :param subject: `meter:0199…`: only readings of this meter; empty: a head-end's, for all meters
    :return: its id, and the key itself, which is kept nowhere
    :raises OrganisationUnknown: if what the caller may do does not reach it
    :raises SubjectMalformed, ScopeNotAllowed, ExpiryPast: if it cannot be
    """
    organisation = organisation_in_sight(organisation_id, by.grant)
    if organisation.closed_at is not None:
        raise OrganisationUnknown
    check_key(subject, actions)
    check_scopes(actions, kind=ClientKind.SYSTEM, organisation=OrganisationKind(organisation.kind))
    if expires_at is not None and expires_at <= at:
        raise ExpiryPast(places=(Place(field="expires_at"),))
    key = f"lk_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    made = ApiKey.objects.create(
        organisation=organisation,
        name=name,
        prefix=key[:_SHOWN],
        hash=hash_of(key),
        subject=subject,
        actions=sorted(set(actions)),
        made_by=by.actor,
        made_at=at,
        expires_at=expires_at,
    )
    _record(made, "make_key", by=by.actor, at=at)
    return made.id, key


@transaction.atomic
def revoke_key(key_id: UUID, *, by: Caller, at: datetime) -> None:
    """
    Let a key be worth nothing from now on.

    :raises KeyUnknown: if what the caller may do does not reach it
    """
    key = key_in_sight(key_id, by.grant)
    if key.ended_at is None:
        key.ended_at = at
        key.save(update_fields=["ended_at"])
        _record(key, "revoke_key", by=by.actor, at=at)


def note_key_seen(key_id: UUID, *, at: datetime) -> None:
    """Write down that a key was used, at most once in a minute."""
    long_ago = Q(seen_at=None) | Q(seen_at__lte=at - _SEEN_EVERY)
    ApiKey.objects.filter(long_ago, id=key_id).update(seen_at=at)


def _record(key: ApiKey, did: str, *, by: str, at: datetime) -> None:
    audit.record(
        actor=by,
        action=f"identity.{did}",
        subject=f"key:{key.id}",
        detail={"prefix": key.prefix, "for": key.subject, "actions": key.actions},
        at=at,
    )
