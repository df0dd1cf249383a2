"""The versions of tariffs: which there are, and which one is in force."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from lamplighter.kernel import Place, Refusal
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.models import Tariff, TariffVersion
from lamplighter.tariffs.ports.tariff_formats import native_format


class TariffUnknown(Refusal):
    """There is no tariff of this code."""

    status = 404


class VersionUnknown(Refusal):
    """There is no such version of a tariff."""

    status = 404


class NoVersionInForce(Refusal):
    """The tariff has no published version that holds on this day."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a tariff, without its rates."""

    id: UUID
    tariff: str
    name: str
    currency: str
    state: str
    starts_on: date | None
    ends_on: date | None
    """Exclusive."""
    sha256: str
    imported_at: datetime
    first_billed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between published versions on which the tariff has no rates. `until` is exclusive."""

    tariff: str
    start: date
    until: date


def version_in_force(code: str, on: date) -> Version:
    """
    The published version that holds on a day.

    :raises TariffUnknown: if there is no such tariff
    :raises NoVersionInForce: if it has no rates on that day
    """
    row = (
        _rows()
        .filter(tariff__code=code, state=TariffVersion.State.PUBLISHED)
        .filter(Q(starts_on=None) | Q(starts_on__lte=on))
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .first()
    )
    if row is None:
        _check_known(code)
        raise NoVersionInForce(f"{code} has no published rates on {on}.")
    return _version(row)


def versions_of(code: str) -> tuple[Version, ...]:
    """
    All versions of a tariff, in the order in which they hold.

    :raises TariffUnknown: if there is no such tariff
    """
    _check_known(code)
    return tuple(map(_version, _rows().filter(tariff__code=code)))


def versions_of_tariffs(tariff_ids: Collection[UUID]) -> dict[UUID, tuple[Version, ...]]:
    """All versions of these tariffs, in the order in which they hold."""
    found: dict[UUID, tuple[Version, ...]] = {}
    for row in _rows().filter(tariff_id__in=tariff_ids):
        found[row.tariff_id] = (*found.get(row.tariff_id, ()), _version(row))
    return found


def all_versions(*, code_begins: str = "") -> Iterator[Version]:
    """The versions of all tariffs, by code and then in the order in which they hold."""
    return map(_version, _rows().filter(tariff__code__startswith=code_begins).iterator())


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffFacts:
    """A tariff, and its published versions in the order in which they hold."""

    id: UUID
    code: str
    versions: tuple[Version, ...]

    def version_on(self, day: date) -> Version | None:
        """The version that holds on a day."""
        return next(
            (
                version
                for version in self.versions
                if (version.starts_on is None or version.starts_on <= day)
                and (version.ends_on is None or day < version.ends_on)
            ),
            None,
        )


def tariffs_of_codes(codes: Collection[str]) -> dict[str, TariffFacts]:
    """Find tariffs by code, as many of them as there are."""
    return {facts.code: facts for facts in _facts_of(Tariff.objects.filter(code__in=codes))}


def tariffs_of_ids(tariff_ids: Collection[UUID]) -> dict[UUID, TariffFacts]:
    """Find tariffs by id, as many of them as there are."""
    return {facts.id: facts for facts in _facts_of(Tariff.objects.filter(id__in=tariff_ids))}


def _facts_of(tariffs: QuerySet[Tariff]) -> Iterator[TariffFacts]:
    found = list(tariffs)
    published: dict[UUID, list[Version]] = {tariff.id: [] for tariff in found}
    rows = _rows().filter(tariff__in=found, state=TariffVersion.State.PUBLISHED)
    for row in rows:
        published[row.tariff_id].append(_version(row))
    for tariff in found:
        yield TariffFacts(id=tariff.id, code=tariff.code, versions=tuple(published[tariff.id]))


def gaps_of(code: str) -> tuple[Gap, ...]:
    """
    The days between its published versions on which a tariff has no rates.

    :raises TariffUnknown: if there is no such tariff
    """
    published = [v for v in versions_of(code) if v.state == TariffVersion.State.PUBLISHED]
    return tuple(
        Gap(code, one.ends_on, other.starts_on)
        for one, other in pairwise(published)
        if one.ends_on and other.starts_on and one.ends_on < other.starts_on
    )


def names_of(tariff_ids: Collection[UUID]) -> dict[UUID, str]:
    """What tariffs are called, by the published version of each that began last."""
    published = TariffVersion.objects.filter(
        tariff_id__in=tariff_ids, state=TariffVersion.State.PUBLISHED
    )
    starts = F("starts_on").asc(nulls_first=True)
    return dict(published.order_by(starts, "id").values_list("tariff_id", "name"))


def known_version(version_id: UUID) -> Version:
    """
    A version, if it is there.

    :raises VersionUnknown: if there is none of this id
    """
    row = _rows().filter(id=version_id).first()
    if row is None:
        raise VersionUnknown(places=(Place(field="version_id"),))
    return _version(row)


def document_of(version_id: UUID) -> dict[str, Any]:
    """The native document of a version that is known to be there."""
    document: dict[str, Any] = TariffVersion.objects.values_list("document", flat=True).get(
        id=version_id
    )
    return document


def schedule_of(version: Version) -> RateSchedule:
    """The rates of a version, ending when the version does."""
    return replace(_schedule(version.id), ends_on=version.ends_on)


def version_of_id(version_id: UUID) -> Version:
    """A version that is known to be there."""
    return _version(_rows().get(id=version_id))


def schedule_of_id(version_id: UUID) -> RateSchedule:
    """The rates of a version, as its document has them."""
    return _schedule(version_id)


@lru_cache(maxsize=4096)
def _schedule(version_id: UUID) -> RateSchedule:
    # A document never changes, so it is read once however many bills are made of it.
    document = TariffVersion.objects.values_list("document", flat=True).get(id=version_id)
    return native_format().schedule(document, Place(source=f"tariff_version:{version_id}"))


def _rows() -> QuerySet[TariffVersion]:
    rows = TariffVersion.objects.select_related("tariff").defer("document")
    starts = F("starts_on").asc(nulls_first=True)
    return rows.order_by("tariff__code", starts, "imported_at", "id")


def _check_known(code: str) -> None:
    if not Tariff.objects.filter(code=code).exists():
        raise TariffUnknown(
            f"{code!r} is not the code of a tariff.",
            remedy="`lamplighter tariffs list` shows those that are.",
        )


def _version(row: TariffVersion) -> Version:
    return Version(
        id=row.id,
        tariff=row.tariff.code,
        name=row.name,
        currency=row.currency,
        state=row.state,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        sha256=row.sha256,
        imported_at=row.imported_at,
        first_billed_at=row.first_billed_at,
    )
