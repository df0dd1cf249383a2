"""Billing cycles, their calendars and their rules."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lamplighter.billing.domain.calendars import NewPeriod
from lamplighter.billing.domain.rules import Rules, rules_of
from lamplighter.billing.models import BillingCycle
from lamplighter.kernel import Place, Refusal


class CycleUnknown(Refusal):
    """There is no such billing cycle."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A billing cycle."""

    id: UUID
    code: str
    name: str
    series: str
    rules: Rules
    periods: tuple[NewPeriod, ...]
    """Its calendar, the earliest first."""

    def period_at(self, day: date) -> NewPeriod | None:
        """The period that a day is in."""
        return next((p for p in self.periods if p.first_day <= day < p.after_last), None)


def cycle(code: str) -> Cycle:
    """
    Find a cycle by its code.

    :raises CycleUnknown: if there is none
    """
    found = BillingCycle.objects.filter(code=code).first()
    if found is None:
        raise _unknown(code)
    return facts_of(found)


def cycles() -> tuple[Cycle, ...]:
    """All cycles, by code."""
    return tuple(map(facts_of, BillingCycle.objects.order_by("code")))


def facts_of(row: BillingCycle) -> Cycle:
    return Cycle(
        id=row.id,
        code=row.code,
        name=row.name,
        series=row.series_id,
        rules=rules_of(row.rules),
        periods=tuple(
            NewPeriod(first_day=p.first_day, after_last=p.after_last, months=p.months)
            for p in row.periods.order_by("first_day")
        ),
    )


def held_cycle(code: str) -> BillingCycle:
    """
    A cycle's row, locked until the transaction is over.

    :raises CycleUnknown: if there is none
    """
    held = BillingCycle.objects.select_for_update().filter(code=code).first()
    if held is None:
        raise _unknown(code)
    return held


def _unknown(code: str) -> CycleUnknown:
    return CycleUnknown(f"{code!r} is not a billing cycle.", places=(Place(field="cycle"),))
