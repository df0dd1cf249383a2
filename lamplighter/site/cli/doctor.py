import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Final

import click

from lamplighter.site.cli import with_django
from lamplighter.site.doctor import settings, surroundings
from lamplighter.site.doctor.finding import Finding, Level, look
from lamplighter.site.environment import Environment

_COLOURS: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON list, for machines.")
def command(*, as_json: bool) -> None:
    """
    Check the settings and the surroundings, and say what to do.

    The exit status is 1 if there is a problem, 0 if all is well or there are only warnings.
    """
    findings = list(_examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    if any(finding.level == Level.PROBLEM for finding in findings):
        sys.exit(1)


def _examine() -> Iterator[Finding]:
    at = datetime.now(UTC)
    found = list(look("settings", partial(settings.check, os.environ)))
    yield from found
    yield from look("python", surroundings.check_python)
    yield from look("clock", partial(surroundings.check_clock, at))
    yield from look("time zones", partial(surroundings.check_time_zones, at))
    yield from look("compiled code", surroundings.check_compiled_code)
    if any(finding.level == Level.PROBLEM for finding in found):
        yield Finding("database", Level.WARNING, "not looked at", "First put the settings right.")
        return
    yield from look("home", partial(surroundings.check_home, Environment.read().home))
    yield from look("database", partial(_examine_database, at))


def _examine_database(at: datetime) -> Iterator[Finding]:
    with_django()
    from lamplighter.site.doctor import database, work

    found = list(look("database", database.check_reachable))
    found += look("tables", database.check_tables) if _well(found) else ()
    yield from found
    if _well(found):
        yield from look("master keys", database.check_master_keys)
        yield from look("history", database.check_history)
        yield from look("durability", database.check_durability)
        yield from look("clocks", partial(database.check_clock, at))
        yield from look("clock", partial(work.check_clock, at))
        yield from look("deliveries", partial(work.check_deliveries, at))
        yield from look("audit trail", work.check_audit_trail)
        yield from look("interval readings", work.check_interval_files)


def _well(found: list[Finding]) -> bool:
    return all(finding.level != Level.PROBLEM for finding in found)


def _print(finding: Finding) -> None:
    level = click.style(f"{finding.level:<8}", fg=_COLOURS[finding.level], bold=True)
    click.echo(f"{level} {finding.topic:<22} {finding.says}")
    if finding.remedy:
        click.echo(f"{'':<8} {'':<22} -> {finding.remedy}")
