"""The bills of the town, and who pays them."""

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

import numpy as np
from django.db import transaction

from lamplighter.billing import actions
from lamplighter.billing.actions import CycleAlreadyBilled, CycleAlreadyKnown, Paid, settle_bills
from lamplighter.billing.domain.calendars import regular_calendar
from lamplighter.billing.queries.open_bills import open_bills
from lamplighter.platform.deliveries import deliver_due
from lamplighter.site.demo.chance import draws, whole
from lamplighter.site.demo.months import FIRST_DAY, MONTHS, midnight, month_after
from lamplighter.site.demo.people import ordinal_of
from lamplighter.site.demo.stories import IN_ARREARS

RULES: Final = {"high": "6", "low": "0.1", "due_days": 21}
"""Storage heaters use several times as much in November as in October, and that is no mistake."""
BILLED_AFTER: Final = timedelta(days=2, hours=8)
"""A month is billed on the third day of the next, at eight o'clock."""
_LAST_MONTH: Final = month_after(FIRST_DAY, MONTHS - 2)
"""The last one that is billed: most of its bills are not paid yet."""
_SINCE: Final = date(2026, 5, 1)
"""The first month that those in arrears have not paid."""
_AT_ONCE: Final = 1_000


def define_billing(cycle: str, *, by: str, at: datetime) -> None:
    """Begin the cycle in which all accounts are billed, with a calendar of three years."""
    calendar = regular_calendar(FIRST_DAY, count=2 * MONTHS)
    try:
        with transaction.atomic():
            actions.define_cycle(code=cycle, name="Calendar months", rules=RULES, by=by, at=at)
            actions.extend_calendar(cycle=cycle, periods=calendar, by=by, at=at)
    except CycleAlreadyKnown:
        # It was defined before, and the marker of this step was not written.
        return


def bill_month(cycle: str, month: date, *, by: str) -> None:
    """Put right what came late, and make the bills of a month."""
    at = midnight(month_after(month)) + BILLED_AFTER
    while actions.check_next_correction(cycle=cycle, by=by, at=at) is not None:
        continue
    through = month_after(month) - timedelta(1)
    try:
        runs = actions.open_runs(cycle_code=cycle, through=through, by=by, at=at)
    except CycleAlreadyBilled:
        return
    for run in runs:
        while actions.go_on(run_id=run, by=by, at=at) is not None:
            continue


def pay_bills(month: date, *, by: str) -> None:
    """Let the bills of a month be paid, one to eighteen days after they came."""
    issued = midnight(month_after(month)) + BILLED_AFTER
    at = issued + timedelta(18 if month < _LAST_MONTH else 6)
    first, last = issued.date(), at.date()
    paid = (
        Paid(number=one.number, settled_on=on)
        for one in open_bills(issued_from=first, issued_before=last)
        if (on := _paid_on(ordinal_of(one.account), month, first)) is not None and on <= last
    )
    while some := list(islice(paid, _AT_ONCE)):
        settle_bills(some, source=f"bank statement {last}", by=by, at=at)
    deliver_due(at=at)


def _paid_on(ordinal: int, month: date, issued_on: date) -> date | None:
    """When an account pays the bill of a month; None: it does not."""
    if ordinal in IN_ARREARS:
        since = _SINCE
    elif draws("arrears", ordinal) < 0.03:
        since = month_after(_LAST_MONTH, -int(whole(0, 5, draws("since", ordinal))))
    else:
        since = date.max
    if month >= since:
        return None
    key = np.array([month.toordinal()])
    return issued_on + timedelta(int(whole(1, 18, draws("pays", ordinal, key))[0]))
