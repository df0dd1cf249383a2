"""
Charts as geometry: whole numbers and words, which a template draws as SVG without any style.

Each has a table beside it that says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Final

from lamplighter.billing.queries.usage_history import BilledUsage
from lamplighter.kernel import Currency

_WIDTH: Final = 720
_HEIGHT: Final = 200
_LEFT: Final = 48
_TOP: Final = 12
_FLOOR: Final = 168
_HEADROOM: Final = 20
_STEPS: Final = tuple(map(Decimal, "1 1.2 1.6 2 2.4 3 4 5 6 8 10".split()))
"""Half of each reads well too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A month's usage."""

    x: int
    y: int
    width: int
    height: int
    label: str
    usage: BilledUsage
    current: bool

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across, and what stands at it."""

    y: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Usage of one commodity, bill by bill."""

    commodity: str
    unit: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    floor: int = _FLOOR


def usage_charts(history: Sequence[BilledUsage], *, current: str = "") -> tuple[BarChart, ...]:
    """
    One chart for each commodity, in order of time.

    :param current: the number of the bill that stands out
    """
    kinds = sorted({(usage.commodity, usage.unit) for usage in history})
    return tuple(
        _bar_chart([one for one in history if (one.commodity, one.unit) == kind], current)
        for kind in kinds
    )


def _bar_chart(history: Sequence[BilledUsage], current: str) -> BarChart:
    top = _round_up(max(Decimal(1), *(usage.quantity for usage in history)))
    pitch = (_WIDTH - _LEFT) // max(len(history), 13)
    bars = []
    for place, usage in enumerate(history):
        height = max(int((_FLOOR - _TOP) * max(usage.quantity, Decimal(0)) / top), 1)
        bars.append(
            Bar(
                x=_LEFT + place * pitch + pitch // 6,
                y=_FLOOR - height,
                width=pitch - pitch // 3,
                height=height,
                label=_month(usage),
                usage=usage,
                current=usage.number == current,
            )
        )
    marks = tuple(
        Mark(y=_FLOOR - (_FLOOR - _TOP) * share // 2, label=f"{(top * share / 2).normalize():,f}")
        for share in (0, 1, 2)
    )
    first = history[0]
    return BarChart(commodity=first.commodity, unit=first.unit, bars=tuple(bars), marks=marks)


def _month(usage: BilledUsage) -> str:
    """The month in which most of the days lie."""
    middle: date = usage.first_day + timedelta((usage.after_last - usage.first_day).days // 2)
    return f"{middle:%b}"


def _round_up(value: Decimal) -> Decimal:
    """The next number that reads well on an axis: one of the steps, and zeros."""
    power = Decimal(10) ** value.adjusted()
    return next(step * power for step in _STEPS if step * power >= value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A bar of a waterfall: from where the one before has ended."""

    name: str
    detail: str
    amount_minor: int
    kind: str
    """`whole` (from the floor), `more` or `less`."""
    x: int
    y: int
    width: int
    height: int
    level: int
    """Where the next one begins."""

    next_x: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def end(self) -> int:
        return self.x + self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """How one amount became another one."""

    currency: Currency
    steps: tuple[Step, ...]
    zero: int
    width: int = _WIDTH
    height: int = _HEIGHT + _HEADROOM


def waterfall(
    *,
    before: tuple[str, int],
    effects: Sequence[tuple[str, int, str]],
    after: tuple[str, int],
    currency: Currency,
) -> Waterfall:
    """
    Draw the way from one amount to another.

    :param before: name and minor units; `after` likewise
    :param effects: name, minor units and words of each; they add up to the difference
    """
    starts = list(accumulate((amount for _, amount, _ in effects), initial=before[1]))
    scale = _Scale.over([0, after[1], *starts])
    bars = [
        (before[0], "", 0, before[1], "whole"),
        *(
            (name, detail, start, start + amount, "more" if amount > 0 else "less")
            for (name, amount, detail), start in zip(effects, starts, strict=False)
        ),
        (after[0], "", 0, after[1], "whole"),
    ]
    pitch = _WIDTH // len(bars)
    steps = []
    for place, (name, detail, start, end, kind) in enumerate(bars):
        top, bottom = scale.height_of(max(start, end)), scale.height_of(min(start, end))
        steps.append(
            Step(
                name=name,
                detail=detail,
                amount_minor=end - start,
                kind=kind,
                x=place * pitch + pitch // 6,
                y=top,
                width=pitch - pitch // 3,
                height=max(bottom - top, 2),
                level=scale.height_of(end),
                next_x=(place + 1) * pitch + pitch // 6,
            )
        )
    return Waterfall(currency=currency, steps=tuple(steps), zero=scale.height_of(0))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Amounts as heights: the highest one at the top."""

    lowest: int
    highest: int

    @classmethod
    def over(cls, amounts: Sequence[int]) -> "_Scale":
        return cls(min(amounts), max(amounts))

    def height_of(self, minor: int) -> int:
        span = max(self.highest - self.lowest, 1)
        return _TOP + _HEADROOM + (_FLOOR - _TOP) * (self.highest - minor) // span
