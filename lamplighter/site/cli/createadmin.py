import os
from datetime import UTC, datetime

import click

from lamplighter.site.cli import actor, with_django


@click.command("createadmin")
@click.option("--email", required=True, help="What they log in by.")
def command(*, email: str) -> None:
    """
    Add an administrator.

    The password, of 15 characters or more, is asked for, or taken from LAMPLIGHTER_ADMIN_PASSWORD.
    """
    with_django()
    from lamplighter.identity.actions import add_member
    from lamplighter.identity.domain.permissions import Role

    password = os.environ.get("LAMPLIGHTER_ADMIN_PASSWORD") or click.prompt(
        "Password", hide_input=True, confirmation_prompt=True, err=True
    )
    add_member(
        email=email,
        password=password,
        roles=(Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR),
        by=actor(),
        at=datetime.now(UTC),
    )
    click.echo(f"{email} may log in.")
