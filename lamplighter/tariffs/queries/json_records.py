"""
Reading JSON and JSON lines as records, exactly and within bounds.

Numbers with a decimal point become Decimal; NaN, the same key twice and absurd sizes are refused.
Lines are read one by one in constant memory; one JSON text is read whole.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain, count
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from lamplighter.kernel import Place
from lamplighter.tariffs.domain.refusals import (
    DuplicateKey,
    NoTariffs,
    NotJson,
    TooLarge,
    Truncated,
    UnreadableTariffs,
    WrongEncoding,
)
from lamplighter.tariffs.queries.opened_files import Progress, opened

MOST_RECORD_BYTES: Final = 4 * 2**20
MOST_TEXT_BYTES: Final = 64 * 2**20
MOST_DEPTH: Final = 32

_LONGEST_NUMBER: Final = 100
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

_Line = tuple[int, bytes | None]
"""A line's number and what is in it; None if that is longer than any record."""


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """What stands in one place of a file, or why it cannot be read."""

    row: int
    """The line, or the place in the list, counted from 1."""
    value: object


def records_in(path: Path, progress: Progress | None = None) -> Iterator[JsonRecord]:
    """
    Every record of a file: JSON lines, or one JSON text with one record, a list, or `items`.

    A line that cannot be read is a record whose value is the refusal; the others follow.

    :raises UnreadableTariffs: if the file cannot be read as JSON at all
    """
    with opened(path, progress) as stream:
        row, first = _beginning(stream, path.name)
        lines = _lines(stream, row + 1)
        if {".jsonl", ".ndjson"} & {suffix.lower() for suffix in path.suffixes}:
            yield from _each(chain([(row, first)], lines), path.name)
        elif (second := _second(first, lines)) is not None:
            yield from _each(chain([(row, first), second], lines), path.name)
        else:
            yield from _items(_whole(row, first, stream, path.name), path.name)


def _beginning(stream: IO[bytes], name: str) -> tuple[int, bytes]:
    """The first line that is not empty. It begins an object or a list."""
    for row in count(1):
        line = stream.readline(MOST_TEXT_BYTES)
        place = (Place(source=name, row=row),)
        if not line:
            break
        if len(line) == MOST_TEXT_BYTES:
            raise TooLarge(f"This line is longer than {MOST_TEXT_BYTES:,} bytes.", places=place)
        if line.startswith(_BYTE_ORDER_MARKS) or b"\x00" in line[:64]:
            raise WrongEncoding(
                "This is not plain UTF-8 without a byte order mark.",
                remedy="Save it as UTF-8.",
                places=place,
            )
        if line.lstrip()[:1] in (b"{", b"["):
            return row, line
        if line.strip():
            raise NotJson(f"It begins with {line.strip()[:20]!r}.", places=place)
    raise NoTariffs("This file is empty.", places=(Place(source=name),))


def _lines(stream: IO[bytes], first_row: int) -> Iterator[_Line]:
    """The lines with something in them."""
    for row in count(first_row):
        line = stream.readline(MOST_RECORD_BYTES + 1)
        if not line:
            return
        too_long = len(line) > MOST_RECORD_BYTES
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(MOST_RECORD_BYTES)
        if too_long:
            yield row, None
        elif line.strip():
            yield row, line


def _second(first: bytes, lines: Iterator[_Line]) -> _Line | None:
    """The line after the first, if the first is a record by itself."""
    try:
        record = parsed(first, Place())
    except UnreadableTariffs:
        return None
    return next(lines, None) if isinstance(record, dict) else None


def _each(lines: Iterable[_Line], name: str) -> Iterator[JsonRecord]:
    for row, line in lines:
        place = Place(source=name, row=row)
        try:
            if line is None or len(line) > MOST_RECORD_BYTES:
                raise TooLarge(f"It has more than {MOST_RECORD_BYTES:,} bytes.", places=(place,))
            yield JsonRecord(row, parsed(line, place))
        except UnreadableTariffs as no:
            yield JsonRecord(row, no)


def _whole(row: int, first: bytes, stream: IO[bytes], name: str) -> object:
    text = first + stream.read(MOST_TEXT_BYTES + 1 - len(first))
    if len(text) > MOST_TEXT_BYTES:
        raise TooLarge(
            f"A JSON text of more than {MOST_TEXT_BYTES:,} bytes is not read.",
            remedy="Write one record a line, as JSON lines.",
            places=(Place(source=name),),
        )
    return parsed(text, Place(source=name, row=row))


def _items(value: object, name: str) -> Iterator[JsonRecord]:
    """The records of a text: a list, the `items` of a service's answer, or one record."""
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        value = value["items"]
    items = value if isinstance(value, list) else [value]
    if not items:
        raise NoTariffs("The list is empty.", places=(Place(source=name),))
    yield from map(JsonRecord, count(1), items)


def parsed(text: bytes, place: Place) -> object:
    """
    What a JSON text says.

    :param place: where the text begins
    :raises UnreadableTariffs: if it is no JSON, or says something twice, or is too large
    """
    try:
        value: object = json.loads(
            text.decode(),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_constant=_constant,
        )
        _check_depth(value)
    except UnicodeDecodeError as no:
        raise WrongEncoding(f"Byte {no.start} is not UTF-8.", places=(place,)) from no
    except json.JSONDecodeError as no:
        row = None if place.row is None else place.row + no.lineno - 1
        at = (Place(source=place.source, row=row),)
        if no.pos >= len(no.doc.rstrip()) or no.msg.startswith("Unterminated"):
            raise Truncated(f"{no.msg}, column {no.colno}.", places=at) from no
        raise NotJson(f"{no.msg}, column {no.colno}.", places=at) from no
    except ValueError as no:  # Python's way to say that an integer has thousands of digits
        raise TooLarge("A number has too many digits.", places=(place,)) from no
    except RecursionError as no:
        raise TooLarge("It is nested too deeply.", places=(place,)) from no
    except UnreadableTariffs as no:
        no.places = no.places or (place,)
        raise
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DuplicateKey(f"An object has the key {twice[:40]!r} twice.")
    return found


def _decimal(written: str) -> Decimal:
    if len(written) > _LONGEST_NUMBER:
        raise TooLarge(f"A number has {len(written):,} characters.")
    try:
        return Decimal(written)
    except InvalidOperation as no:
        raise TooLarge(f"{written} is no number that could be billed.") from no


def _constant(written: str) -> NoReturn:
    raise NotJson(f"{written} is not a number in JSON.")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        inside = [item for item in level if isinstance(item, dict | list)]
        if not inside:
            return
        level = [
            each for item in inside for each in (item.values() if isinstance(item, dict) else item)
        ]
    raise TooLarge(f"It is nested more than {MOST_DEPTH} deep.")
