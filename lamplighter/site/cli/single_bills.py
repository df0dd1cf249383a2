"""`lamplighter bills`: one bill at a time."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import click

from lamplighter.site.cli import actor, with_django

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("make")
@click.argument("account")
@click.option("--through", type=_DAY, required=True, help="The last day to bill.")
def make(*, account: str, through: datetime) -> None:
    """Bill ACCOUNT off its cycle: its final bill, if it has moved out."""
    number = _actions().bill_account(account=account, through=through.date(), **_who())
    click.echo(number or "A check has held it: `lamplighter bills held` says why.")


@click.command("cancel")
@click.argument("number")
@click.option("--reason", required=True)
def cancel(*, number: str, reason: str) -> None:
    """Take back bill NUMBER by another one."""
    click.echo(_actions().cancel_bill(number=number, reason=reason, **_who()))


@click.command("rebill")
@click.argument("number")
@click.option("--reason", required=True)
def rebill(*, number: str, reason: str) -> None:
    """Take back bill NUMBER, and bill its days by what is known now."""
    cancellation, made = _actions().rebill(number=number, reason=reason, **_who())
    click.echo(f"{made} in place of {number}, which {cancellation} takes back.")


class Amount(click.ParamType[tuple[str, Decimal]]):
    """What for, and how much: `Goodwill=-10.00`."""

    name = "what=amount"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Decimal]:
        if isinstance(value, tuple):
            return value
        what, equals, amount = str(value).rpartition("=")
        try:
            number = Decimal(amount) if equals and amount.isascii() else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not what:
            self.fail(f"{value!r} is not like Goodwill=-10.00", param, ctx)
        return what, number


@click.command("adjust")
@click.argument("account")
@click.argument("lines", nargs=-1, required=True, type=Amount())
@click.option("--reason", required=True)
@click.option("--bill", "refers_to", metavar="NUMBER", help="The bill that it is about.")
def adjust(
    *, account: str, lines: tuple[tuple[str, Decimal], ...], reason: str, refers_to: str | None
) -> None:
    """Charge or credit ACCOUNT with LINES such as Goodwill=-10.00, by a bill of their own."""
    actions = _actions()
    from lamplighter.customers import queries as customers
    from lamplighter.kernel import Currency, Money

    currency = Currency(customers.account(account).currency)
    minor = []
    for what, amount in lines:
        money = Money.rounded(amount, currency)
        if money.amount != amount:
            raise click.BadParameter(f"{amount} has more decimals than {currency} has.")
        minor.append((what, money.minor))
    number = actions.adjust(
        account=account, lines=minor, reason=reason, refers_to=refers_to, **_who()
    )
    click.echo(number)


@click.command("settled")
@click.argument("number")
@click.option("--on", "settled_on", type=_DAY, required=True, help="The day of the payment.")
@click.option("--source", required=True, help="Who or what says so, such as a bank statement.")
def settled(*, number: str, settled_on: datetime, source: str) -> None:
    """Note that bill NUMBER is paid."""
    _actions().settle_bill(number=number, settled_on=settled_on.date(), source=source, **_who())


@click.command("release")
@click.argument("held_id", type=click.UUID)
def release(*, held_id: UUID) -> None:
    """Issue a held bill."""
    click.echo(_actions().release_held_bill(held_id=held_id, **_who()))


@click.command("discard")
@click.argument("held_id", type=click.UUID)
@click.option("--reason", required=True)
def discard(*, held_id: UUID, reason: str) -> None:
    """Give up a held bill: its days can be billed again."""
    _actions().discard_held_bill(held_id=held_id, reason=reason, **_who())


@click.command("dismiss")
@click.argument("exception_id", type=click.UUID)
@click.option("--reason", required=True)
def dismiss(*, exception_id: UUID, reason: str) -> None:
    """Note that nothing is to come of an account that could not be billed."""
    _actions().dismiss_exception(exception_id=exception_id, reason=reason, **_who())


def _actions() -> Any:
    with_django()
    from lamplighter.billing import actions

    return actions


def _who() -> dict[str, Any]:
    return {"by": actor(), "at": datetime.now(UTC)}


COMMANDS = (make, cancel, rebill, adjust, settled, release, discard, dismiss)
