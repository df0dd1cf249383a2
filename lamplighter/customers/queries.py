"""What others may ask about places that are served."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from lamplighter.customers.models import UsagePoint
from lamplighter.kernel import Refusal


class UsagePointUnknown(Refusal):
    """There is no such usage point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePointFacts:
    """What a usage point is."""

    id: UUID
    reference: str
    commodity: str
    time_zone: str


def usage_point(usage_point_id: UUID) -> UsagePointFacts:
    """:raises UsagePointUnknown: if there is none with this id"""
    found = UsagePoint.objects.select_related("service_location").filter(id=usage_point_id).first()
    if found is None:
        raise UsagePointUnknown(f"There is no usage point with the id {usage_point_id}.")
    return _facts(found)


def usage_points_by_reference(references: Iterable[str]) -> dict[str, UsagePointFacts]:
    """Those of them that there are."""
    rows = UsagePoint.objects.select_related("service_location")
    return {row.reference: _facts(row) for row in rows.filter(reference__in=set(references))}


def usage_point_referenced(reference: str) -> UsagePointFacts:
    """:raises UsagePointUnknown: if there is none with this reference"""
    found = usage_points_by_reference([reference])
    if reference not in found:
        raise UsagePointUnknown(
            f"There is no usage point {reference}.",
            remedy=f"Add it: lamplighter usage-points add {reference} --commodity …",
        )
    return found[reference]


def _facts(row: UsagePoint) -> UsagePointFacts:
    return UsagePointFacts(
        id=row.id,
        reference=row.reference,
        commodity=row.commodity,
        time_zone=row.service_location.time_zone,
    )
