"""Organisations, and who works for them, as far as somebody may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.identity.models import Invitation, Membership, Organisation
from lamplighter.identity.queries.directory import people
from lamplighter.kernel import Grant, Reach, Refusal
from lamplighter.platform import personal


class OrganisationUnknown(Refusal):
    """There is no such organisation."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who works for an organisation. Name and address are personal."""

    id: UUID
    """Of the role that they have: who has two is there twice."""
    user_id: UUID
    name: str
    email: str
    role: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who is to work for an organisation once they have registered. Personal."""

    id: UUID
    email: str
    role: str
    made_at: datetime
    expires_at: datetime


def organisations_in_sight(grant: Grant) -> "QuerySet[Organisation]":
    """Those that an action reaches."""
    if grant.reach is Reach.ALL:
        return Organisation.objects.all()
    if grant.reach is Reach.ORGANISATION:
        return Organisation.objects.filter(id__in=grant.organisation_ids)
    return Organisation.objects.none()


def organisation_in_sight(organisation_id: UUID, grant: Grant) -> Organisation:
    """:raises OrganisationUnknown: if there is none, or the action does not reach it"""
    found = organisations_in_sight(grant).filter(id=organisation_id).first()
    if found is None:
        raise OrganisationUnknown
    return found


def memberships(organisation_id: UUID) -> "QuerySet[Membership]":
    """Who works for an organisation now."""
    going_on = Membership.objects.filter(organisation_id=organisation_id, until=None)
    return going_on.select_related("user")


def members(rows: Iterable[Membership]) -> list[Member]:
    """The same, with their names."""
    found = list(rows)
    known = people(row.user for row in found)
    return [
        Member(
            id=row.id,
            user_id=row.user_id,
            name=known[row.user_id].name,
            email=known[row.user_id].email,
            role=row.role,
            since=row.since,
        )
        for row in found
    ]


def invited(organisation_id: UUID, *, at: datetime) -> list[Invited]:
    """Who has not registered yet, the newest first."""
    rows = list(
        Invitation.objects.filter(
            organisation_id=organisation_id, over_at=None, expires_at__gt=at
        ).order_by("-made_at", "-id")
    )
    keys = personal.keyring({row.id for row in rows})
    return [
        Invited(
            id=row.id,
            email=keys.open(row.email, column="identity_invitation.email", row=row.id),
            role=row.role,
            made_at=row.made_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
