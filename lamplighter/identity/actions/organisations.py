"""Organisations are added and changed."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.identity.domain.permissions import OrganisationKind
from lamplighter.identity.models import Organisation
from lamplighter.identity.queries.organisations import organisation_in_sight
from lamplighter.kernel import Grant, Place, Refusal
from lamplighter.platform import audit


class SlugTaken(Refusal):
    """Another organisation is called this in addresses."""

    status = 409


class NotToBeClosed(Refusal):
    """The utility, and who runs the installation, stay."""

    status = 409


@transaction.atomic
def add_merchant(*, name: str, slug: str, by: str, at: datetime) -> Organisation:
    """
    Add a merchant. The utility and the platform are there from the beginning, and only once.

    :raises SlugTaken: if another one is called so in addresses
    """
    try:
        with transaction.atomic():
            made = Organisation.objects.create(
                kind=OrganisationKind.MERCHANT.value, name=name, slug=slug, made_at=at
            )
    except IntegrityError:
        raise SlugTaken(places=(Place(field="slug"),)) from None
    _record(made, "add_merchant", by=by, at=at)
    return made


@transaction.atomic
def change_organisation(
    organisation_id: UUID,
    *,
    name: str,
    is_closed: bool,
    check: Callable[[Organisation], None],
    grant: Grant,
    by: str,
    at: datetime,
) -> Organisation:
    """
    Rename an organisation, or close it: then nobody may do anything by their roles in it, and its
    clients and keys are worth nothing.

    :param check: refuses if this is not the version that the caller has seen; nobody else changes
        it from then on
    :raises OrganisationUnknown: if what somebody may do does not reach it
    :raises NotToBeClosed: if it is the utility or the platform
    """
    Organisation.objects.select_for_update().filter(id=organisation_id).first()
    organisation = organisation_in_sight(organisation_id, grant)
    check(organisation)
    if is_closed and organisation.kind != OrganisationKind.MERCHANT.value:
        raise NotToBeClosed
    organisation.name = name
    organisation.closed_at = (organisation.closed_at or at) if is_closed else None
    organisation.revision += 1
    organisation.save(update_fields=["name", "closed_at", "revision"])
    _record(organisation, "change_organisation", by=by, at=at)
    return organisation


def _record(organisation: Organisation, did: str, *, by: str, at: datetime) -> None:
    audit.record(
        actor=by,
        action=f"identity.{did}",
        subject=f"organisation:{organisation.id}",
        detail={"name": organisation.name, "closed": organisation.closed_at is not None},
        at=at,
    )
