import click

from lamplighter.site.environment import Environment


@click.command("doctor")
def command() -> None:
    """Check the settings and the surroundings, and say what to do."""
    click.echo(str(Environment.read()))
