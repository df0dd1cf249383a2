"""The calendars of billing cycles."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from lamplighter.kernel import Place, Refusal


class CalendarBroken(Refusal):
    """A cycle's periods follow each other, without a gap or an overlap."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NewPeriod:
    """The local days from `first_day` up to but not including `after_last`."""

    first_day: date
    after_last: date
    months: int = 1
    """How many billing months it counts for, however many days it has."""


def regular_calendar(first_day: date, *, months: int = 1, count: int) -> tuple[NewPeriod, ...]:
    """
    Periods of so many calendar months each, from a day of the month on.

    A month that is too short for that day has its period begin on its last one.
    """
    starts = [_months_later(first_day, months * n) for n in range(count + 1)]
    return tuple(
        NewPeriod(first_day=start, after_last=end, months=months) for start, end in pairwise(starts)
    )


def check_calendar(periods: Sequence[NewPeriod], *, last_end: date | None) -> None:
    """:raises CalendarBroken: if they do not follow each other, and what is there already"""
    expected = last_end
    for number, period in enumerate(periods):
        place = (Place(field=f"periods[{number}]"),)
        if period.first_day >= period.after_last or not 1 <= period.months <= 24:
            raise CalendarBroken(
                f"From {period.first_day} to {period.after_last}, counting for {period.months}"
                " months, is no period.",
                places=place,
            )
        if expected is not None and period.first_day != expected:
            raise CalendarBroken(
                f"The period before ends on {expected}, and this one begins on {period.first_day}.",
                remedy=f"Let it begin on {expected}.",
                places=place,
            )
        expected = period.after_last


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
