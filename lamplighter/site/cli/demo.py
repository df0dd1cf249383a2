import shutil
import sys
from pathlib import Path

import click

from lamplighter.site.cli import WIDE


@click.command("demo")
def command() -> None:
    """Make up homes and tariffs, price them, and explain a bill."""
    from rich.console import Console

    from lamplighter.site.demo.homes import HOMES, write_csv
    from lamplighter.site.demo.showing import compare, explain, what_next
    from lamplighter.site.environment import Environment

    folder = Environment.read().home / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    tariffs = folder / "tariffs.json"
    shutil.copyfile(Path(__file__).parent.parent / "demo" / "tariffs.json", tariffs)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE)
    with Console(stderr=True).status("Making up a year of readings for five homes"):
        files = {home.name: write_csv(home, folder) for home in HOMES}
    compare(console, files, tariffs)
    explain(console, files["family"], tariffs)
    what_next(console, folder)
