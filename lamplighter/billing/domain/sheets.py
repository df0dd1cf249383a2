"""
All that stands on the paper of a bill, and what is worked out for the eye.

Nothing here changes what is owed: a sheet repeats a bill, and puts the utility and the past beside
it. How it looks, in which language and on which medium, is the printer's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lamplighter.billing.domain.bills import BillLine, BillSegment, IssuedBill
from lamplighter.billing.domain.utilities import Utility
from lamplighter.kernel import Money

MOST_PERIODS: Final = 13
"""A year and the same month again."""
_SEASON: Final = 20
"""A bill of a year ago may begin and end so many days off."""


class Paper(StrEnum):
    """A size of paper."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodUsage:
    """What was used in the period of one bill."""

    first_day: date
    after_last: date
    quantity: Decimal
    unit: str
    estimated: bool = False

    @property
    def days(self) -> int:
        return (self.after_last - self.first_day).days

    @property
    def daily(self) -> Decimal:
        return self.quantity / self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierBill:
    """The bill before this one."""

    number: str
    due: Money
    """What was to be paid with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A bill, who sends it, and what it is compared with."""

    bill: IssuedBill
    utility: Utility
    paper: Paper = Paper.A4
    usage: tuple[PeriodUsage, ...] = ()
    """Of up to thirteen bills in one unit, oldest first; the last one is this bill's."""
    previous: EarlierBill | None = None
    payment_text: str = ""
    """In place of the utility's own, if not empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandUse:
    """What was used in one band of the day, and what was charged for it."""

    band: str
    quantity: Decimal
    unit: str
    amount_minor: int
    share: Decimal
    """Of what was used in all bands: 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """What the usage of this bill is, and how it compares, day for day."""

    quantity: Decimal
    unit: str
    days: int
    daily: Decimal
    change_since_last: Decimal | None
    """0.08 is 8 % more a day than on the bill before; None without one to compare with."""
    change_since_last_year: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """From what was due before to what is due now: `open_before` + `charged` = `due`."""

    previous: EarlierBill | None
    settled: Money | None
    """Payments and credits since the previous bill; negative, as it makes less due."""
    open_before: Money
    charged: Money
    due: Money


def balance(sheet: Sheet) -> Balance:
    """What was due, what came in, what is new, what is due."""
    bill, previous = sheet.bill, sheet.previous
    return Balance(
        previous=previous,
        settled=None if previous is None else bill.open_before - previous.due,
        open_before=bill.open_before,
        charged=bill.content.total,
        due=bill.due,
    )


def key_figures(sheet: Sheet) -> KeyFigures | None:
    """The figures of the last period of usage; None if there is no usage at all."""
    if not sheet.usage:
        return None
    now, before = sheet.usage[-1], sheet.usage[-2] if len(sheet.usage) > 1 else None
    return KeyFigures(
        quantity=now.quantity,
        unit=now.unit,
        days=now.days,
        daily=now.daily,
        change_since_last=_change(before, now),
        change_since_last_year=_change(_a_year_before(sheet.usage), now),
    )


def time_of_use(segments: Sequence[BillSegment]) -> tuple[BandUse, ...]:
    """
    Energy by band of the day, in the order of the lines; empty if there are no two bands.

    Where several charges are made by band, usage is told once and what they charge is added up.
    """
    lines = [line for segment in segments for line in _energy_lines(segment)]
    unit = next((line.unit for line in lines), "")
    if any(line.unit != unit for line in lines):
        return ()
    used: dict[str, dict[str, Decimal]] = {}
    charged: dict[str, int] = {}
    for line in lines:
        by_charge = used.setdefault(_band(line), {})
        by_charge[line.component] = by_charge.get(line.component, Decimal(0)) + line.quantity
        charged[_band(line)] = charged.get(_band(line), 0) + line.amount_minor
    by_band = {band: max(by_charge.values()) for band, by_charge in used.items()}
    whole = sum(by_band.values(), Decimal(0))
    if len(by_band) < 2 or any(quantity < 0 for quantity in by_band.values()):
        return ()
    return tuple(
        BandUse(
            band=band,
            quantity=quantity,
            unit=unit,
            amount_minor=charged[band],
            share=quantity / whole,
        )
        for band, quantity in by_band.items()
    )


def _energy_lines(segment: BillSegment) -> Iterator[BillLine]:
    """Of the charges that are made by band: those with more than one."""
    bands: dict[str, set[str]] = {}
    for line in segment.lines:
        if line.kind == "energy":
            bands.setdefault(line.component, set()).add(_band(line))
    yield from (
        line
        for line in segment.lines
        if line.kind == "energy" and len(bands[line.component]) > 1 and line.quantity
    )


def _band(line: BillLine) -> str:
    """`peak` of `peak, tier 2`."""
    return line.reason.partition(", tier ")[0]


def _change(before: PeriodUsage | None, now: PeriodUsage) -> Decimal | None:
    if before is None or before.quantity <= 0 or before.unit != now.unit:
        return None
    return now.daily / before.daily - 1


def _a_year_before(usage: Sequence[PeriodUsage]) -> PeriodUsage | None:
    """The period of last year that begins and ends about when the last one does."""
    now = usage[-1]
    return next(
        (
            then
            for then in usage[:-1]
            if abs((now.first_day - then.first_day).days - 365) < _SEASON
            and abs((now.after_last - then.after_last).days - 365) < _SEASON
        ),
        None,
    )
