import sys
from datetime import UTC, date, datetime, timedelta

import click

from lamplighter.site.cli import actor, with_django

_MONTH = click.DateTime(["%Y-%m"])


@click.group("history")
def command() -> None:
    """Reports of what was billed; compare history with the bills, or make it anew."""


@command.command("report")
@click.option(
    "--by",
    type=click.Choice(["month", "tariff", "component", "commodity"]),
    default="month",
    show_default=True,
    help="What a row is.",
)
@click.option("--from", "first", metavar="MONTH", type=_MONTH, required=True, help="As 2026-01.")
@click.option("--to", "last", metavar="MONTH", type=_MONTH, required=True, help="The last one.")
@click.option("--tariff", metavar="CODE", help="Only what this tariff charges.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
def report(*, by: str, first: datetime, last: datetime, tariff: str | None, output: str) -> None:
    """
    Add up the bills that were issued from a month to a month: how many, and what was billed.

    What was cancelled counts for nothing: a cancellation takes its bill back in the month in
    which it is issued.
    """
    with_django()
    from lamplighter.history.queries.reports import Dimension, revenue_by
    from lamplighter.site.cli.history_output import show

    dimension = Dimension(by)
    rows = revenue_by(
        dimension,
        first_day=first.date(),
        after_last=_next_month(last.date()),
        tariff=tariff,
    )
    show(dimension, rows, output=output, out=sys.stdout)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@command.command("account")
@click.argument("number")
def account(*, number: str) -> None:
    """List all that account NUMBER was ever billed, in the order of the days."""
    with_django()
    from lamplighter.customers import queries as customers
    from lamplighter.history.queries.reports import account_history

    for bill in account_history(customers.account(number).id):
        used = ", ".join(f"{one.quantity:f} {one.unit} {one.flow}" for one in bill.measured)
        click.echo(
            f"{bill.number}\t{bill.kind}\t{bill.first_day}\t{bill.after_last}\t"
            f"{bill.total.amount:,} {bill.total.currency}\t{used}"
        )


@command.command("rebuild")
def rebuild() -> None:
    """
    Copy all bills that history lacks. Billing goes on meanwhile.

    It can be stopped at any time, and goes on where it was.
    """
    with_django()
    from lamplighter.history import actions
    from lamplighter.site.cli.readings import progress_bar

    with progress_bar("bills") as progress:
        copied = actions.rebuild(by=actor(), at=datetime.now(UTC), progress=progress)
    click.echo(f"{copied:,} bills copied.")


@command.command("verify")
@click.option("--every", is_flag=True, help="Compare each line of each bill, not only the sums.")
def verify(*, every: bool) -> None:
    """
    Hold history against the bills, and name the first difference.

    Counts and sums are compared by day, series and currency.
    """
    with_django()
    from lamplighter.history.queries import agreeing
    from lamplighter.site.cli.readings import progress_bar

    with progress_bar("bills") as progress:
        bills = agreeing.verify(every=every, progress=progress)
    click.echo(f"{bills:,} bills, all in history as they were issued.")
