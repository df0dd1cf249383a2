from datetime import UTC, datetime

import click

from lamplighter.site.cli import actor, with_django


@click.group("keys")
def command() -> None:
    """The master keys, which seal what is known about people."""


@command.command("new")
@click.option("--name", help="What it is called; by default the day.")
def new(*, name: str | None) -> None:
    """Make a master key, to be put first into LAMPLIGHTER_MASTER_KEYS. It is kept nowhere."""
    from lamplighter.platform import master_keys

    click.echo(master_keys.new(name or datetime.now(UTC).strftime("%Y-%m-%d")))


@command.command("list")
def list_() -> None:
    """Tell the master keys, the newest first, and what each has sealed."""
    with_django()
    from lamplighter.platform.rotation import keys_in_use

    for key in keys_in_use():
        state = "" if key.is_here else "\tmissing"
        click.echo(f"{key.name}\t{key.people} people\t{key.secrets} secrets{state}")


@command.command("rotate")
def rotate() -> None:
    """
    Seal by the newest master key all that older ones have sealed.

    The server may run meanwhile, if it has both keys already. Stopped, it goes on when you type it
    again. When `keys list` shows nothing under the old key, take it away.
    """
    with_django()
    from lamplighter.platform.rotation import rewrap_next

    people = secrets = 0
    while any(done := rewrap_next(by=actor(), at=datetime.now(UTC))):
        people, secrets = people + done[0], secrets + done[1]
    click.echo(f"{people} people and {secrets} secrets are under the newest key now")


@command.command("renew")
def renew() -> None:
    """
    Sign tokens by new keys from now on: ours at once, those of OAuth in an hour.

    What was signed before is good for as long as it says, which is minutes.
    """
    with_django()
    from lamplighter.identity.actions import rotate_access_keys, rotate_oidc_key

    at = datetime.now(UTC)
    click.echo(f"Ours: {rotate_access_keys(by=actor(), at=at)}")
    click.echo(f"Of OAuth: {rotate_oidc_key(by=actor(), at=at)}")
