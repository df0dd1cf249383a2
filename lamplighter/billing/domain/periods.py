"""Billing periods: runs of local days."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


@dataclass(frozen=True, slots=True, order=True)
class BillingPeriod:
    """The local days from `first_day` up to but not including `after_last`."""

    first_day: date
    after_last: date
    months: Fraction = Fraction(1)
    """How many billing months it counts for: 1 where it is regular."""
    share: Fraction = Fraction(1)
    """Of what is billed as one: less than 1 where a tariff's version changes within."""

    @property
    def days(self) -> int:
        return (self.after_last - self.first_day).days

    @property
    def all_days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(n) for n in range(self.days))


def calendar_months(first_day: date, after_last: date) -> tuple[BillingPeriod, ...]:
    """The calendar months of a span; a part of a month counts for its share of the days."""
    periods = []
    start = first_day
    while start < after_last:
        in_month = calendar.monthrange(start.year, start.month)[1]
        end = min(start.replace(day=1) + timedelta(in_month), after_last)
        periods.append(BillingPeriod(start, end, Fraction((end - start).days, in_month)))
        start = end
    return tuple(periods)


def boundaries(periods: Sequence[BillingPeriod]) -> tuple[int, ...]:
    """Periods that follow each other, as numbers of days since the first one's start."""
    first = periods[0].first_day
    starts = [(period.first_day - first).days for period in periods]
    return (*starts, (periods[-1].after_last - first).days)
