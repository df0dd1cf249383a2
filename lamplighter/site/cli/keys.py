from datetime import UTC, datetime

import click


@click.group("keys")
def command() -> None:
    """The master keys, which seal what is known about people."""


@command.command("new")
@click.option("--name", help="What it is called; by default the day.")
def new(*, name: str | None) -> None:
    """Make a master key, to be put first into LAMPLIGHTER_MASTER_KEYS. It is kept nowhere."""
    from lamplighter.platform import master_keys

    click.echo(master_keys.new(name or datetime.now(UTC).strftime("%Y-%m-%d")))
