from datetime import UTC, datetime

import click

from lamplighter.site.cli import actor, with_django

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("cycles")
def command() -> None:
    """Billing cycles: their rules and their calendars."""


@command.command("define")
@click.argument("code")
@click.option("--name", required=True)
@click.option(
    "--series", default="B", show_default=True, help="What its bills' numbers begin with."
)
@click.option("--rule", "rules", multiple=True, metavar="NAME=VALUE", help="May be repeated.")
def define(*, code: str, name: str, series: str, rules: tuple[str, ...]) -> None:
    """Begin the billing cycle CODE."""
    with_django()
    from lamplighter.billing import actions

    actions.define_cycle(
        code=code,
        name=name,
        series=series,
        rules=_rules(rules),
        by=actor(),
        at=datetime.now(UTC),
    )
    click.echo(f"{code} is defined. Give it a calendar: lamplighter cycles extend {code} …")


@command.command("rules")
@click.argument("code")
@click.argument("rules", nargs=-1, required=True, metavar="NAME=VALUE…")
def change(*, code: str, rules: tuple[str, ...]) -> None:
    """Let the bills of cycle CODE be made by other rules; the others stay as they are."""
    with_django()
    from lamplighter.billing import actions
    from lamplighter.billing.domain.rules import document_of_rules
    from lamplighter.billing.queries.cycles import cycle

    changed = document_of_rules(cycle(code).rules) | _rules(rules)
    actions.change_rules(cycle=code, rules=changed, by=actor(), at=datetime.now(UTC))


@command.command("extend")
@click.argument("code")
@click.option("--from", "first_day", type=_DAY, help="Where the calendar begins, if it is empty.")
@click.option("--months", type=click.IntRange(1, 24), default=1, help="Of each period.")
@click.option("--count", type=click.IntRange(1, 1200), default=12, help="How many periods.")
def extend(*, code: str, first_day: datetime | None, months: int, count: int) -> None:
    """Add periods of whole months to the calendar of cycle CODE."""
    with_django()
    from lamplighter.billing import actions
    from lamplighter.billing.domain.calendars import regular_calendar
    from lamplighter.billing.queries.cycles import cycle

    there = cycle(code).periods
    if first_day is None and not there:
        raise click.UsageError("The calendar is empty: say where it begins by --from.")
    start = first_day.date() if first_day else there[-1].after_last
    periods = regular_calendar(start, months=months, count=count)
    actions.extend_calendar(cycle=code, periods=periods, by=actor(), at=datetime.now(UTC))
    click.echo(f"{code} has a calendar until {periods[-1].after_last}.")


@command.command("list")
def list_() -> None:
    """List the cycles with their rules, and until when they have a calendar."""
    with_django()
    from lamplighter.billing.domain.rules import document_of_rules
    from lamplighter.billing.queries.cycles import cycles

    for one in cycles():
        until = f"calendar until {one.periods[-1].after_last}" if one.periods else "no calendar"
        click.echo(f"{one.code}\t{one.name}\tseries {one.series}\t{until}")
        rules = document_of_rules(one.rules)
        click.echo("  " + ", ".join(f"{name}={value}" for name, value in rules.items()))


def _rules(rules: tuple[str, ...]) -> dict[str, object]:
    result: dict[str, object] = {}
    for rule in rules:
        name, equals, value = rule.partition("=")
        if not equals:
            raise click.BadParameter(f"{rule!r} is not like due_days=21.")
        words: dict[str, object] = {"true": True, "yes": True, "false": False, "no": False}
        whole = value.isascii() and value.isdigit()
        result[name] = int(value) if whole else words.get(value.lower(), value)
    return result
