"""Billing cycles and their calendars."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.billing.domain.calendars import NewPeriod, check_calendar
from lamplighter.billing.domain.rules import document_of_rules, rules_of
from lamplighter.billing.models import BillingCycle, BillSeries, CyclePeriod
from lamplighter.billing.queries.cycles import held_cycle
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SERIES: Final = re.compile(r"[A-Z0-9]{1,16}")
NO_RULES: Final[Mapping[str, Any]] = MappingProxyType({})


class BadCycle(Refusal):
    """This cannot be a billing cycle."""


class CycleAlreadyKnown(Refusal):
    """There is a billing cycle of this code already."""

    status = 409


@transaction.atomic
def define_cycle(
    *,
    code: str,
    name: str,
    series: str = "B",
    rules: Mapping[str, Any] = NO_RULES,
    by: str,
    at: datetime,
) -> UUID:
    """
    Begin a billing cycle.

    :param series: what the numbers of its bills begin with; several cycles may share one
    :param rules: as JSON (`domain.rules`); what is not stated is as usual
    :raises BadCycle, BadRules: naming the field
    :raises CycleAlreadyKnown: if there is one of this code
    """
    if not _CODE.fullmatch(code):
        raise _bad("code", "A code is 1 to 32 letters, digits, and . _ -.")
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise _bad("name", "A name is one line of 1 to 200 characters.")
    if not _SERIES.fullmatch(series):
        raise _bad("series", "A series is 1 to 16 capital letters and digits.")
    document = document_of_rules(rules_of(rules))
    BillSeries.objects.get_or_create(code=series)
    try:
        with transaction.atomic():
            cycle = BillingCycle.objects.create(
                code=code, name=name, series_id=series, rules=document
            )
    except IntegrityError:
        raise CycleAlreadyKnown(
            f"{code} is another cycle.", places=(Place(field="code"),)
        ) from None
    _record(cycle, "billing.define_cycle", {"code": code, "rules": document}, by=by, at=at)
    return cycle.id


@transaction.atomic
def change_rules(*, cycle: str, rules: Mapping[str, Any], by: str, at: datetime) -> None:
    """
    Let a cycle's bills be made by other rules from now on.

    :raises CycleUnknown: if there is no such cycle
    :raises BadRules: naming the field
    """
    held = held_cycle(cycle)
    held.rules = document_of_rules(rules_of(rules))
    held.save(update_fields=["rules"])
    _record(held, "billing.change_rules", {"rules": held.rules}, by=by, at=at)


@transaction.atomic
def extend_calendar(*, cycle: str, periods: Sequence[NewPeriod], by: str, at: datetime) -> None:
    """
    Add periods to the end of a cycle's calendar. All of them, or none.

    :raises CycleUnknown: if there is no such cycle
    :raises CalendarBroken: if they do not follow each other, and what is there already
    """
    held = held_cycle(cycle)
    last = held.periods.order_by("-after_last").first()
    check_calendar(periods, last_end=None if last is None else last.after_last)
    CyclePeriod.objects.bulk_create(
        CyclePeriod(
            cycle=held,
            first_day=period.first_day,
            after_last=period.after_last,
            months=period.months,
        )
        for period in periods
    )
    if periods:
        detail = {
            "first_day": periods[0].first_day.isoformat(),
            "after_last": periods[-1].after_last.isoformat(),
            "periods": len(periods),
        }
        _record(held, "billing.extend_calendar", detail, by=by, at=at)


def _record(
    cycle: BillingCycle, action: str, detail: Mapping[str, Any], *, by: str, at: datetime
) -> None:
    audit.record(actor=by, action=action, subject=f"billing_cycle:{cycle.id}", detail=detail, at=at)


def _bad(field: str, detail: str) -> BadCycle:
    return BadCycle(detail, places=(Place(field=field),))
