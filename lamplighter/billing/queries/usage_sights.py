"""Whose usage somebody sees: that of the places that their accounts pay for, while they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from lamplighter.billing.models import Agreement
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.kernel import Place

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class PointInSight:
    """A usage point, and the days of it that somebody may see."""

    point: customers.UsagePoint
    spans: Sequence[tuple[date, date | None]] | None
    """First day and the one after the last; None: all days."""

    def visible(self, first: date, after_last: date) -> list[tuple[date, date]]:
        """The parts of a period that somebody may see."""
        if self.spans is None:
            return [(first, after_last)]
        parts = [
            (max(first, starts), after_last if ends is None else min(after_last, ends))
            for starts, ends in self.spans
        ]
        return [(start, end) for start, end in parts if start < end]

    def is_theirs_on(self, day: date) -> bool:
        """Whether they pay for it on a day, or have until then."""
        return self.spans is None or any(
            starts <= day and (ends is None or day <= ends) for starts, ends in self.spans
        )


def point_in_sight(reference: str, sight: Sight) -> PointInSight:
    """
    Find a usage point that somebody may see something of.

    :raises UsagePointUnknown: if there is none of this reference, as far as they can see
    """
    point = customers.usage_point(reference)
    if sight.everything:
        return PointInSight(point=point, spans=None)
    found = _agreements(sight).filter(usage_point_id=point.id).order_by("starts_on")
    spans = list(found.values_list("starts_on", "ends_on"))
    if not spans:
        # The same words as where there is none.
        raise customers.UsagePointUnknown(
            f"{reference!r} is not the reference of a usage point.",
            remedy=customers.ADD_IT.format(reference=reference),
            places=(Place(field="reference"),),
        )
    return PointInSight(point=point, spans=spans)


def points_paid_for(
    sight: Sight, *, on: date, account: str | None = None
) -> "QuerySet[Agreement, UUID] | None":
    """
    The ids of the usage points that accounts in sight pay for on a day, to filter by.

    :param account: only this one, by its number
    :return: None: there is no limit
    :raises AccountUnknown: if the account is not there, as far as somebody can see
    """
    if account is None and sight.everything:
        return None
    found = _agreements(sight).filter(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)
    if account is not None:
        found = found.filter(account_id=customers.account_in_sight(account, sight).id)
    return found.values_list("usage_point_id", flat=True)


def _agreements(sight: Sight) -> "QuerySet[Agreement]":
    seen = customers.account_ids_in_sight(sight)
    return (
        Agreement.objects.all() if seen is None else Agreement.objects.filter(account_id__in=seen)
    )
