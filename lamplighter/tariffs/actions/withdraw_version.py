"""A version of a tariff is taken back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.kernel import Refusal
from lamplighter.platform import audit, outbox
from lamplighter.tariffs.actions.versions_of_tariff import VersionNotInState, held_version
from lamplighter.tariffs.events import TariffVersionEndMoved, TariffVersionWithdrawn
from lamplighter.tariffs.models import TariffVersion


class VersionHasBilled(Refusal):
    """Something has been billed by this version, so it stays."""

    status = 409


@transaction.atomic
def withdraw_version(*, version_id: UUID, reason: str, by: str, at: datetime) -> None:
    """
    Take back a draft, or a published version that has billed nothing.

    The version that it took over from holds again, if no other has taken over since.

    :raises VersionUnknown: if there is no such version
    :raises VersionNotInState: if it is withdrawn already
    :raises VersionHasBilled: if anything was billed by it
    """
    version = held_version(version_id)
    if version.first_billed_at is not None:
        raise VersionHasBilled(
            f"It has billed since {version.first_billed_at:%Y-%m-%d}.",
            remedy="Publish another version that takes over from it.",
        )
    if version.state == TariffVersion.State.WITHDRAWN:
        raise VersionNotInState("It is withdrawn already.")
    was_published = version.state == TariffVersion.State.PUBLISHED
    version.state = TariffVersion.State.WITHDRAWN
    version.save(update_fields=["state"])
    reopened = _reopened(version) if was_published else None
    if was_published:
        _tell(version, reopened, at)
    audit.record(
        actor=by,
        action="tariffs.withdraw_version",
        subject=f"tariff_version:{version.id}",
        detail={
            "tariff": version.tariff.code,
            "reason": reason.strip(),
            "holds_again": None if reopened is None else str(reopened.id),
        },
        at=at,
    )


def _reopened(version: TariffVersion) -> TariffVersion | None:
    """The version that ended because this one started, holding until the next one starts."""
    others = version.tariff.versions.filter(state=TariffVersion.State.PUBLISHED)
    predecessor = others.filter(
        ends_on=version.starts_on, ends_on__isnull=False, document__endsBefore__isnull=True
    ).first()
    if predecessor is None:
        return None
    later = others.filter(starts_on__gte=predecessor.ends_on).order_by("starts_on").first()
    predecessor.ends_on = None if later is None else later.starts_on
    predecessor.save(update_fields=["ends_on"])
    return predecessor


def _tell(version: TariffVersion, reopened: TariffVersion | None, at: datetime) -> None:
    code = version.tariff.code
    outbox.publish(TariffVersionWithdrawn(version_id=version.id, tariff=code), at=at)
    if reopened is not None:
        outbox.publish(
            TariffVersionEndMoved(version_id=reopened.id, tariff=code, ends_on=reopened.ends_on),
            at=at,
        )
