"""`lamplighter readings`: store what files say, show what is stored, keep the store tidy."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lamplighter.site.cli import actor, with_django

if TYPE_CHECKING:
    from lamplighter.metering.actions.storing_readings import ImportedReadings

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--usage-point", metavar="REFERENCE", help="Whose readings they are, if one's only.")
@click.option("--timezone", metavar="ZONE", help="Of the usage points; else that of the one named.")
@click.option("--format", "format_name", default="auto", metavar="NAME", help="As for inspect.")
def import_file(
    *, file: Path, usage_point: str | None, timezone: str | None, format_name: str
) -> None:
    """
    Store the interval readings of FILE, all of them or, if anything is wrong, none.

    Without --usage-point, the names in the file are the references of usage points. The same
    readings again change nothing; other values than before are kept as a new version.
    """
    with_django()
    from lamplighter.metering import actions
    from lamplighter.metering.actions.import_readings import ReadingsFile
    from lamplighter.metering.queries.files import blocks_in, format_of
    from lamplighter.site.cli.readings import progress_bar

    zone = timezone or _zone_of(usage_point)
    described = ReadingsFile(
        name=file.name,
        format=format_of(file, format=format_name),
        sha256=_sha256(file),
        time_zone=zone,
    )
    left_out: list[int] = []
    with progress_bar(file.name) as progress:
        blocks = blocks_in(
            file,
            format=format_name,
            time_zone=zone,
            progress=progress,
            left_out=left_out.append,
        )
        stored = actions.import_readings(
            blocks=blocks,
            file=described,
            usage_point=usage_point,
            by=actor(),
            at=datetime.now(UTC),
        )
    _say(stored, file, left_out=sum(left_out))


def _zone_of(usage_point: str | None) -> str:
    from django.conf import settings

    from lamplighter.customers import queries

    if usage_point is None:
        return str(settings.TIME_ZONE)
    return queries.usage_point(usage_point).time_zone


def _say(stored: "ImportedReadings", file: Path, *, left_out: int) -> None:
    counts = stored.counts
    click.echo(
        f"{file.name}: {counts.unchanged:,} unchanged, {counts.new:,} new,"
        f" {counts.changed:,} changed; usage points: {stored.usage_points:,}"
    )
    if left_out:
        click.echo(f"{left_out:,} readings over a day and longer are left out.", err=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _instant(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    try:
        at = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - it has no offset, which is told below
    if at is not None and at.utcoffset() is None:
        raise click.BadParameter("Give a time with its offset, such as 2025-07-01T12:00+02:00.")
    return at


@click.command("show")
@click.option("--usage-point", metavar="REFERENCE", required=True)
@click.option("--from", "first", metavar="DAY", type=_DAY, required=True, help="As 2025-06-01.")
@click.option("--to", "last", metavar="DAY", type=_DAY, required=True, help="The last one shown.")
@click.option(
    "--as-of",
    metavar="TIME",
    callback=_instant,
    help="As it was known then: 2025-07-01T12:00+02:00. Else as it is.",
)
def show(*, usage_point: str, first: datetime, last: datetime, as_of: datetime | None) -> None:
    """Show what is stored of a usage point, day by day: channel, total, unit, qualities."""
    with_django()
    from lamplighter.customers.queries import usage_point as usage_point_of
    from lamplighter.metering.queries.intervals import days_of

    after_last = last.date() + timedelta(days=1)
    days = days_of(
        usage_point_id=usage_point_of(usage_point).id,
        days=(first.date(), after_last),
        as_of=as_of,
    )
    for day in days:
        qualities = ", ".join(f"{n} {name}" for name, n in day.qualities.items())
        click.echo(f"{day.day}\t{day.channel}\t{day.total:f}\t{day.unit}\t{qualities}")


@click.command("compact")
def compact() -> None:
    """
    Put the many small files of the store together. Run it every night.

    Importing and reading go on meanwhile, and nothing that is known changes.
    """
    with_django()
    from lamplighter.metering import actions

    done = actions.compact_readings(at=datetime.now(UTC))
    click.echo(
        f"{done.partitions:,} partitions: {done.files_before:,} files are now"
        f" {done.files_after:,}; {done.deleted:,} old ones deleted."
    )
