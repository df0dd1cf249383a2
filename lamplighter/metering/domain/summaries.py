"""What is in a file, series by series: how many readings, how much in total, how good."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.decimals import decimal_of
from lamplighter.metering.domain.readings import (
    Int64s,
    RegisterReading,
    Series,
    Usage,
    UsageSummary,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSummary:
    """
    One series of a file.

    Of usage, `total` is the sum over all readings. Of a register it is what it showed last: there
    is no sense in adding up a running total.
    """

    usage_point: str
    channel: str
    flow: str
    unit: str
    count: int
    """Readings in the file, those that say "missing" too, repeated ones once."""
    total: Decimal | None
    """None if the register shows no number."""
    text: str
    start: datetime | None
    end: datetime | None
    quality: dict[str, int]
    cost: Decimal | None
    currency: str
    usage_summaries: tuple[UsageSummary, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Sums:
    """One series, while it is added up: whole numbers by power of ten."""

    count: int = 0
    digits: dict[int, int] = field(default_factory=dict)
    shown: Decimal | None = None
    text: str = ""
    start: datetime | None = None
    end: datetime | None = None
    quality: dict[Quality, int] = field(default_factory=dict)
    cost: int | None = None

    @property
    def total(self) -> Decimal | None:
        if not self.digits:
            return self.shown
        lowest = min(self.digits)
        whole = sum(digits * 10 ** (power - lowest) for power, digits in self.digits.items())
        return decimal_of(whole, lowest)


class Summing:
    """Adds up a file, batch by batch."""

    def __init__(self) -> None:
        self._sums: dict[Series, _Sums] = {}
        self._summaries: list[UsageSummary] = []

    @property
    def series(self) -> list[Series]:
        """In the order of their first appearance."""
        return list(self._sums)

    def expect(self, usage: Usage) -> None:
        """Give its series their places in the order, and note which of them say what they cost."""
        for one in usage.series:
            sums = self._sums.setdefault(one, _Sums())
            if usage.cost is not None and sums.cost is None:
                sums.cost = 0

    def add(self, usage: Usage) -> None:
        """Add settled usage: in order by series and time."""
        first = np.flatnonzero(np.append(True, np.diff(usage.of) != 0))
        after = np.append(first[1:], len(usage))
        ends = np.maximum.reduceat(usage.start_s + usage.duration_s, first)
        costs = None if usage.cost is None else _exact_sums(usage.cost, first)
        kinds = len(Quality)
        qualities = np.bincount(
            usage.of.astype(np.int64) * kinds + usage.quality, minlength=len(usage.series) * kinds
        ).reshape(-1, kinds)
        for i, of in enumerate(usage.of[first].tolist()):
            sums = self._sums.setdefault(usage.series[of], _Sums())
            sums.count += int(after[i] - first[i])
            if costs is not None and sums.cost is not None:
                sums.cost += costs[i]
            for quality in Quality:
                _count(sums, quality, int(qualities[of, quality]))
            _span(sums, _instant(int(usage.start_s[first[i]])), _instant(int(ends[i])))
        self._add_values(usage)

    def _add_values(self, usage: Usage) -> None:
        fresh = np.append(True, (np.diff(usage.of) != 0) | (np.diff(usage.exponent) != 0))
        first = np.flatnonzero(fresh)
        sums = _exact_sums(usage.value, first)
        powers = usage.exponent[first].tolist()
        for of, power, digits in zip(usage.of[first].tolist(), powers, sums, strict=True):
            total = self._sums[usage.series[of]].digits
            total[power] = total.get(power, 0) + digits

    def show(self, reading: RegisterReading) -> None:
        """Add the reading of a register."""
        sums = self._sums.setdefault(reading.series, _Sums())
        # In its own zone, a time in the hour that clocks repeat would compare by the clock alone.
        at = None if reading.at is None else reading.at.astimezone(UTC)
        sums.count += 1
        if at is None or sums.end is None or at >= sums.end:
            sums.shown, sums.text = reading.value, reading.text
        _count(sums, reading.quality, 1)
        _span(sums, at, at)

    def mention(self, summary: UsageSummary) -> None:
        """Remember what the utility says of a period. It is not added to anything."""
        self._summaries.append(summary)

    def summaries(self, warnings: dict[Series, tuple[str, ...]]) -> list[SeriesSummary]:
        """What was added up, the usage summaries with the first series of their usage point."""
        left = list(self._summaries)
        result = []
        for series, sums in self._sums.items():
            mine = tuple(s for s in left if s.usage_point == series.usage_point)
            left = [s for s in left if s.usage_point != series.usage_point]
            result.append(_summary(series, sums, mine, warnings.get(series, ())))
        return result


def _summary(
    series: Series, sums: _Sums, mine: tuple[UsageSummary, ...], warnings: tuple[str, ...]
) -> SeriesSummary:
    return SeriesSummary(
        usage_point=series.usage_point,
        channel=series.channel,
        flow=series.flow,
        unit=series.unit,
        count=sums.count,
        total=sums.total,
        text=sums.text,
        start=sums.start,
        end=sums.end,
        quality={quality.name.lower(): sums.quality[quality] for quality in sorted(sums.quality)},
        cost=None if sums.cost is None else decimal_of(sums.cost, -5),
        currency="" if sums.cost is None else series.currency,
        usage_summaries=mine,
        warnings=warnings,
    )


def _exact_sums(values: Int64s, first: Int64s) -> list[int]:
    """The sum of each group, however large. `first` says where each begins."""
    most = int(np.abs(values).max(initial=0))
    if most * len(values) < np.iinfo(np.int64).max:
        return [int(n) for n in np.add.reduceat(values, first)]
    after = np.append(first[1:], len(values))
    return [sum(values[a:b].tolist()) for a, b in zip(first, after, strict=True)]


def _count(sums: _Sums, quality: Quality, times: int) -> None:
    if times:
        sums.quality[quality] = sums.quality.get(quality, 0) + times


def _span(sums: _Sums, start: datetime | None, end: datetime | None) -> None:
    if start is not None:
        sums.start = start if sums.start is None else min(sums.start, start)
    if end is not None:
        sums.end = end if sums.end is None else max(sums.end, end)


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
