"""How reports are shown: as tables for people, as CSV and JSON for programs."""

import csv
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from lamplighter.billing.domain.documents import plain_number
from lamplighter.history.queries.reports import Dimension, Measured, Revenue
from lamplighter.site.cli import WIDE
from lamplighter.site.cli.quote_output import safe_cell


def show(dimension: Dimension, rows: Sequence[Revenue], *, output: str, out: TextIO) -> None:
    """Write a report in one of the formats."""
    {"table": _show_table, "csv": _show_csv, "json": _show_json}[output](dimension, rows, out)


def _show_table(dimension: Dimension, rows: Sequence[Revenue], out: TextIO) -> None:
    table = Table(title=f"Billed by {dimension}", title_justify="left")
    table.add_column(dimension.capitalize())
    for head in ("Bills", "Amount"):
        table.add_column(head, justify="right")
    table.add_column("Currency")
    table.add_column("Quantity", justify="right")
    for row in rows:
        quantities = "\n".join(
            f"{Decimal(plain_number(each.quantity)):,f} {each.unit} {each.flow}".strip()
            for each in row.measured
        )
        table.add_row(
            row.key or "-", f"{row.bills:,}", f"{row.amount.amount:,f}", row.amount.currency.code,
            quantities,
        )  # fmt: skip
    Console(file=out, width=None if out.isatty() else WIDE).print(table)


def _show_csv(dimension: Dimension, rows: Sequence[Revenue], out: TextIO) -> None:
    # A row has one quantity. Further ones have rows of their own, without an amount, so that each
    # column can be added up.
    cells = csv.writer(out)
    cells.writerow([dimension.value, "currency", "bills", "amount", "flow", "quantity", "unit"])
    for row in rows:
        first = [str(row.bills), f"{row.amount.amount:f}"]
        for sums, measured in zip(_then(first), row.measured or [None], strict=False):
            quantity = ["", "", ""] if measured is None else _cells(measured)
            line = [row.key, row.amount.currency.code, *sums, *quantity]
            cells.writerow(map(safe_cell, line))


def _then(first: list[str]) -> Iterator[list[str]]:
    yield first
    while True:
        yield ["", ""]


def _cells(measured: Measured) -> list[str]:
    return [measured.flow, plain_number(measured.quantity), measured.unit]


def _show_json(dimension: Dimension, rows: Sequence[Revenue], out: TextIO) -> None:
    json.dump([_as_json(dimension, row) for row in rows], out, ensure_ascii=False, indent=2)
    out.write("\n")


def _as_json(dimension: Dimension, row: Revenue) -> dict[str, Any]:
    """Numbers that must stay exact are texts."""
    return {
        dimension.value: row.key,
        "currency": row.amount.currency.code,
        "bills": row.bills,
        "amount": f"{row.amount.amount:f}",
        "measured": [
            {"flow": each.flow, "quantity": plain_number(each.quantity), "unit": each.unit}
            for each in row.measured
        ],
    }
