"""A version of a tariff has billed: from now on it stays as it is."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.platform import audit
from lamplighter.tariffs.actions.versions_of_tariff import VersionNotInState, held_version
from lamplighter.tariffs.models import TariffVersion


@transaction.atomic
def mark_billed(*, version_id: UUID, at: datetime, by: str = "billing") -> None:
    """
    Note that something was billed by a version. Only the first time changes anything.

    :raises VersionUnknown: if there is no such version
    :raises VersionNotInState: if it is not published
    """
    if TariffVersion.objects.filter(id=version_id, first_billed_at__isnull=False).exists():
        return
    version = held_version(version_id)
    if version.state != TariffVersion.State.PUBLISHED:
        raise VersionNotInState(f"It is {version.state}, and only what is published bills.")
    if version.first_billed_at is not None:
        return
    version.first_billed_at = at
    version.save(update_fields=["first_billed_at"])
    audit.record(
        actor=by,
        action="tariffs.mark_billed",
        subject=f"tariff_version:{version.id}",
        detail={"tariff": version.tariff.code, "sha256": version.sha256},
        at=at,
    )
