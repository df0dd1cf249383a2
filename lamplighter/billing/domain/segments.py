"""
Segments of bills, from what was measured: one account at a time with `price`, or many in columns.

Both give the same JSON, to the byte (a property test compares them): the first is the reference,
the second what the bill run of a city needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np

from lamplighter.billing.domain.bills import Basis
from lamplighter.billing.domain.documents import document_of, plain_number
from lamplighter.billing.domain.measuring import Numbers
from lamplighter.billing.domain.spans import Span
from lamplighter.tariffs.domain.columnar import ColumnBills, ColumnLine, ColumnUsage, Scaled
from lamplighter.tariffs.domain.measures import EnergyMeasure, Measure
from lamplighter.tariffs.domain.pricing import Kind, PricedBill
from lamplighter.tariffs.domain.pricing.context import ARITHMETIC

FINEST: Final = -9
"""Shares of months and tiers may have no end as decimals: a bill shows nine places of them."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of a span's usage besides its numbers."""

    units: Mapping[str, str]
    """The unit of each flow."""
    basis: Basis
    missing: tuple[int, int] = (0, 0)
    """How many intervals (of registers: days) billing has estimated, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment of a bill that is not issued yet."""

    span: Span
    document: Json
    """As `documents.document_of` has a `BillSegment`."""
    total_minor: int
    usage: Decimal
    """What was drawn from the network, as the bill shows it."""
    estimated: bool
    missing: tuple[int, int] = (0, 0)
    carried: str = ""
    """As `carrying.carried_text` has it."""


def heading(span: Span) -> Json:
    """What all segments of the same days and tariff version say before they come to usage."""
    return {
        "tariff": span.version.tariff,
        "tariff_name": span.version.name,
        "version_id": str(span.version.id),
        "first_day": span.first_day.isoformat(),
        "after_last": span.after_last.isoformat(),
        "months": str(span.period.months),
    } | ({} if span.period.share == 1 else {"share": str(span.period.share)})


def segment_of(
    span: Span,
    head: Json,
    *,
    bill: PricedBill,
    numbers: Mapping[Measure, Numbers],
    measured: Measured,
    carried: str,
) -> Segment:
    """A segment from its bill in exact decimals."""
    lines = [_line(line, bill.currency.exponent) for line in bill.lines]
    measures = tuple(numbers)
    flows = [
        (flow, sum((sum(numbers[measures[n]], Decimal(0)) for n in chosen), Decimal(0)))
        for flow, chosen in flows_of(measures)
    ]
    document = head | {
        "basis": document_of(measured.basis),
        "usage": [
            {"flow": flow, "quantity": shown(quantity), "unit": measured.units.get(flow, "")}
            for flow, quantity in flows
        ],
        "measured": [[shown(number) for number in flat(numbers[one])] for one in measures],
        "lines": lines,
    }
    return Segment(
        span=span,
        document=document,
        total_minor=sum(line["amount_minor"] for line in lines),
        usage=Decimal(shown(dict(flows).get("import", Decimal(0)))),
        estimated=measured.basis.estimated,
        missing=measured.missing,
        carried=carried,
    )


def _line(line: Any, exponent: int) -> Json:
    # What a bill lacks to its minimum is billed as such: once, at what it comes to.
    rate = line.amount if line.kind is Kind.MINIMUM else line.rate
    return _without_empty_reason(
        {
            "component": line.component,
            "kind": line.kind.value,
            "quantity": shown(line.quantity),
            "unit": line.unit,
            "rate": plain_number(rate),
            "amount_minor": int(line.amount.scaleb(exponent)),
            "reason": line.reason,
        }
    )


def _without_empty_reason(line: Json) -> Json:
    if not line["reason"]:
        del line["reason"]
    return line


def flows_of(measures: Sequence[Measure]) -> list[tuple[str, tuple[int, ...]]]:
    """
    Which measures tell how much passed in each direction: the first that takes all of a flow, or
    else the first of each of its channels.
    """
    chosen: dict[str, dict[str | None, int]] = {}
    for n, measure in enumerate(measures):
        if isinstance(measure, EnergyMeasure):
            chosen.setdefault(measure.flow, {}).setdefault(measure.channel, n)
    return [
        (flow, (channels[None],) if None in channels else tuple(channels.values()))
        for flow, channels in chosen.items()
    ]


def flat(numbers: Numbers) -> Iterator[Decimal]:
    """The numbers of a measure in a row: by band, or by band and tier."""
    for number in numbers:
        if isinstance(number, tuple):
            yield from number
        else:
            yield number


def shown(number: Decimal) -> str:
    """A quantity as a bill shows it."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < FINEST:
        number = ARITHMETIC.quantize(number, Decimal(1).scaleb(FINEST))
    return plain_number(number)


def segments_in(
    spans: Sequence[Span],
    heads: Sequence[Json],
    *,
    bills: ColumnBills,
    usage: ColumnUsage,
    measures: Sequence[Measure],
    measured: Sequence[Measured],
) -> list[Segment]:
    """The same of many accounts, in the order of the columns, which have one period."""
    lines = _lines_in(bills, len(spans))
    totals = bills.totals[:, 0].tolist()
    sums = [(flow, _sum_in(usage, [measures[n] for n in ns])) for flow, ns in flows_of(measures)]
    flows = [(flow, _spelt(total.ints.tolist(), total.exponent)) for flow, total in sums]
    numbers = [_numbers_in(usage, measure) for measure in measures]
    drawn = dict(flows).get("import")
    bases = {basis: document_of(basis) for basis in {one.basis for one in measured}}
    segments = []
    for n, (span, head, known) in enumerate(zip(spans, heads, measured, strict=True)):
        document = head | {
            "basis": bases[known.basis],
            "usage": [
                {"flow": flow, "quantity": quantities[n], "unit": known.units.get(flow, "")}
                for flow, quantities in flows
            ],
            "measured": [of_all[n] for of_all in numbers],
            "lines": lines[n],
        }
        segment = Segment(
            span=span,
            document=document,
            total_minor=totals[n],
            usage=Decimal(drawn[n]) if drawn else Decimal(0),
            estimated=known.basis.estimated,
            missing=known.missing,
        )
        segments.append(segment)
    return segments


def _sum_in(usage: ColumnUsage, measures: Sequence[Measure]) -> Scaled:
    sums = [usage.energy[one] for one in measures if isinstance(one, EnergyMeasure)]
    fine = min(one.exponent for one in sums)
    return Scaled(sum(one.at(fine)[:, 0, :].sum(axis=1) for one in sums), fine)


def _numbers_in(usage: ColumnUsage, measure: Measure) -> list[list[str]]:
    """What was measured of each account, by band."""
    of_all: Mapping[Any, Scaled] = usage.energy if measure in usage.energy else usage.peaks
    scaled = of_all[measure]
    bands = scaled.ints.shape[2]
    texts = _spelt(scaled.ints[:, 0, :].ravel().tolist(), scaled.exponent)
    return [texts[at : at + bands] for at in range(0, len(texts), bands)]


def _lines_in(bills: ColumnBills, accounts: int) -> list[list[Json]]:
    result: list[list[Json]] = [[] for _ in range(accounts)]
    for line in bills.lines:
        same = _without_empty_reason(
            {
                "component": line.component,
                "kind": line.kind.value,
                "unit": line.unit,
                "rate": plain_number(line.rate),
                "reason": line.reasons[0],
            }
        )
        exponent = bills.currency.exponent
        for row, there, quantity, amount in _cells(line, accounts):
            if there:
                varies = {"quantity": quantity, "amount_minor": amount}
                if line.kind is Kind.MINIMUM:
                    rate = plain_number(Decimal(amount).scaleb(-exponent))
                    varies = {"quantity": "1", "amount_minor": amount, "rate": rate}
                result[row].append(same | varies)
    return result


def _cells(line: ColumnLine, accounts: int) -> Iterator[tuple[int, bool, str, int]]:
    """Of each account: its number, whether it has the line, quantity and amount."""
    ints = np.asarray(line.quantity.ints)
    # Fixed charges stand on every bill, others where there is something to multiply.
    always = line.kind is Kind.FIXED
    if ints.size == 1 or ints.ndim == 1:
        ints = ints.ravel()[:1].repeat(1)
        (text,) = _spelt(ints.tolist(), line.quantity.exponent, line.over)
        present, texts = [always or bool(ints[0])] * accounts, [text] * accounts
    else:
        column = ints[:, 0].tolist()
        texts = _spelt(column, line.quantity.exponent, line.over)
        present = [always or bool(number) for number in column]
    if not (line.rate or always) and line.kind in (Kind.DEMAND, Kind.RIDER):
        present = [False] * accounts
    yield from zip(range(accounts), present, texts, line.amount[:, 0].tolist(), strict=True)


def _spelt(ints: Sequence[int], exponent: int, over: int = 1) -> list[str]:
    """`ints` x 10^`exponent` / `over`, each as a bill shows it."""
    if over != 1 or exponent < FINEST:
        with_point = (Decimal(number).scaleb(exponent) for number in ints)
        return [shown(ARITHMETIC.divide(number, over)) for number in with_point]
    if exponent >= 0:
        return [str(number * 10**exponent) for number in ints]
    unit, places = 10**-exponent, -exponent
    texts = []
    for number in ints:
        whole, part = divmod(abs(number), unit)
        text = f"{whole}.{part:0{places}}".rstrip("0").rstrip(".") if part else str(whole)
        texts.append(f"-{text}" if number < 0 else text)
    return texts
