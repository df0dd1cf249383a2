"""What there is to bill of an agreement: spans of days under one tariff version each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol
from uuid import UUID

from lamplighter.billing.domain.calendars import NewPeriod
from lamplighter.billing.domain.periods import BillingPeriod, calendar_months
from lamplighter.kernel import Refusal
from lamplighter.tariffs.domain.pricing import Facts


class NoRatesForDays(Refusal):
    """The tariff has no published rates for these days."""


class VersionFacts(Protocol):
    """A version of a tariff, as `tariffs.queries.versions` knows it."""

    @property
    def id(self) -> UUID: ...
    @property
    def tariff(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def starts_on(self) -> date | None: ...
    @property
    def ends_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An agreement, as a bill needs it."""

    agreement_id: UUID
    account_id: UUID
    usage_point_id: UUID
    tariff_id: UUID
    starts_on: date
    ends_on: date | None
    billed_until: date | None
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of an agreement under one tariff version, in one period of the calendar."""

    term: Term
    version: VersionFacts
    period: BillingPeriod

    @property
    def first_day(self) -> date:
        return self.period.first_day

    @property
    def after_last(self) -> date:
        return self.period.after_last


Part = tuple[BillingPeriod, VersionFacts]
"""Days in one period of the calendar, and the version that holds on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbilled:
    """The days of an agreement that a bill is to charge."""

    first_day: date
    after_last: date
    waived: tuple[date, date] | None = None
    """Days before them that are too long ago to be charged."""


class TooLongAgo(Refusal):
    """What is not billed of this account is too long ago to be charged."""


def unbilled_days(term: Term, *, until: date, earliest: date) -> Unbilled | None:
    """
    What is not billed yet of an agreement, up to a day (exclusive).

    :param earliest: what was used before this day is not charged any more
    :raises TooLongAgo: if that is all of it
    """
    first = term.billed_until or term.starts_on
    after_last = until if term.ends_on is None else min(until, term.ends_on)
    if first >= after_last:
        return None
    start = max(first, min(earliest, after_last))
    waived = (first, start) if first < start else None
    if start >= after_last:
        raise TooLongAgo(
            f"{first} to {after_last} is before {earliest}.",
            remedy="Give it up, or let back-billing reach further back (back_billing_months).",
        )
    return Unbilled(first_day=start, after_last=after_last, waived=waived)


def parts_of(
    days: Unbilled, *, calendar: Sequence[NewPeriod], versions: Sequence[VersionFacts]
) -> tuple[Part, ...]:
    """
    Cut days where the calendar's periods and the tariff's versions change.

    :raises NoRatesForDays: if no version holds on some of them
    """
    return tuple(
        part for period in _periods(days, calendar) for part in _by_version(period, versions)
    )


def _periods(days: Unbilled, calendar: Sequence[NewPeriod]) -> Iterator[BillingPeriod]:
    """A part of a period counts for its share of it; days outside of all, by calendar months."""
    at = days.first_day
    for period in calendar:
        start, end = max(period.first_day, at), min(period.after_last, days.after_last)
        if start >= end:
            continue
        yield from calendar_months(at, start)
        whole = (period.after_last - period.first_day).days
        yield BillingPeriod(start, end, Fraction(period.months * (end - start).days, whole))
        at = end
    yield from calendar_months(at, days.after_last)


def _by_version(period: BillingPeriod, versions: Sequence[VersionFacts]) -> Iterator[Part]:
    at = period.first_day
    for version in versions:
        start = at if version.starts_on is None else max(at, version.starts_on)
        end = period.after_last
        if version.ends_on is not None:
            end = min(end, version.ends_on)
        if start >= end:
            continue
        if start > at:
            break
        share = Fraction((end - start).days, period.days)
        yield BillingPeriod(start, end, period.months * share, share), version
        at = end
    if at < period.after_last:
        raise NoRatesForDays(
            f"From {at} on there are none.", remedy="Publish a version that holds on these days."
        )
