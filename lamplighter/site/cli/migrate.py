import click

from lamplighter.site.cli import with_django


@click.command("migrate")
def command() -> None:
    """Make or update the tables of the database."""
    with_django()
    from django.conf import settings
    from django.core.management import call_command

    settings.LAMPLIGHTER_HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=1)
