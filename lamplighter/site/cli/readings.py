"""`lamplighter readings`: look into files of meter readings, and store them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lamplighter.site.cli import WIDE, stored_readings

if TYPE_CHECKING:
    from lamplighter.metering.domain.readings import UsageSummary
    from lamplighter.metering.queries.files import SeriesSummary
    from lamplighter.metering.queries.sources import Progress

_PATIENCE_S = 1.0


@click.group("readings")
def command() -> None:
    """Look into files of meter readings, and store them."""


command.add_command(stored_readings.import_file)
command.add_command(stored_readings.show)
command.add_command(stored_readings.compact)


@command.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_name", default="auto", metavar="NAME",
    help="green-button, nem12, nem13, dsmr, mbus, csv, parquet; found out if not given.",
)  # fmt: skip
@click.option("--timezone", metavar="ZONE", help="Of times without an offset: Europe/Berlin.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object a series.")
def inspect_file(file: Path, format_name: str, timezone: str | None, *, as_json: bool) -> None:
    """Say what is in FILE, series by series, without storing anything."""
    from lamplighter.metering.queries.files import inspect

    with progress_bar(file.name) as progress:
        found = inspect(file, format=format_name, time_zone=timezone, progress=progress)
    if as_json:
        _print_json(found)
    else:
        _print_table(file, found)


@contextmanager
def progress_bar(what: str) -> Iterator["Progress"]:
    """A bar on stderr, which appears if the work takes longer than a second."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    begun = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what)

    def tell(done: int, total: int) -> None:
        if bar.console.is_terminal and time.monotonic() - begun > _PATIENCE_S:
            bar.start()
            bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()


def _print_json(found: list["SeriesSummary"]) -> None:
    import orjson

    text = orjson.dumps([_as_json(one) for one in found], option=orjson.OPT_INDENT_2)
    sys.stdout.buffer.write(text + b"\n")


def _as_json(one: "SeriesSummary") -> dict[str, Any]:
    said: dict[str, Any] = {
        "usage_point": one.usage_point,
        "channel": one.channel,
        "flow": one.flow,
        "unit": one.unit,
        "count": one.count,
        "total": None if one.total is None else f"{one.total:f}",
        "start": None if one.start is None else one.start.isoformat(),
        "end": None if one.end is None else one.end.isoformat(),
        "quality": one.quality,
        "warnings": list(one.warnings),
    }
    if one.text:
        said["text"] = one.text
    if one.cost is not None:
        said["cost"], said["currency"] = f"{one.cost:f}", one.currency
    if one.usage_summaries:
        said["usage_summaries"] = [_summary_as_json(summary) for summary in one.usage_summaries]
    return said


def _summary_as_json(summary: "UsageSummary") -> dict[str, Any]:
    numbers = {
        "consumption": summary.consumption,
        "bill": summary.bill,
        "bill_to_date": summary.bill_to_date,
        "additional_cost": summary.additional_cost,
    }
    return {
        "start": None if summary.start is None else summary.start.isoformat(),
        "duration_s": summary.duration_s,
        "unit": summary.unit,
        "currency": summary.currency,
        **{name: None if value is None else f"{value:f}" for name, value in numbers.items()},
    }


def _print_table(file: Path, found: list["SeriesSummary"]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(file.name), title_justify="left")
    for name in ("Usage point", "Channel", "Readings", "Total", "Unit", "From", "To", "Quality"):
        number = name in ("Readings", "Total")
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for one in found:
        shown = one.text[:40] if one.total is None else f"{one.total:,f}"
        table.add_row(
            escape(one.usage_point), escape(one.channel), f"{one.count:,}", escape(shown), one.unit,
            *("" if at is None else f"{at:%Y-%m-%d %H:%M%z}" for at in (one.start, one.end)),
            ", ".join(f"{times:,} {quality}" for quality, times in one.quality.items()),
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    console.print(table)
    for warning in dict.fromkeys(warning for one in found for warning in one.warnings):
        console.print(f"[yellow]![/] {escape(warning)}")
