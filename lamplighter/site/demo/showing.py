"""What the demo shows: every home under every tariff, one bill explained, and what to try next."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from lamplighter.billing.domain.quotes import Quote, Terms
from lamplighter.billing.queries.quoting import LoadFile, quotes, read_load
from lamplighter.site.cli.quote_output import lines_table
from lamplighter.site.demo.homes import HOMES
from lamplighter.tariffs.queries.files import schedules_in

EXPLAINED: Final = "HLW-R2"
MONTH: Final = 6
"""July: the seventh bill of the year."""


def compare(console: Console, files: Mapping[str, Path], tariffs: Path) -> None:
    """A table of yearly totals under every tariff on offer, each home's cheapest marked."""
    priced = {name: _quotes(path, tariffs) for name, path in files.items()}
    schedules = [quote.schedule for quote in next(iter(priced.values()))]
    table = Table(title="A year at Harbor Light & Water, in USD", title_justify="left")
    table.add_column("Home")
    for schedule in schedules:
        table.add_column(schedule.code, justify="right")
    for home in HOMES:
        offered = {
            q.schedule.code: q.total for q in priced[home.name] if q.schedule.code in home.offered
        }
        cheapest = min(offered.values())
        cells = (
            "-" if total is None else f"[bold green]{total:,.2f} *[/]" if total == cheapest
            else f"{total:,.2f}" for total in (offered.get(s.code) for s in schedules)
        )  # fmt: skip
        table.add_row(home.title, *cells)
    console.print(table)
    console.print("* the cheapest on offer   - not on offer", style="dim")
    console.print("   ".join(f"{s.code} {s.name}" for s in schedules), style="dim")
    console.print()


def explain(console: Console, load: Path, tariffs: Path) -> None:
    """One bill, line by line."""
    quote = next(q for q in _quotes(load, tariffs) if q.schedule.code == EXPLAINED)
    bill, period = quote.bills[MONTH], quote.periods[MONTH]
    title = f"The family house under {quote.schedule.name}, {period.first_day:%B %Y}"
    console.print(lines_table(title, bill.lines, bill.currency))


def _quotes(load: Path, tariffs: Path) -> list[Quote]:
    priced = read_load(LoadFile(path=load, time_zone="America/New_York"), None)
    answers = quotes(schedules_in(tariffs), priced, terms=Terms(), rule=None, rounded=True)
    return [answer for answer in answers if isinstance(answer, Quote)]


def what_next(console: Console, folder: Path) -> None:
    """Commands that a person may try on the same files."""
    here = os.path.relpath(folder)
    console.print("\nTry next:", style="bold")
    for command in (
        f"readings inspect {here}/roof.csv",
        f"quote {here}/tariffs.json {here}/car.csv",
        f"quote {here}/tariffs.json {here}/roof.csv --export net-billing --format json",
        "--help",
    ):
        console.print(f"  .venv/bin/lamplighter {command}", highlight=False, soft_wrap=True)
