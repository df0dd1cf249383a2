"""Bills and explanations on a terminal."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from lamplighter.billing.domain.bills import BillLine, BillSegment, IssuedBill
    from lamplighter.billing.domain.explaining import Explanation
    from lamplighter.kernel import Currency


def show_bill(console: Console, bill: "IssuedBill") -> None:
    """Each line with quantity, rate, amount and why."""
    content = bill.content
    currency = content.currency
    console.print(
        f"[bold]{bill.number}[/bold]  {content.kind}, account {content.account},"
        f" {content.first_day} to {content.after_last}, issued {bill.issued_on},"
        f" due {bill.due_on}"
    )
    for segment in content.segments:
        _show_segment(console, segment, currency)
    for correction in content.corrections:
        console.print(
            f"Correction of {correction.bill}, {correction.usage_point},"
            f" {correction.first_day} to {correction.after_last} ({correction.reason}):"
            f" {money(correction.before_minor, currency)} before,"
            f" {money(correction.after_minor, currency)} now:"
            f" [bold]{money(correction.amount_minor, currency)}[/bold]"
        )
    if content.adjustments:
        console.print(_table(content.adjustments, currency))
    for message in content.messages:
        console.print(message)
    console.print(f"Total [bold]{money(content.total_minor, currency)}[/bold]")
    if bill.open_before.minor:
        console.print(f"Open before {money(bill.open_before.minor, currency)}")
    console.print(f"To pay [bold]{money(bill.due.minor, currency)}[/bold]")


def _show_segment(console: Console, segment: "BillSegment", currency: "Currency") -> None:
    usage = ", ".join(f"{one.quantity:,f} {one.unit} {one.flow}" for one in segment.usage)
    console.print(
        f"\n{segment.usage_point} ({segment.commodity}), {segment.tariff_name},"
        f" {segment.first_day} to {segment.after_last}: {segment.days} days"
        f"{', ' + usage if usage else ''}"
    )
    basis = segment.basis
    counts = ", ".join(f"{count:,} {quality}" for quality, count in basis.counts)
    console.print(f"  from {basis.source}{': ' + counts if counts else ''}", style="dim")
    if basis.method:
        console.print(f"  estimated: {basis.method}", style="yellow")
    for reading in basis.readings:
        console.print(
            f"  {reading.meter} {reading.channel}: {reading.from_shown} on"
            f" {reading.from_at:%Y-%m-%d}, {reading.to_shown} on {reading.to_at:%Y-%m-%d}:"
            f" {reading.used:f} {reading.unit} ({reading.quality})",
            style="dim",
        )
    console.print(_table(segment.lines, currency))


def _table(lines: "tuple[BillLine, ...]", currency: "Currency") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Charge")
    for name in ("Quantity", "Rate", "Amount"):
        table.add_column(name, justify="right")
    table.add_column("Why")
    for line in lines:
        table.add_row(
            line.component,
            f"{line.quantity:,f} {line.unit}".strip(),
            f"{line.rate:f}",
            money(line.amount_minor, currency),
            line.reason,
        )
    return table


def show_explanation(console: Console, explanation: "Explanation") -> None:
    """From the bill before to this one, step by step."""
    if explanation.previous is None:
        console.print("\nThere is no bill before to compare with.")
        return
    from lamplighter.kernel import Currency

    currency = Currency(explanation.currency)
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(f"\nFrom {explanation.previous}")
    table.add_column(f"\n{money(explanation.before_minor, currency)}", justify="right")
    table.add_column("")
    for effect in explanation.effects:
        table.add_row(
            f"  {effect.name}", f"{money(effect.amount_minor, currency, sign=True)}", effect.detail
        )
    table.add_row(f"to {explanation.number}", money(explanation.after_minor, currency), "")
    console.print(table)


def money(minor: int, currency: "Currency", *, sign: bool = False) -> str:
    from lamplighter.kernel import Money

    amount = Money(minor, currency).amount
    return f"{amount:+,} {currency}" if sign else f"{amount:,} {currency}"
