"""`make bench`: every figure beside its peer, as one table."""

import importlib
import sys

from rich.console import Console
from rich.table import Table

from bench.figure import Figure

ALL = (
    "in_memory",
    "from_parquet",
    "green_button",
    "text_files",
    "bill_run",
    "pdf",
    "explaining",
    "api_list",
    "api_throughput",
    "logging_in",
)


def main() -> None:
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table("What", "Ours", "Unit", "Peer", "Peer's", "Ratio", "Wanted", "Peak MB")
    for name in sys.argv[1:] or ALL:
        console.print(f"{name} ...", style="dim")
        for figure in importlib.import_module(f"bench.{name}").run():
            table.add_row(*_cells(figure))
    console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.what,
        f"{figure.ours:,.0f}",
        figure.unit,
        figure.peer or "-",
        "-" if figure.theirs is None else f"{figure.theirs:,.0f}",
        "-" if figure.ratio is None else f"{figure.ratio:.1f}",
        "-" if figure.target_ratio is None else f">= {figure.target_ratio:g}",
        f"{figure.peak_mb:,.0f}",
    )


if __name__ == "__main__":
    main()
