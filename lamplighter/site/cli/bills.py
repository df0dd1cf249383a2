from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lamplighter.site.cli import actor, with_django
from lamplighter.site.cli import single_bills as single

if TYPE_CHECKING:
    from uuid import UUID

    from lamplighter.kernel import Money

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("bills")
def command() -> None:
    """Run bills, explain them, print them, and put them right."""


@command.command("run")
@click.option("--cycle", "cycle_code", required=True, metavar="CODE", help="Whose accounts.")
@click.option("--through", type=_DAY, required=True, help="The last day to bill.")
def run(*, cycle_code: str, through: datetime) -> None:
    """
    Bill all accounts of a cycle, up to and including a day.

    It can be stopped and started again at any time, and goes on where it was; several may work on
    the same cycle at once.
    """
    with_django()
    from lamplighter.billing import actions

    by = actor()
    runs = actions.open_runs(
        cycle_code=cycle_code, through=through.date(), by=by, at=datetime.now(UTC)
    )
    _correct(cycle_code)
    for run_id in runs:
        _work(run_id, cycle_code, by)
    waiting = _waiting()
    if waiting:
        click.echo(waiting, err=True)


def _correct(cycle_code: str) -> None:
    """Work out what late readings change, so that it is on these bills."""
    from lamplighter.billing import actions

    found: dict[str, int] = {}
    while outcome := actions.check_next_correction(
        cycle=cycle_code, by=actor(), at=datetime.now(UTC)
    ):
        found[outcome] = found.get(outcome, 0) + 1
    if found:
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(found.items()))
        click.echo(f"Late readings: {told}.")


def _work(run_id: "UUID", cycle_code: str, by: str) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from lamplighter.billing import actions
    from lamplighter.billing.queries import work

    total = work.accounts_in(cycle_code)
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    with progress:
        about = work.run(run_id)
        task = progress.add_task(f"{about.first_day} to {about.after_last}", total=total)
        progress.update(task, completed=about.accounts)
        while (step := actions.go_on(run_id=run_id, by=by, at=datetime.now(UTC))) is not None:
            progress.advance(task, step.accounts)
    about = work.run(run_id)
    click.echo(
        f"{about.first_day} to {about.after_last}: {about.issued:,} issued, {about.held:,} held,"
        f" {about.parked:,} could not be billed."
    )


def _waiting() -> str:
    from lamplighter.billing.queries.work import counts

    found = counts()
    parts = []
    if found.held:
        parts.append(f"{found.held:,} held bills wait: `lamplighter bills held`.")
    if found.exceptions:
        parts.append(
            f"{found.exceptions:,} accounts could not be billed: `lamplighter bills exceptions`."
        )
    return " ".join(parts)


@command.command("list")
@click.argument("account")
def list_(*, account: str) -> None:
    """List the bills of ACCOUNT, the newest first."""
    with_django()
    from lamplighter.billing.queries.bills import balance_of, bills_of
    from lamplighter.customers import queries as customers

    facts = customers.account(account)
    for bill in bills_of(facts.id, limit=200):
        click.echo(
            f"{bill.number}\t{bill.kind}\t{bill.first_day}\t{bill.after_last}\t"
            f"{_money(bill.total)}\tdue {bill.due_on}\t{bill.state}"
        )
    click.echo(f"Open: {_money(balance_of(facts.id))}")


@command.command("explain")
@click.argument("number")
def explain(*, number: str) -> None:
    """Tell how each line of bill NUMBER came about, and why it differs from the one before."""
    with_django()
    from rich.console import Console

    from lamplighter.billing.queries.bills import bill
    from lamplighter.billing.queries.explaining import explain as explained
    from lamplighter.site.cli.bill_output import show_bill, show_explanation

    console = Console()
    show_bill(console, bill(number))
    show_explanation(console, explained(number))


@command.command("verify")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER…")
def verify(*, numbers: tuple[str, ...]) -> None:
    """Make the content of bills again from the same inputs, and compare every byte."""
    with_django()
    from lamplighter.billing.queries.verifying import verify as verified

    verdicts = [verified(number) for number in numbers]
    for verdict in verdicts:
        told = f"the same {verdict.sha256}" if verdict.same else verdict.difference
        click.echo(f"{verdict.number}\t{told}")
    if not all(verdict.same for verdict in verdicts):
        raise click.exceptions.Exit(1)


@command.command("pdf")
@click.argument("number")
@click.option("--paper", type=click.Choice(["a4", "letter"]), help="Else the utility's own.")
@click.option("--out", type=click.Path(path_type=Path), help="Else NUMBER.pdf.")
def pdf(*, number: str, paper: str | None, out: Path | None) -> None:
    """Print bill NUMBER to a file."""
    with_django()
    from lamplighter.billing.queries.printing import pdf_of

    path = out or Path(f"{number}.pdf")
    path.write_bytes(pdf_of(number, paper=paper))
    click.echo(str(path))


@command.command("held")
def held() -> None:
    """List bills that wait for somebody to decide, and why."""
    with_django()
    from lamplighter.billing.queries.work import held_bills

    for bill in held_bills(limit=200):
        click.echo(f"{bill.id}\t{bill.account}\t{_money(bill.total)}")
        for code, detail in bill.checks:
            click.echo(f"  {code}  {detail}")


@command.command("exceptions")
def exceptions() -> None:
    """List accounts that could not be billed, why, and what to do."""
    with_django()
    from lamplighter.billing.queries.work import open_exceptions

    for one in open_exceptions(limit=200):
        click.echo(f"{one.id}\t{one.account}\t{one.first_day} to {one.after_last}")
        click.echo(f"  {one.code}  {one.detail} {one.remedy}".rstrip())


@command.command("corrections")
@click.option("--cycle", "cycle_code", required=True, metavar="CODE", help="Whose accounts.")
def corrections(*, cycle_code: str) -> None:
    """Work out what readings change that came after their days were billed."""
    with_django()
    _correct(cycle_code)


def _money(amount: "Money") -> str:
    return f"{amount.amount:,} {amount.currency}"


for each in single.COMMANDS:
    command.add_command(each)
