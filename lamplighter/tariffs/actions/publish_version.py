"""A version of a tariff comes into force."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from lamplighter.kernel import Refusal
from lamplighter.platform import audit, outbox
from lamplighter.tariffs.actions.versions_of_tariff import VersionNotInState, held_version
from lamplighter.tariffs.events import TariffVersionEndMoved, TariffVersionPublished
from lamplighter.tariffs.models import TariffVersion


class VersionsOverlap(Refusal):
    """Two published versions of one tariff would hold on the same day."""

    status = 409


@transaction.atomic
def publish_version(*, version_id: UUID, by: str, at: datetime) -> None:
    """
    Let a draft be what its tariff bills by.

    A version without an end that started earlier ends where this one starts.

    :raises VersionUnknown: if there is no such version
    :raises VersionNotInState: if it is not a draft
    :raises VersionsOverlap: if another published version holds at the same time
    """
    version = held_version(version_id)
    if version.state != TariffVersion.State.DRAFT:
        raise VersionNotInState(
            f"It is {version.state}.",
            remedy="Import its document again to have it as a draft."
            if version.state == TariffVersion.State.WITHDRAWN
            else "",
        )
    others = version.tariff.versions.filter(state=TariffVersion.State.PUBLISHED)
    predecessor = _open_predecessor(version, list(others))
    for other in others:
        if other != predecessor and _overlap(version, other):
            raise VersionsOverlap(
                f"{version.tariff.code} has a version {span(other.starts_on, other.ends_on)}"
                f" already, and this one holds {span(version.starts_on, version.ends_on)}."
            )
    if predecessor is not None:
        predecessor.ends_on = version.starts_on
        predecessor.save(update_fields=["ends_on"])
    version.state = TariffVersion.State.PUBLISHED
    version.save(update_fields=["state"])
    _tell(version, predecessor, by=by, at=at)


def _open_predecessor(version: TariffVersion, others: list[TariffVersion]) -> TariffVersion | None:
    """The version that holds until further notice, if it started before this one."""
    for other in others:
        if other.ends_on is None and _starts_earlier(other, version):
            return other
    return None


def _starts_earlier(one: TariffVersion, other: TariffVersion) -> bool:
    if other.starts_on is None:
        return False
    return one.starts_on is None or one.starts_on < other.starts_on


def _overlap(one: TariffVersion, other: TariffVersion) -> bool:
    return _before(one.starts_on, other.ends_on) and _before(other.starts_on, one.ends_on)


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start < end


def span(start: date | None, end: date | None) -> str:
    """When a version holds, in words."""
    words = [f"from {start}" if start else "", f"before {end}" if end else ""]
    return " ".join(word for word in words if word) or "at all times"


def _tell(
    version: TariffVersion, predecessor: TariffVersion | None, *, by: str, at: datetime
) -> None:
    code = version.tariff.code
    outbox.publish(
        TariffVersionPublished(
            version_id=version.id,
            tariff=code,
            starts_on=version.starts_on,
            ends_on=version.ends_on,
        ),
        at=at,
    )
    if predecessor is not None:
        outbox.publish(
            TariffVersionEndMoved(
                version_id=predecessor.id, tariff=code, ends_on=predecessor.ends_on
            ),
            at=at,
        )
    audit.record(
        actor=by,
        action="tariffs.publish_version",
        subject=f"tariff_version:{version.id}",
        detail={
            "tariff": code,
            "sha256": version.sha256,
            "holds": span(version.starts_on, version.ends_on),
            "takes_over_from": None if predecessor is None else str(predecessor.id),
        },
        at=at,
    )
