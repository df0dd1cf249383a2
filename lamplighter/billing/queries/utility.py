"""
The utility of this installation: its name, colour and logo, from LAMPLIGHTER_HOME/utility.json.

The file is written by a person, so whatever is wrong in it is refused by its name, all at once.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, Final

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.conf import settings

from lamplighter.billing.domain.colours import NotAColour, colour
from lamplighter.billing.domain.sheets import Paper
from lamplighter.billing.domain.utilities import Utility
from lamplighter.kernel import Place, Refusal

FILE: Final = "utility.json"
UNNAMED: Final = Utility(name="Your utility")
"""Who sends the bills until somebody says so."""
_LARGEST_LOGO_BYTES: Final = 512 * 1024


class UtilityMalformed(Refusal):
    """What is said about the utility cannot be used."""


def utility() -> Utility:
    """
    The utility; `UNNAMED` where there is no file.

    :raises UtilityMalformed: naming every field that cannot be used
    """
    path: Path = settings.LAMPLIGHTER_HOME / FILE
    return read_utility(path) if path.exists() else UNNAMED


def read_utility(path: Path) -> Utility:
    """
    Read a file like `utility.json`; its logo is the name of an SVG file beside it.

    :raises UtilityMalformed: naming every field that cannot be used
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as no:
        raise UtilityMalformed(
            f"It is not JSON: {no}.", places=(Place(source=path.name),)
        ) from None
    if not isinstance(said, dict):
        raise UtilityMalformed("It is not a JSON object.", places=(Place(source=path.name),))
    readers = _readers(path.parent)
    wrong = list(_wrong(said, readers))
    if wrong:
        raise UtilityMalformed(
            " ".join(f"{field}: {why}" for field, why in wrong),
            remedy="docs/bills-on-paper.md has an example.",
            places=tuple(Place(source=path.name, field=field) for field, _ in wrong),
        )
    return Utility(**{field: readers[field](value) for field, value in said.items()})


Reader = Callable[[Any], Any]


def _readers(folder: Path) -> Mapping[str, Reader]:
    texts: dict[str, Reader] = {each.name: _text for each in fields(Utility)}
    return texts | {
        "address": _lines,
        "accent": _colour,
        "logo": partial(_logo, folder),
        "paper": _paper,
        "name": _name,
    }


def _wrong(said: Mapping[str, Any], readers: Mapping[str, Reader]) -> Iterator[tuple[str, str]]:
    if "name" not in said:
        yield "name", "It is missing."
    for field, value in said.items():
        if field not in readers:
            yield field, f"There is no such field. There are: {', '.join(sorted(readers))}."
            continue
        try:
            readers[field](value)
        except (ValueError, Refusal) as no:
            yield field, str(no)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        msg = "It is not a text."
        raise ValueError(msg)
    return value.strip()


def _name(value: Any) -> str:
    if not (name := _text(value)):
        msg = "It is empty."
        raise ValueError(msg)
    return name


def _lines(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        msg = "It is not a list of lines."
        raise ValueError(msg)
    return tuple(line.strip() for line in value)


def _colour(value: Any) -> str:
    try:
        return colour(_text(value))
    except NotAColour as no:
        raise ValueError(str(no)) from None


def _paper(value: Any) -> str:
    try:
        return Paper(value).value
    except ValueError:
        msg = f"It is not one of: {', '.join(Paper)}."
        raise ValueError(msg) from None


def _logo(folder: Path, value: Any) -> bytes:
    """An SVG picture in the same folder, and nowhere else."""
    path = folder / _text(value)
    if path.resolve().parent != folder.resolve() or not path.is_file():
        msg = f"There is no file {_text(value)!r} beside {FILE}."
        raise ValueError(msg)
    if path.stat().st_size > _LARGEST_LOGO_BYTES:
        msg = f"The picture has more than {_LARGEST_LOGO_BYTES} bytes."
        raise ValueError(msg)
    content = path.read_bytes()
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        root = None
    if root is None or not str(root.tag).endswith("svg"):
        msg = "It is not an SVG picture."
        raise ValueError(msg)
    return content
