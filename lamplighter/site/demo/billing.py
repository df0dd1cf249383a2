"""The bills of the town."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from lamplighter.billing import actions
from lamplighter.billing.actions import CycleAlreadyKnown
from lamplighter.billing.actions.runs import CycleAlreadyBilled, go_on, open_runs
from lamplighter.billing.domain.calendars import regular_calendar
from lamplighter.platform.deliveries import deliver_due
from lamplighter.site.demo.months import FIRST_DAY, MONTHS, midnight, month_after

RULES: Final = {"high": "6", "low": "0.1", "due_days": 21}
"""Storage heaters use several times as much in November as in October, and that is no mistake."""
BILLED_AFTER: Final = timedelta(days=2, hours=8)
"""A month is billed on the third day of the next, at eight o'clock."""


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
    """Make the bills of a month."""
    at = midnight(month_after(month)) + BILLED_AFTER
    through = month_after(month) - timedelta(1)
    try:
        runs = open_runs(cycle_code=cycle, through=through, by=by, at=at)
    except CycleAlreadyBilled:
        return
    for run in runs:
        while go_on(run_id=run, by=by, at=at) is not None:
            continue
    deliver_due(at=at)
