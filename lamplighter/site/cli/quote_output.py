"""How quotes are shown: as tables for people, as JSON and CSV for programs."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, TextIO

from rich.console import Console
from rich.table import Table

from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.billing.domain.quotes import Quote, Unquoted
from lamplighter.kernel import Currency, Refusal
from lamplighter.site.cli import WIDE
from lamplighter.tariffs.domain.pricing import Kind, Line, PricedBill

Quotes = Iterable[Quote | Unquoted]

GROUPS: Final = {
    "energy": (Kind.ENERGY, Kind.RIDER, Kind.EXPORT, Kind.REACTIVE),
    "demand": (Kind.DEMAND,),
    "fixed": (Kind.FIXED,),
    "minimum": (Kind.MINIMUM,),
    "taxes": (Kind.TAX, Kind.PERCENTAGE),
}
"""What a total is made of, in the order in which it is shown."""


def show(quotes: Quotes, *, output: str, out: TextIO) -> None:
    """Write quotes in one of the formats."""
    shown: Callable[[Quotes, TextIO], None] = {
        "jsonl": _show_jsonl, "json": _show_json, "csv": _show_csv, "table": _show_tables,
    }[output]  # fmt: skip
    shown(quotes, out)


def _show_jsonl(quotes: Quotes, out: TextIO) -> None:
    out.writelines(
        json.dumps(_as_json(quote, lines=False), ensure_ascii=False) + "\n" for quote in quotes
    )


def _show_json(quotes: Quotes, out: TextIO) -> None:
    json.dump([_as_json(quote, lines=True) for quote in quotes], out, ensure_ascii=False, indent=2)
    out.write("\n")


def _as_json(quote: Quote | Unquoted, *, lines: bool) -> dict[str, Any]:
    if isinstance(quote, Unquoted):
        return {"tariff": quote.code, "refused": _refusal_as_json(quote.refusal)}
    pairs = zip(quote.periods, quote.bills, strict=True)
    return {
        "tariff": quote.schedule.code,
        "name": quote.schedule.name,
        "currency": quote.schedule.currency.code,
        "total": _plain(quote.total),
        "months": [_month_as_json(period, bill, lines=lines) for period, bill in pairs],
        **({"notes": list(quote.schedule.notes)} if quote.schedule.notes else {}),
    }


def _refusal_as_json(refusal: Refusal) -> dict[str, Any]:
    places = [{"row": place.row, "field": place.field} for place in refusal.places]
    return {
        "code": refusal.code,
        "detail": refusal.detail,
        "remedy": refusal.remedy,
        "places": places,
    }


def _month_as_json(period: BillingPeriod, bill: PricedBill, *, lines: bool) -> dict[str, Any]:
    month: dict[str, Any] = {
        "month": f"{period.first_day:%Y-%m}",
        "first_day": period.first_day.isoformat(),
        "after_last": period.after_last.isoformat(),
        "total": _plain(bill.total),
        **{group: _plain(bill.of(*kinds)) for group, kinds in GROUPS.items()},
    }
    if lines:
        month["lines"] = [_line_as_json(line) for line in bill.lines]
    return month


def _line_as_json(line: Line) -> dict[str, str]:
    return {
        "component": line.component,
        "kind": line.kind,
        "reason": line.reason,
        "quantity": _plain(line.quantity),
        "unit": line.unit,
        "rate": _plain(line.rate),
        "amount": _plain(line.amount),
    }


def _plain(number: Decimal) -> str:
    """Without exponent; at most 12 decimals, where shares have no end."""
    return f"{number.quantize(Decimal('1e-12')).normalize():f}" if _long(number) else f"{number:f}"


def _long(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -12


def _show_csv(quotes: Quotes, out: TextIO) -> None:
    rows = csv.writer(out)
    rows.writerow(["tariff", "currency", "month", "component", "kind", "reason", "quantity",
                   "unit", "rate", "amount", "refused"])  # fmt: skip
    for quote in quotes:
        if isinstance(quote, Unquoted):
            rows.writerow([quote.code, *[""] * 9, str(quote.refusal)])
            continue
        head = [quote.schedule.code, quote.schedule.currency.code]
        for period, bill in zip(quote.periods, quote.bills, strict=True):
            for line in bill.lines:
                cells = _line_as_json(line).values()
                rows.writerow([*head, f"{period.first_day:%Y-%m}", *map(safe_cell, cells), ""])


def safe_cell(text: str) -> str:
    """A text that a spreadsheet would take for a formula, kept from being one."""
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and not is_number else text


def _show_tables(quotes: Quotes, out: TextIO) -> None:
    console = Console(file=out, width=None if out.isatty() else WIDE)
    answers = list(quotes)
    quoted = sorted(
        (answer for answer in answers if isinstance(answer, Quote)),
        key=lambda quote: (quote.schedule.currency.code, quote.total),
    )
    if len(quoted) == 1:
        console.print(_lines_table(quoted[0]))
        console.print(_months_table(quoted[0]))
        for note in quoted[0].schedule.notes:
            console.print(f"[dim]{note}[/dim]")
    elif quoted:
        console.print(_comparison(quoted))
    for answer in answers:
        if isinstance(answer, Unquoted):
            console.print(f"[red]{answer.code}[/red] {answer.refusal.code}: {answer.refusal}")


def _lines_table(quote: Quote) -> Table:
    first, last = quote.periods[0], quote.periods[-1]
    title = f"{quote.schedule.name}, {first.first_day} to {last.after_last}"
    return lines_table(title, list(_over_the_year(quote)), quote.schedule.currency)


def lines_table(title: str, lines: Sequence[Line], currency: Currency) -> Table:
    """Every line with why, quantity, rate and amount, and their total."""
    total = sum((line.amount for line in lines), Decimal(0))
    table = Table(title=title, title_justify="left", show_footer=True)
    table.add_column("Charge", "Total")
    table.add_column("Why")
    for head in ("Quantity", "Unit", "Rate"):
        table.add_column(head, justify="left" if head == "Unit" else "right")
    table.add_column(currency.code, _amount(total, currency), justify="right")
    for line in lines:
        table.add_row(
            line.component, line.reason, f"{line.quantity:,.3f}", line.unit,
            f"{line.rate.normalize():f}", _amount(line.amount, currency),
        )  # fmt: skip
    return table


def _over_the_year(quote: Quote) -> Iterator[Line]:
    """Lines of the same charge, reason and rate, added up over all bills, charge by charge."""
    sums: dict[tuple[str, str, Decimal], Line] = {}
    for bill in quote.bills:
        for line in bill.lines:
            key = line.component, line.reason, line.rate
            before = sums.get(key)
            sums[key] = line if before is None else _added(before, line)
    order = list(dict.fromkeys(component for component, _, _ in sums))
    yield from sorted(sums.values(), key=lambda line: order.index(line.component))


def _added(one: Line, other: Line) -> Line:
    return Line(
        component=one.component, kind=one.kind, quantity=one.quantity + other.quantity,
        unit=one.unit, rate=one.rate, amount=one.amount + other.amount, reason=one.reason,
    )  # fmt: skip


def _months_table(quote: Quote) -> Table:
    table = Table(title="By month", title_justify="left", show_footer=True)
    used = [g for g, kinds in GROUPS.items() if any(bill.of(*kinds) for bill in quote.bills)]
    table.add_column("Month", "Total")
    for group in used:
        total = sum((bill.of(*GROUPS[group]) for bill in quote.bills), Decimal(0))
        table.add_column(group.capitalize(), _money(quote, total), justify="right")
    table.add_column("Total", _money(quote, quote.total), justify="right")
    for period, bill in zip(quote.periods, quote.bills, strict=True):
        cells = [_money(quote, bill.of(*GROUPS[group])) for group in used]
        table.add_row(f"{period.first_day:%Y-%m}", *cells, _money(quote, bill.total))
    return table


def _comparison(quotes: list[Quote]) -> Table:
    first, last = quotes[0].periods[0], quotes[0].periods[-1]
    title = f"{len(quotes)} tariffs, {first.first_day} to {last.after_last}, cheapest first"
    table = Table(title=title, title_justify="left")
    table.add_column("Tariff")
    table.add_column("Name")
    for group in GROUPS:
        table.add_column(group.capitalize(), justify="right")
    table.add_column("Total", justify="right")
    table.add_column("More than the cheapest", justify="right")
    cheapest: dict[str, Decimal] = {}
    for quote in quotes:
        least = cheapest.setdefault(quote.schedule.currency.code, quote.total)
        parts = (
            _money(quote, sum((bill.of(*kinds) for bill in quote.bills), Decimal(0)))
            for kinds in GROUPS.values()
        )
        total = f"{_money(quote, quote.total)} {quote.schedule.currency}"
        more = _money(quote, quote.total - least)
        table.add_row(quote.schedule.code, quote.schedule.name, *parts, total, more)
    return table


def _money(quote: Quote, amount: Decimal) -> str:
    return _amount(amount, quote.schedule.currency)


def _amount(amount: Decimal, currency: Currency) -> str:
    return f"{amount:,.{currency.exponent}f}"
