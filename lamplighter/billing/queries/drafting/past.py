"""What agreements were billed before, to compare with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from lamplighter.billing.domain.checks import Past
from lamplighter.billing.domain.segments import Segment
from lamplighter.billing.models import BilledSpan


@dataclass(frozen=True, slots=True)
class Histories:
    """Of each agreement: usage before, and how many bills in a row were estimated."""

    past: dict[UUID, Past]
    estimated_before: dict[UUID, int]

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> "Histories":
        firsts: dict[UUID, date] = {}
        estimated = set()
        for segment in segments:
            key, first = segment.span.term.agreement_id, segment.span.first_day
            firsts[key] = min(first, firsts.get(key, first))
            if segment.estimated:
                estimated.add(key)
        return cls(_past(firsts), _in_a_row({key: firsts[key] for key in estimated}))


def _past(firsts: dict[UUID, date]) -> dict[UUID, Past]:
    wanted = set(firsts.values())
    year_ago = {_year_before(first) for first in wanted}
    rows = BilledSpan.objects.filter(agreement__in=firsts).values_list(
        "agreement_id", "first_day", "after_last", "usage"
    )
    result: dict[UUID, Past] = {}
    compared = rows.filter(Q(after_last__in=wanted) | Q(first_day__in=year_ago))
    for key, first, after, usage in compared.order_by("-first_day"):
        if first == _year_before(firsts[key]):
            of = "a year ago"
        elif after == firsts[key]:
            of = "before"
        else:
            continue
        result[key] = Past(daily=Decimal(usage) / (after - first).days, of=of)
    return result


def _year_before(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day)


def _in_a_row(firsts: dict[UUID, date]) -> dict[UUID, int]:
    result = dict.fromkeys(firsts, 0)
    rows = BilledSpan.objects.filter(agreement__in=firsts).order_by("agreement", "-after_last")
    over, counted = set(), set()
    columns = ("agreement_id", "after_last", "estimated", "bill_id")
    for key, after, estimated, bill in rows.values_list(*columns):
        if after > firsts[key] or key in over:
            continue
        if not estimated:
            over.add(key)
        elif (key, bill) not in counted:
            counted.add((key, bill))
            result[key] += 1
    return result
