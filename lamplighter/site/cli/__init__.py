"""
The command line. Each command is a file of this folder, imported when it is called, so that
`lamplighter --help` answers at once.
"""

import getpass
import importlib
import os
import sys
from typing import Final

import click

from lamplighter.kernel import Refusal

COMMANDS: Final = {
    "demo": "Make up a utility with customers, readings and bills, and serve it.",
    "quote": "Price a load under one or many tariffs, line by line.",
    "readings": "Look into files of meter readings, and store them.",
    "tariffs": "Look into files of tariffs, store them, and say what they charge.",
    "usage-points": "Add and list the places that are metered.",
    "accounts": "Open and find accounts, and say what they pay for.",
    "cycles": "Billing cycles: their rules and their calendars.",
    "bills": "Run bills, explain them, print them, and put them right.",
    "history": "Reports of what was billed; compare history with the bills, or make it anew.",
    "serve": "Serve pages and the API, and deliver events beside.",
    "openapi": "Print the description of the API, for programs that make clients of it.",
    "createadmin": "Add an administrator.",
    "keys": "The master keys, which seal what is known about people.",
    "migrate": "Make or update the tables of both databases.",
    "doctor": "Check the settings and the surroundings, and say what to do.",
    "audit": "Verify the audit trail, or print its end to anchor it elsewhere.",
    "events": "See what could not be delivered; try it again or give it up.",
    "worker": "Deliver events to those who react to them, until stopped.",
}
"""What there is, with the line that `--help` shows. The file has the command's name (_ for -)."""

WIDE: Final = 120
"""Columns of a table that does not go to a terminal."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"lamplighter.site.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="lamplighter")
def root() -> None:
    """Lamplighter: from the meter to the money."""


def with_django() -> None:
    """Get Django ready. Only commands that need the database call this: it takes a while."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lamplighter.site.settings")
    import django

    django.setup()


def actor() -> str:
    """Who does what this command does, for the audit trail."""
    return f"cli:{getpass.getuser()}"


def main() -> None:
    """Run a command; a refusal becomes one clear sentence on stderr and exit status 1."""
    try:
        root(standalone_mode=False)
    except Refusal as no:
        click.echo(f"{click.style(no.code, fg='red', bold=True)}  {no}", err=True)
        sys.exit(1)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:
        if not _is_of_the_database(error):
            raise
        reason = str(error).strip().splitlines()[0]
        click.echo(f"{click.style('database', fg='red', bold=True)}  {reason}", err=True)
        click.echo("`lamplighter doctor` says what to do.", err=True)
        sys.exit(1)


def _is_of_the_database(error: Exception) -> bool:
    """Whether the database is not there, or has no tables yet: no bug of ours."""
    if "django.db" not in sys.modules:
        return False
    from django.db import OperationalError, ProgrammingError

    return isinstance(error, OperationalError | ProgrammingError)
