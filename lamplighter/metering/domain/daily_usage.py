"""
What passed a register on each local day, going by readings that were taken now and then.

Between two readings usage is spread evenly over time. What is rounded is the count at each
midnight, so that the days between two readings add up to what passed, to the last digit. After the
last reading usage goes on as it did on average over the year before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lamplighter.kernel import Period

GOES_BY: Final = timedelta(days=366)
"""How much of the past an estimate goes by."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What passed between two readings."""

    period: Period
    used: Decimal


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What passed on a local day."""

    day: date
    used: Decimal
    measured: bool
    """Whether a reading at its end, or later, is known."""


def daily_usage(
    passed: Sequence[Passed],
    *,
    first_day: date,
    after_last: date,
    zone: tzinfo,
    exponent: int,
) -> tuple[DayUsage, ...]:
    """
    Share what passed out over the local days that it covers, and go on as before after that.

    :param passed: readings that follow each other, the earliest first; at least one
    :param exponent: the power of ten that days are rounded to
    :return: the wanted days, without those before the first reading
    """
    begins, ends = passed[0].period.start, passed[-1].period.end
    count = (after_last - first_day).days
    days = [first_day + timedelta(n) for n in range(count + 1)]
    midnights = [datetime.combine(day, time.min, zone).astimezone(UTC) for day in days]
    reached = [_rounded(_reached(passed, at), exponent) for at in midnights]
    return tuple(
        DayUsage(day, reached[n + 1] - reached[n], midnights[n + 1] <= ends)
        for n, day in enumerate(days[:-1])
        if begins < midnights[n + 1]
    )


def _reached(passed: Sequence[Passed], at: datetime) -> Fraction:
    """What has passed since the first reading; before it, nothing."""
    total = Fraction(0)
    for one in passed:
        if at < one.period.end:
            gone = _seconds(max(at - one.period.start, timedelta()))
            return total + Fraction(one.used) * gone / _seconds(one.period.duration)
        total += Fraction(one.used)
    return total + _average(passed) * _seconds(at - passed[-1].period.end)


def _average(passed: Sequence[Passed]) -> Fraction:
    """What passed in a second, over the year before the last reading."""
    since = passed[-1].period.end - GOES_BY
    recent = [one for one in passed if one.period.start >= since] or [passed[-1]]
    seconds = sum((_seconds(one.period.duration) for one in recent), Fraction(0))
    return sum((Fraction(one.used) for one in recent), Fraction(0)) / seconds


def _seconds(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 10**6)


def _rounded(number: Fraction, exponent: int) -> Decimal:
    steps = number / Fraction(Decimal(1).scaleb(exponent))
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return Decimal(whole).scaleb(exponent)
