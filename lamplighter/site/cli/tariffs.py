"""`lamplighter tariffs`: look into files of tariffs, store them, and say what they charge."""

import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from lamplighter.kernel import Refusal
from lamplighter.site.cli import actor, with_django

if TYPE_CHECKING:
    from lamplighter.tariffs.domain.schedule import RateSchedule
    from lamplighter.tariffs.queries.versions import Version

FILE = click.Path(path_type=Path)


class Day(click.ParamType[date]):
    """A date, as 2025-12-31."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2025-12-31", param, ctx)


@click.group("tariffs")
def command() -> None:
    """Look into files of tariffs, store them, and say what they charge."""


@command.command("check")
@click.argument("file", type=FILE)
@click.option("--words", is_flag=True, help="Say what each tariff charges, too.")
def check(file: Path, *, words: bool) -> None:
    """
    Say what is wrong in FILE, without storing anything.

    FILE is JSON or JSON lines, packed by gzip or not: Lamplighter's own documents (see
    docs/tariffs.md) or records of OpenEI's rate database.
    """
    from lamplighter.site.cli.readings import progress_bar
    from lamplighter.tariffs.queries.files import Refused, schedules_in

    good = bad = 0
    with progress_bar(file.name) as progress:
        for tariff in schedules_in(file, progress=progress):
            if isinstance(tariff, Refused):
                bad += 1
                _show_mistakes(tariff.code, tariff.mistakes)
            else:
                good += 1
                if words:
                    _show_words(tariff)
    click.echo(f"{good:,} can be billed, {bad:,} cannot.")
    sys.exit(1 if bad else 0)


@command.command("import")
@click.argument("file", type=FILE)
@click.option("--publish", is_flag=True, help="Bill by them at once; else they are drafts.")
def import_file(file: Path, *, publish: bool) -> None:
    """
    Store the tariffs of FILE, each as a version of the tariff of its code.

    The same file twice changes nothing. A record that cannot be billed is named and left out.
    """
    with_django()
    from lamplighter.site.cli.readings import progress_bar
    from lamplighter.tariffs import actions
    from lamplighter.tariffs.domain.refusals import mistakes_of
    from lamplighter.tariffs.queries.files import schedules_in

    by, at = actor(), datetime.now(UTC)
    with progress_bar(file.name) as progress:
        results = actions.import_tariffs(
            tariffs=schedules_in(file, progress=progress), by=by, at=at
        )
    for result in results:
        if result.refusal is not None:
            _show_mistakes(result.code, mistakes_of(result.refusal))
    imported = [r for r in results if r.outcome is actions.Outcome.IMPORTED]
    refused = sum(r.outcome is actions.Outcome.REFUSED for r in results)
    unchanged = len(results) - len(imported) - refused
    click.echo(f"{len(imported):,} imported, {unchanged:,} unchanged, {refused:,} refused.")
    if publish:
        refused += _publish([r.version_id for r in imported if r.version_id], by=by, at=at)
    elif imported:
        click.echo(
            "They are drafts. `lamplighter tariffs publish CODE` lets a tariff bill by them."
        )
    sys.exit(1 if refused else 0)


def _publish(versions: Iterable[UUID], *, by: str, at: datetime) -> int:
    """Publish versions, say how many, and give the number of those that were refused."""
    from lamplighter.tariffs import actions

    published = refused = 0
    for version_id in versions:
        try:
            actions.publish_version(version_id=version_id, by=by, at=at)
            published += 1
        except Refusal as no:
            refused += 1
            click.echo(f"{click.style(no.code, fg='red')}  {no}", err=True)
    click.echo(f"{published:,} published.")
    return refused


@command.command("publish")
@click.argument("code")
def publish(code: str) -> None:
    """Let the tariff CODE bill by its drafts, the earliest first."""
    with_django()
    from lamplighter.tariffs.queries.versions import versions_of

    drafts = [version.id for version in versions_of(code) if version.state == "draft"]
    sys.exit(1 if _publish(drafts, by=actor(), at=datetime.now(UTC)) else 0)


@command.command("withdraw")
@click.argument("version", type=click.UUID)
@click.option("--reason", required=True, help="For those who will ask later.")
def withdraw(version: UUID, *, reason: str) -> None:
    """Take back the version VERSION (its id, as `show` prints it), if it has billed nothing."""
    with_django()
    from lamplighter.tariffs import actions

    actions.withdraw_version(version_id=version, reason=reason, by=actor(), at=datetime.now(UTC))
    click.echo(f"{version} is withdrawn.")


@command.command("list")
@click.argument("code_begins", default="")
def list_(code_begins: str) -> None:
    """List tariffs and their versions: code, when they hold, state, currency, name."""
    with_django()
    from lamplighter.tariffs.domain.words import holding
    from lamplighter.tariffs.queries.versions import all_versions

    for version in all_versions(code_begins=code_begins):
        holds = holding(version.starts_on, version.ends_on)
        click.echo(
            "\t".join([version.tariff, holds, version.state, version.currency, version.name])
        )


@command.command("show")
@click.argument("code")
@click.option("--on", "on", type=Day(), help="On this day; today, if not given.")
def show(code: str, on: date | None) -> None:
    """Say in words what the tariff CODE charges, and which versions of it there are."""
    with_django()
    from lamplighter.tariffs.queries.versions import (
        NoVersionInForce,
        gaps_of,
        schedule_of,
        version_in_force,
        versions_of,
    )

    versions = versions_of(code)
    try:
        _show_words(schedule_of(version_in_force(code, on or datetime.now(UTC).date())))
    except NoVersionInForce as no:
        if on is not None or not versions:
            raise
        click.echo(f"{no.detail} This is its latest version, which is {versions[-1].state}.\n")
        _show_words(schedule_of(versions[-1]))
    click.secho("Versions", bold=True)
    for version in versions:
        _show_version(version)
    for gap in gaps_of(code):
        click.secho(f"  From {gap.start} to {gap.until} it has no rates.", fg="yellow")


def _show_version(version: "Version") -> None:
    from lamplighter.tariffs.domain.words import holding

    billed = f", bills since {version.first_billed_at:%Y-%m-%d}" if version.first_billed_at else ""
    holds = holding(version.starts_on, version.ends_on)
    click.echo(f"  {version.id}  {holds}, {version.state}{billed}")


def _show_words(schedule: "RateSchedule") -> None:
    from lamplighter.tariffs.domain.words import in_words

    for paragraph in in_words(schedule):
        click.secho(paragraph.heading, bold=True)
        for line in paragraph.lines:
            click.echo(f"  {line}")
        click.echo()


def _show_mistakes(code: str, mistakes: Iterable[Refusal]) -> None:
    click.secho(code, bold=True, err=True)
    for no in mistakes:
        click.echo(f"  {click.style(no.code, fg='red')}  {no}", err=True)
