import click

from lamplighter.site.cli import with_django


@click.command("migrate")
def command() -> None:
    """Make or update the tables of both databases."""
    with_django()
    make_tables(verbosity=1)


def make_tables(*, verbosity: int) -> None:
    """In the databases that the settings name, wherever they are."""
    from django.conf import settings
    from django.core.management import call_command

    settings.LAMPLIGHTER_HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=verbosity)
    # In the database of history there is nothing else, so nothing else is asked for.
    call_command("migrate", "history", database="history", verbosity=verbosity)
