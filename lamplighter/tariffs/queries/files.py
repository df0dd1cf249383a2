"""
Reading files of tariffs without storing them.

Nothing here needs a database or Django. A file holds JSON (one record, a list, or the rate
database's `items`) or JSON lines, packed by gzip or not; each record is of the format that
recognises it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lamplighter.kernel import Place, Refusal
from lamplighter.tariffs.domain.refusals import UnknownTariffFormat, mistakes_of
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.ports.tariff_formats import FORMATS, Record, format_named
from lamplighter.tariffs.queries.json_records import parsed, records_in
from lamplighter.tariffs.queries.opened_files import Progress

__all__ = ["Progress", "Refused", "schedules_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that is not taken. The others of its file are not lost with it."""

    row: int
    code: str
    """What the record calls itself, as a schedule's code; if it does not say, its row."""
    refusal: Refusal

    @property
    def detail(self) -> str:
        return self.refusal.detail

    @property
    def places(self) -> tuple[Place, ...]:
        return self.refusal.places

    @property
    def mistakes(self) -> tuple[Refusal, ...]:
        """What is wrong, one by one."""
        return mistakes_of(self.refusal)


def schedules_in(
    path: Path, *, progress: Progress | None = None
) -> Iterator[RateSchedule | Refused]:
    """
    Every tariff of a file, in order: read, or refused with its row and field.

    :raises UnreadableTariffs: if the file cannot be read as JSON at all
    """
    for record in records_in(path, progress):
        try:
            if isinstance(record.value, Refusal):
                raise record.value
            yield _schedule(record.value, Place(source=path.name, row=record.row))
        except Refusal as no:
            name = _name(record.value) or f"row {record.row}"
            yield Refused(row=record.row, code=name, refusal=no)


def schedule_in(text: bytes, *, source: str) -> RateSchedule:
    """
    One tariff, as a JSON object.

    :raises UnreadableTariffs: if it is no JSON
    :raises Refusal: for what is wrong in it, naming the field
    """
    place = Place(source=source)
    return _schedule(parsed(text, place), place)


def _schedule(value: object, at: Place) -> RateSchedule:
    if not isinstance(value, dict):
        raise UnknownTariffFormat("This is not a tariff, but a mere value.", places=(at,))
    record: Record = value
    for candidate in map(format_named, FORMATS):
        if candidate.recognises(record):
            return candidate.schedule(record, at)
    raise UnknownTariffFormat(
        "It has neither a format of Lamplighter's own nor energy rates of the rate database.",
        places=(at,),
    )


def _name(value: object) -> str | None:
    """What a record calls itself, whatever format it was meant to be."""
    if isinstance(value, dict):
        for field in ("code", "label", "name"):
            name = value.get(field)
            if isinstance(name, str) and name:
                return "".join(c if c.isprintable() else "\ufffd" for c in name[:200])
    return None
