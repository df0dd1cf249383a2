from datetime import UTC, datetime
from uuid import UUID

import click

from lamplighter.site.cli import actor, with_django
from lamplighter.site.cli.quote import Number

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("accounts")
def command() -> None:
    """Open and find accounts, and say what they pay for."""


@command.command("open")
@click.argument("number")
@click.option("--holder", required=True, help="The name that stands on letters.")
@click.option("--address", required=True, multiple=True, help="A line of it; may be repeated.")
@click.option("--currency", required=True, help="Of ISO 4217, such as EUR.")
@click.option("--language", default="en", show_default=True, help="A tag such as de or ar.")
def open_(
    *, number: str, holder: str, address: tuple[str, ...], currency: str, language: str
) -> None:
    """Open the account NUMBER."""
    with_django()
    from lamplighter.customers import actions

    at = datetime.now(UTC)
    new = actions.NewAccount(
        number=number,
        holder=holder,
        postal_address=address,
        currency=currency,
        opened_on=at.date(),
        language=language,
    )
    actions.open_account(new, by=actor(), at=at)
    click.echo(f"{number} is open. Let it pay for something: lamplighter accounts agree {number} …")


@command.command("find")
@click.argument("text")
def find(*, text: str) -> None:
    """Find accounts by TEXT: a number, a name, an address, a usage point, a meter, a bill."""
    with_django()
    from lamplighter.billing.queries.accounts import search_accounts
    from lamplighter.customers.domain import EVERYTHING

    for account in search_accounts(text, sight=EVERYTHING):
        click.echo(f"{account.number}\t{account.holder}\t{', '.join(account.postal_address)}")


@command.command("show")
@click.argument("number")
def show(*, number: str) -> None:
    """Tell who holds account NUMBER, what it pays for, and what it owes."""
    with_django()
    from lamplighter.billing.queries.accounts import properties_of
    from lamplighter.billing.queries.bills import balance_of
    from lamplighter.customers import queries

    account = queries.account(number)
    click.echo(f"{account.number}\t{account.holder}\t{', '.join(account.postal_address)}")
    for one in properties_of(account.id, at=datetime.now(UTC)):
        until = one.ends_on or "further notice"
        click.echo(
            f"  {one.agreement_id}\t{one.usage_point}\t{one.commodity}\t{one.tariff}\t"
            f"{one.starts_on} until {until}\t{one.address}"
        )
    balance = balance_of(account.id)
    click.echo(f"Open: {balance.amount:,} {balance.currency}")


@command.command("agree")
@click.argument("number")
@click.argument("usage_point")
@click.option("--tariff", required=True, metavar="CODE")
@click.option("--cycle", required=True, metavar="CODE", help="In which it is billed.")
@click.option("--from", "starts_on", type=_DAY, required=True)
@click.option("--until", "ends_on", type=_DAY, help="Exclusive; else until further notice.")
@click.option("--connected-kw", type=Number(), help="Connected or sanctioned load in kW.")
@click.option("--meters", type=click.IntRange(1, 1000), default=1)
@click.option("--power-factor", type=Number())
@click.option("--after-vacancy", is_flag=True, help="Nobody pays for the days in between.")
def agree(
    *,
    number: str,
    usage_point: str,
    tariff: str,
    cycle: str,
    starts_on: datetime,
    ends_on: datetime | None,
    after_vacancy: bool,
    **facts: object,
) -> None:
    """Let account NUMBER pay for USAGE_POINT by a tariff, from a day on."""
    with_django()
    from lamplighter.billing import actions
    from lamplighter.customers import queries

    new = actions.NewAgreement(
        account_id=queries.account(number).id,
        usage_point_id=queries.usage_point(usage_point).id,
        tariff=tariff,
        starts_on=starts_on.date(),
        ends_on=None if ends_on is None else ends_on.date(),
        **facts,  # type: ignore[arg-type] # as the options say
    )
    made = actions.make_agreement(
        new, cycle=cycle, after_vacancy=after_vacancy, by=actor(), at=datetime.now(UTC)
    )
    click.echo(str(made))


@command.command("change-rate")
@click.argument("agreement", type=click.UUID)
@click.option("--tariff", required=True, metavar="CODE")
@click.option("--on", type=_DAY, required=True, help="The first day of the new tariff.")
def change_rate(*, agreement: UUID, tariff: str, on: datetime) -> None:
    """Let AGREEMENT be paid by another tariff from a day on."""
    with_django()
    from lamplighter.billing import actions

    made = actions.change_rate(
        agreement_id=agreement, tariff=tariff, on=on.date(), by=actor(), at=datetime.now(UTC)
    )
    click.echo(str(made))


@command.command("move-out")
@click.argument("agreement", type=click.UUID)
@click.option("--on", type=_DAY, required=True, help="The first day that is not paid for.")
def move_out(*, agreement: UUID, on: datetime) -> None:
    """End AGREEMENT on a day. The next bill is the final one, if nothing else is paid for."""
    with_django()
    from lamplighter.billing import actions

    actions.end_agreement(agreement_id=agreement, on=on.date(), by=actor(), at=datetime.now(UTC))
