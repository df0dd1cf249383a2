"""The lines of a bill, as a person reads them."""

import re
from typing import Any, Final

from lamplighter.billing.adapters.typst_printer.writing import Writing
from lamplighter.billing.domain.bills import BillLine, BillSegment, Correction, IssuedBill
from lamplighter.kernel import Currency, Money

Told = dict[str, Any]

_SHARES: Final = ("percentage", "tax")
_PHRASES: Final = ("fed in", "highest demand", "of all of the above")
_ALL_HOURS: Final = "all hours"
"""The band of a charge that has only one, which goes without saying."""


def details(bill: IssuedBill, write: Writing) -> Told:
    """A table for each segment, one for corrections, one for adjustments, and the total."""
    content = bill.content
    tables = [_segment(segment, bill, write) for segment in content.segments]
    if content.corrections:
        tables.append(_corrections(content.corrections, content.currency, write))
    if content.adjustments:
        tables.append(_adjustments(content.adjustments, content.currency, write))
    if len(tables) == 1:
        tables[0]["subtotal"] = None
    symbol = write.symbol(content.total)
    return {
        "title": write.word("details"),
        "columns": [
            write.word("charge"),
            write.word("quantity"),
            write.word("rate"),
            f"{write.word('amount')} ({symbol})",
        ],
        "tables": tables,
        "none": "" if tables else write.word("no_charges"),
        "total": [write.word("total"), write.money(content.total)],
    }


def _segment(segment: BillSegment, bill: IssuedBill, write: Writing) -> Told:
    currency = bill.content.currency
    commodity = write.word_if_any("commodity", segment.commodity, segment.commodity)
    place = dict(bill.addressee.places).get(segment.usage_point, "")
    period = write.period(segment.first_day, segment.after_last)
    return {
        "name": f"{commodity} · {segment.tariff_name}",
        "period": f"{period} · {write.days(segment.days)}",
        "place": " · ".join(write.apart(text) for text in (place, segment.usage_point) if text),
        "notes": list(_readings(segment, write)) + _estimate(segment, write),
        "rows": [_row(line, currency, write) for line in segment.lines],
        "subtotal": _subtotal(segment.total_minor, currency, write),
    }


def _readings(segment: BillSegment, write: Writing) -> list[str]:
    """Each register: which day, what it showed, what passed."""
    return [
        f"{write.word('reading', meter=write.apart(reading.meter))}: "
        f"{write.day(reading.from_at.date())} {write.quantity(reading.from_shown, '')} → "
        f"{write.day(reading.to_at.date())} {write.quantity(reading.to_shown, '')} · "
        f"{write.quantity(reading.used, reading.unit)}"
        for reading in segment.basis.readings
    ]


def _estimate(segment: BillSegment, write: Writing) -> list[str]:
    if segment.basis.method:
        return [write.word("estimated_note", method=segment.basis.method)]
    return [write.word("estimated_plain")] if segment.basis.estimated else []


def _corrections(corrections: tuple[Correction, ...], currency: Currency, write: Writing) -> Told:
    rows = []
    for correction in corrections:
        before, after = correction.usage_before, correction.usage_after
        used = write.word(
            "usage_was",
            before=write.quantity(before.quantity, before.unit),
            after=write.quantity(after.quantity, after.unit),
        )
        period = write.period(correction.first_day, correction.after_last)
        told = [f"{correction.usage_point} · {period}: {used}", correction.reason]
        if correction.waived_minor:
            waived = write.money(Money(abs(correction.waived_minor), currency))
            told.append(write.word("waived", amount=waived))
        name = write.word("correction", bill=write.apart(correction.bill))
        amount = write.amount(Money(correction.amount_minor, currency))
        rows.append([name, "; ".join(text for text in told if text), "", "", amount])
    total = sum(correction.amount_minor for correction in corrections)
    return _titled("corrections", rows, total, currency, write)


def _adjustments(lines: tuple[BillLine, ...], currency: Currency, write: Writing) -> Told:
    rows = [_row(line, currency, write) for line in lines]
    return _titled("adjustments", rows, sum(line.amount_minor for line in lines), currency, write)


def _titled(
    name: str, rows: list[list[str]], total: int, currency: Currency, write: Writing
) -> Told:
    return {
        "name": write.word(name),
        "period": "",
        "place": "",
        "notes": [],
        "rows": rows,
        "subtotal": _subtotal(total, currency, write),
    }


def _row(line: BillLine, currency: Currency, write: Writing) -> list[str]:
    amount = write.amount(Money(line.amount_minor, currency))
    reason = _reason(line.reason, write)
    if line.kind in _SHARES:
        base = write.amount(Money.rounded(line.quantity, currency))
        return [line.component, reason, base, write.share(line.rate, decimals=3), amount]
    if not line.unit and line.quantity == 1:
        return [line.component, reason, "", "", amount]
    quantity = write.quantity(line.quantity, line.unit)
    return [line.component, reason, quantity, write.rate(line.rate), amount]


def _reason(reason: str, write: Writing) -> str:
    """Names stay as the tariff has them; the words that Lamplighter put around are translated."""
    parts = []
    for part in reason.split(", "):
        if tier := re.fullmatch(r"tier (\d+)", part):
            parts.append(write.word("tier", number=tier[1]))
        elif part in _PHRASES:
            parts.append(write.word(part.replace(" ", "_")))
        elif part != _ALL_HOURS:
            parts.append(part)
    return ", ".join(parts)


def _subtotal(minor: int, currency: Currency, write: Writing) -> list[str]:
    return [write.word("subtotal"), write.amount(Money(minor, currency))]
