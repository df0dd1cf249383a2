import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lamplighter.kernel import Refusal
from lamplighter.site.cli import WIDE, with_django

if TYPE_CHECKING:
    from rich.console import Console

    from lamplighter.site.demo.building import Plan


class DemoInProduction(Refusal):
    """Made-up customers have no place among real ones."""


@click.command("demo")
@click.option("--accounts", default=1_000, type=click.IntRange(1, 1_000_000), show_default=True)
@click.option(
    "--months",
    default=18,
    type=click.IntRange(1, 18),
    show_default=True,
    help="Of readings; all but the eighteenth are billed.",
)
@click.option("--no-bills", is_flag=True, help="Leave all months to be billed.")
@click.option("--port", type=int, help="Where to serve it; LAMPLIGHTER_PORT, if not given.")
@click.option("--no-serve", is_flag=True, help="Make it, and end.")
@click.option("--tour", is_flag=True, help="No database: five homes, priced and explained.")
def command(
    *, accounts: int, months: int, no_bills: bool, port: int | None, no_serve: bool, tour: bool
) -> None:
    """
    Make up a utility with customers, readings and bills, and serve it.

    What is there already is not made again; stopped in the middle, it goes on where it was. See
    docs/demo.md.
    """
    from rich.console import Console

    from lamplighter.site.environment import Environment

    surroundings = Environment.read()
    folder = surroundings.home / "demo"
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE)
    if tour:
        _tour(console, folder)
        return
    if surroundings.production:
        raise DemoInProduction(remedy="Set LAMPLIGHTER_HOME and LAMPLIGHTER_DATABASE for the demo.")
    with_django()
    from lamplighter.site.demo.building import Plan

    plan = Plan(accounts=accounts, months=months, bills=not no_bills)
    _make(console, folder, plan)
    if not no_serve:
        from lamplighter.site.cli.serve import serve

        serve(port=port or surroundings.port)


def _tour(console: "Console", folder: Path) -> None:
    from rich.console import Console

    from lamplighter.site.demo.homes import HOMES, write_csv, write_tariffs
    from lamplighter.site.demo.showing import compare, explain, what_next

    folder.mkdir(parents=True, exist_ok=True)
    tariffs = write_tariffs(folder)
    with Console(stderr=True).status("Making up a year of readings for five homes"):
        files = {home.name: write_csv(home, folder) for home in HOMES}
    compare(console, files, tariffs)
    explain(console, files["family"], tariffs)
    what_next(console, folder)


def _make(console: "Console", folder: Path, plan: "Plan") -> None:
    from django.conf import settings

    from lamplighter.site.cli.migrate import make_tables
    from lamplighter.site.cli.readings import progress_bar
    from lamplighter.site.demo.building import Made, steps_left
    from lamplighter.site.demo.staff import DESKS, HOUSEHOLDS, STAFF, password_in

    make_tables(verbosity=0)
    made = Made.read(folder / "made.json", plan)
    left = steps_left(made)
    begun = time.monotonic()
    with progress_bar("Harbor Light & Water") as tell:
        for number, step in enumerate(left):
            tell(number, len(left))
            step.act()
            made.add(step)
    took = f", made in {time.monotonic() - begun:.0f} s" if left else ""
    where = os.path.relpath(settings.LAMPLIGHTER_HOME)
    months = "1 month" if plan.months == 1 else f"{plan.months} months"
    console.print(
        f"Harbor Light & Water is in {where}: {plan.accounts:,} accounts, {months} of readings"
        f"{took}.",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"Log in as {STAFF} with the password {password_in(folder)}; docs/demo.md says where to"
        " look.",
        highlight=False,
        soft_wrap=True,
    )
    others = [email for email in (*DESKS, *HOUSEHOLDS) if email != STAFF]
    console.print(
        f"Or, with the same one, as {', '.join(others)}.", highlight=False, soft_wrap=True
    )
