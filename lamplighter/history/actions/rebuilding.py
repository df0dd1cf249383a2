"""What history lacks is copied from the bills."""

from datetime import datetime

from django.db import transaction

from lamplighter.billing.queries.issued_documents import issued_sums
from lamplighter.history.actions.copying import copy_bills
from lamplighter.history.queries.agreeing import (
    Progress,
    bills_of_days,
    copied_sums,
    different_days,
    missing_of_day,
    numbers_of_day,
)
from lamplighter.platform import audit


def rebuild(*, by: str, at: datetime, progress: Progress = lambda _done, _total: None) -> int:
    """
    Copy all bills that are not in history, many or few at a time: it can be stopped at any time,
    and goes on where it was when it is called again. Nothing that is there is changed.

    :return: how many were copied
    """
    billed = issued_sums()
    days = different_days(billed, copied_sums())
    total, done, copied = bills_of_days(billed, days), 0, 0
    for day in sorted(days):
        for count, missing in missing_of_day(day, numbers_of_day(billed, day)):
            copied += copy_bills(missing)
            done += count
            progress(done, total)
    with transaction.atomic():
        audit.record(
            actor=by, action="history.rebuild", subject="history", detail={"copied": copied}, at=at
        )
    return copied
