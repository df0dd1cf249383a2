"""
Bills worked out on paper, from published rates and for the corners that other software gets wrong.

Each file of `tariffs/` is one case: where its rates come from, the tariff, what was measured, each
step of the arithmetic, and the lines that must come out. `tariffs/README.md` explains the form.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Period, Place, Refusal
from lamplighter.tariffs.domain.clock import Clock
from lamplighter.tariffs.domain.measures import (
    EnergyMeasure,
    Measure,
    PeakMeasure,
    Usage,
    measures_of,
)
from lamplighter.tariffs.domain.pricing import Carried, Facts, Line, price
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.domain.system_peaks import at_system_peaks
from lamplighter.tariffs.ports.tariff_formats import FORMATS, format_named

CASES = sorted((Path(__file__).parent / "tariffs").glob("*.json"))
CASE_FIELDS = {"title", "source", "tariff", "systemPeaks", "facts", "bills"}
BILL_FIELDS = {"from", "to", "months", "measured", "working", "lines", "total", "refused"}


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(path.read_text(), parse_float=Decimal)
    return case


def test_there_are_cases_of_every_kind() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_says_where_it_comes_from_and_how_it_is_worked_out(path: Path) -> None:
    case = read(path)
    assert set(case) <= CASE_FIELDS
    assert case["title"]
    assert case["source"]
    for bill in case["bills"]:
        assert set(bill) <= BILL_FIELDS
        assert bill["working"]
        if "lines" in bill:
            assert sum(Decimal(line[4]) for line in bill["lines"]) == Decimal(bill["total"])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_bill_comes_out_as_worked_out_on_paper(path: Path) -> None:
    case = read(path)
    schedule = schedule_of(case)
    facts = Facts(
        **{key: Decimal(value) if key != "meters" else value
           for key, value in case.get("facts", {}).items()}
    )  # fmt: skip
    carried = Carried()
    for number, bill in enumerate(case["bills"], start=1):
        if "refused" in bill:
            with pytest.raises(Refusal) as no:
                price(schedule, usage_of(bill, schedule), carried=carried, facts=facts)
            assert no.value.code == bill["refused"], no.value
            continue
        priced, carried = price(schedule, usage_of(bill, schedule), carried=carried, facts=facts)
        assert [told(line) for line in priced.lines] == [wanted(line) for line in bill["lines"]], (
            f"bill {number}"
        )
        assert priced.total == Decimal(bill["total"]), f"bill {number}"


def schedule_of(case: dict[str, Any]) -> RateSchedule:
    record = case["tariff"]
    formats = (format_named(name) for name in FORMATS)
    schedule = next(f for f in formats if f.recognises(record)).schedule(record, Place())
    moments = [
        Period(datetime.fromisoformat(start), datetime.fromisoformat(end))
        for start, end in case.get("systemPeaks", ())
    ]
    return at_system_peaks(schedule, moments) if moments else schedule


Told = tuple[str, Fraction, str, Decimal, Decimal]


def told(line: Line) -> Told:
    return line.component, settled(line.quantity), line.unit, line.rate, line.amount


def wanted(line: list[str]) -> Told:
    component, quantity, unit, rate, amount = line
    return component, settled(quantity), unit, Decimal(rate), Decimal(amount)


def settled(quantity: str | Decimal) -> Fraction:
    """A quantity to the twentieth decimal: a third of a month, in decimals, never ends."""
    return round(Fraction(quantity), 20)


def usage_of(bill: dict[str, Any], schedule: RateSchedule) -> Usage:
    """What the case measured, put as the schedule wants it measured."""
    first, after = date.fromisoformat(bill["from"]), date.fromisoformat(bill["to"])
    found = Measured(bill, first, after)
    energy, peaks, climbed = {}, {}, {}
    for measure in measures_of(schedule):
        if isinstance(measure, EnergyMeasure):
            energy[measure] = found.energy(measure)
        elif isinstance(measure, PeakMeasure):
            peaks[measure] = found.peak(measure)
        else:
            climbed[measure] = found.climbed(measure)
    return Usage(
        first_day=first,
        after_last=after,
        months=Fraction(bill.get("months", "1")),
        energy=energy,
        peaks=peaks,
        climbed=climbed,
    )


class Measured:
    """The entries under `measured` of a bill."""

    def __init__(self, bill: dict[str, Any], first: date, after: date) -> None:
        self.entries = bill["measured"]
        self.first, self.after = first, after

    def energy(self, measure: EnergyMeasure) -> tuple[Decimal, ...]:
        sums = dict.fromkeys(measure.clock.bands, Decimal(0))
        for entry in self._entries(measure, "energy", "constantKw"):
            for band, amount in self._by_band(entry, measure.clock):
                sums[band] += amount
        return tuple(sums.values())

    def peak(self, measure: PeakMeasure) -> tuple[Decimal, ...]:
        highest = dict.fromkeys(measure.clock.bands, Decimal(0))
        for entry in self._entries(measure, "demand"):
            for band, kw in self._by_band(entry, measure.clock):
                highest[band] = max(highest[band], kw)
        return tuple(highest.values())

    def climbed(self, measure: Any) -> tuple[tuple[Decimal, ...], ...]:
        (entry,) = self._entries(measure, "climbed")
        return tuple(
            tuple(Decimal(part) for part in entry["climbed"][band]) for band in measure.clock.bands
        )

    def _entries(self, measure: Measure, *kinds: str) -> Iterator[dict[str, Any]]:
        channel = getattr(measure, "channel", None)
        for entry in self.entries:
            fits = entry.get("flow", "import") == measure.flow
            if fits and channel in (None, entry.get("channel")) and set(kinds) & set(entry):
                yield entry

    def _by_band(self, entry: dict[str, Any], clock: Clock) -> Iterator[tuple[str, Decimal]]:
        if "constantKw" in entry:
            yield from self._constant(Decimal(entry["constantKw"]), clock)
            return
        amounts = entry.get("energy", entry.get("demand"))
        if isinstance(amounts, dict) and set(amounts) == set(clock.bands):
            yield from ((band, Decimal(amount)) for band, amount in amounts.items())
            return
        parts = amounts.values() if isinstance(amounts, dict) else [amounts]
        bands = self._bands_of(entry, clock)
        assert len(bands) == 1, f"{entry} is not told by the bands {clock.bands}"
        yield from ((bands[0], Decimal(part)) for part in parts)

    def _bands_of(self, entry: dict[str, Any], clock: Clock) -> list[str]:
        """The bands that a clock knows in the days of an entry."""
        first = date.fromisoformat(entry["from"]) if "from" in entry else self.first
        after = date.fromisoformat(entry["to"]) if "to" in entry else self.after
        days = (first + timedelta(n) for n in range((after - first).days))
        numbers = {b for day in days for b in clock.profiles[clock.profile_on(day)]}
        return [clock.bands[number] for number in sorted(numbers)]

    def _constant(self, kw: Decimal, clock: Clock) -> Iterator[tuple[str, Decimal]]:
        """A load that never changes: as many hours in a band as the calendar has."""
        for n in range((self.after - self.first).days):
            profile = clock.profiles[clock.profile_on(self.first + timedelta(n))]
            for band in profile:
                yield clock.bands[band], kw * 24 / len(profile)
