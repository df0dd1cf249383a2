"""
Reading files of meter readings without storing them.

Nothing here needs a database or Django, so that a command that only looks into a file starts at
once. Whoever stores what comes from here stores a file whole or not at all: a wrong row may turn
up after the first batches.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from lamplighter.kernel import Place
from lamplighter.metering.domain.assembling import Assembling, periods
from lamplighter.metering.domain.local_days import LocalDays, zone_named
from lamplighter.metering.domain.readings import (
    PERIOD_FROM_S,
    Notes,
    Reading,
    RegisterReading,
    Series,
    Usage,
    UsageSummary,
)
from lamplighter.metering.domain.refusals import (
    NoReadings,
    RunningRegister,
    TimeZoneNeeded,
    UnknownFormat,
    UnreadableReadings,
    WrongEncoding,
)
from lamplighter.metering.domain.settling import Settling
from lamplighter.metering.domain.summaries import SeriesSummary, Summing
from lamplighter.metering.ports.reading_formats import (
    FORMATS,
    Opened,
    ReadingFormat,
    Surroundings,
    format_named,
)
from lamplighter.metering.queries.sources import (
    FileSource,
    MemberSource,
    Progress,
    Told,
    head_of,
    sources_in,
)

__all__ = [
    "FORMATS", "SeriesSummary", "blocks_in", "format_of", "inspect", "periods_in", "registers_in",
    "usage_summaries_in",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What is asked of a file."""

    path: Path
    format: str
    time_zone: tzinfo | None
    progress: Progress | None
    notes: Notes
    strict: bool = True

    def opened(self) -> Iterator[Opened]:
        """Each part of the file that holds readings: itself, or the members of the archive."""
        for source in sources_in(self.path, Told(self.progress)):
            surroundings = Surroundings(
                time_zone=self.time_zone, notes=self.notes, strict=self.strict
            )
            reading_format = _format_of(source, self.format)
            source.told.total += source.size * (reading_format.passes - 1)
            yield reading_format.opened(source, surroundings)

    def readings(self) -> Iterator[Reading]:
        for part in self.opened():
            yield from part.readings


def _file(path: Path, format_name: str, time_zone: str | None, progress: Progress | None) -> _File:
    if format_name != "auto" and format_name not in FORMATS:
        raise UnknownFormat(
            f"There is no format {format_name!r}.", remedy=f"They are: {', '.join(FORMATS)}."
        )
    zone = None if time_zone is None else zone_named(time_zone)
    return _File(path=path, format=format_name, time_zone=zone, progress=progress, notes=Notes())


def inspect(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002 - the word of the command line
    time_zone: str | None = None,
    progress: Progress | None = None,
) -> list[SeriesSummary]:
    """
    What is in a file, series by series, in the order of their appearance.

    :raises UnreadableReadings: if it cannot be read, naming every wrong row
    """
    file = replace(_file(path, format, time_zone, progress), strict=False)
    settling = Settling(path.name, notes=file.notes, strict=False)
    summing = Summing()
    zone: tzinfo | None = file.time_zone
    for part in file.opened():
        zone = zone or part.time_zone
        for reading in part.readings:
            if isinstance(reading, Usage):
                summing.expect(reading)
                for settled in settling.add(reading):
                    summing.add(settled)
            elif isinstance(reading, RegisterReading):
                summing.show(reading)
            else:
                summing.mention(reading)
    for settled in settling.end():
        summing.add(settled)
    return _summaries(path, file.notes, summing, zone or UTC)


def _summaries(path: Path, notes: Notes, summing: Summing, zone: tzinfo) -> list[SeriesSummary]:
    about_file = notes.of(None)
    warnings = {one: (*notes.of(one), *about_file) for one in summing.series}
    found = [one for one in summing.summaries(warnings) if one.count]
    if not found:
        raise NoReadings(places=(Place(source=path.name),))
    return [
        replace(one, start=_seen_in(one.start, zone), end=_seen_in(one.end, zone)) for one in found
    ]


def _seen_in(at: datetime | None, zone: tzinfo) -> datetime | None:
    return None if at is None else at.astimezone(zone)


def format_of(path: Path, *, format: str = "auto") -> str:  # noqa: A002
    """
    The name of the format that a file is read as; of an archive, that of its first member.

    :raises UnreadableReadings: if it is none, or there is no such file
    """
    file = _file(path, format, None, None)
    for source in sources_in(path, Told(None)):
        return _format_of(source, file.format).name
    raise NoReadings(places=(Place(source=path.name),))


def blocks_in(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002
    time_zone: str | None = None,
    usage_point: str | None = None,
    progress: Progress | None = None,
    left_out: Callable[[int], None] | None = None,
) -> Iterator[Any]:
    """
    The interval data of a file as Arrow batches of the schema BLOCKS, in local days.

    Days are those of `time_zone`, or if none is given those of the file itself. Usage over a day
    and longer is left out (see `periods_in`), and so are registers (`registers_in`).

    :param usage_point: whose readings these are, instead of who the file says
    :param left_out: told how many readings over a day and longer there are
    :raises UnreadableReadings: naming every wrong row, possibly after some batches
    """
    file = _file(path, format, time_zone, progress)
    settling = Settling(path.name, notes=file.notes, strict=True)
    assembling: Assembling | None = None
    for part in file.opened():
        zone = file.time_zone or part.time_zone
        for usage in _usage(part.readings, usage_point, path.name):
            assembling = _assembling(assembling, zone, path)
            short = usage.duration_s < PERIOD_FROM_S
            if left_out is not None:
                left_out(len(usage) - int(short.sum()))
            for settled in settling.add(usage.take(short)):
                yield from assembling.add(settled)
    if assembling is not None:
        for settled in settling.end():
            yield from assembling.add(settled)
        yield from assembling.end()


def _assembling(before: Assembling | None, zone: tzinfo | None, path: Path) -> Assembling:
    if zone is None or (before is not None and before.zone != zone):
        raise TimeZoneNeeded(
            "Interval data is kept by local days, and the file does not say in which time zone.",
            remedy="Give the time zone of the usage point, such as --timezone Europe/Berlin.",
            places=(Place(source=path.name),),
        )
    return before or Assembling(path.name, LocalDays(zone))


def periods_in(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002
    time_zone: str | None = None,
    usage_point: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Any]:
    """
    Usage over days, months or quarters as Arrow batches of the schema PERIODS.

    :raises UnreadableReadings: naming every wrong row, possibly after some batches
    """
    file = _file(path, format, time_zone, progress)
    settling = Settling(path.name, notes=file.notes, strict=True)
    for usage in _usage(file.readings(), usage_point, path.name):
        for settled in settling.add(usage.take(usage.duration_s >= PERIOD_FROM_S)):
            yield periods(settled)
    for settled in settling.end():
        yield periods(settled)


def registers_in(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002
    time_zone: str | None = None,
    progress: Progress | None = None,
) -> Iterator[RegisterReading]:
    """What the registers in a file showed."""
    for reading in _file(path, format, time_zone, progress).readings():
        if isinstance(reading, RegisterReading):
            yield reading


def usage_summaries_in(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002
    progress: Progress | None = None,
) -> Iterator[UsageSummary]:
    """What the utility itself says of billing periods: usage, and what it charged."""
    for reading in _file(path, format, None, progress).readings():
        if isinstance(reading, UsageSummary):
            yield reading


def time_zone_of(path: Path, *, format: str = "auto") -> tzinfo | None:  # noqa: A002
    """The zone in whose days a file counts, if it says; no reading is read for it."""
    file = _file(path, format, None, None)
    return next((part.time_zone for part in file.opened()), None)


def _usage(readings: Iterator[Reading], usage_point: str | None, source: str) -> Iterator[Usage]:
    """
    Usage only, with the usage point's own name.

    :raises RunningRegister: if what looks like usage are the readings of a running register
    """
    names: set[str] = set()
    for reading in readings:
        if not isinstance(reading, Usage):
            continue
        if reading.running:
            raise RunningRegister(
                "They can be inspected, and not yet be turned into usage.",
                places=(Place(source=source),),
            )
        if usage_point is None:
            yield reading
            continue
        names.update(one.usage_point for one in reading.series)
        if len(names) > 1:
            raise UnreadableReadings(
                f"This file has readings of {', '.join(sorted(names))}: they cannot all be of"
                f" {usage_point}.",
                places=(Place(source=source),),
            )
        yield replace(reading, series=tuple(_renamed(one, usage_point) for one in reading.series))


def _renamed(series: Series, usage_point: str) -> Series:
    return series._replace(usage_point=usage_point)


def _format_of(source: FileSource | MemberSource, name: str) -> ReadingFormat:
    """
    :raises WrongEncoding: if this is UTF-16
    :raises UnknownFormat: if no format recognises it
    """
    head = head_of(source)
    place = (Place(source=source.name, row=1),)
    if max(head[2:64:2].count(0), head[3:64:2].count(0)) > 24:
        raise WrongEncoding("This is UTF-16.", remedy="Save it as UTF-8.", places=place)
    if name != "auto":
        return format_named(name)
    for candidate in map(format_named, FORMATS):
        if candidate.recognises(head, source.name):
            return candidate
    raise UnknownFormat(
        f"It begins with {head[:20]!r}.",
        remedy=f"If it is one of {', '.join(FORMATS)}, say so with --format.",
        places=place,
    )
