"""
Lists in pages, by keyset: a page goes on after the last row of the one before, however many rows
came or went meanwhile, and the thousandth page costs what the first one does.

    page_of(found, columns, order=order_of(asked.sort, allowed, tie="id"), asked=asked)

A cursor is opaque to who holds it. It names the values that the last row was sorted by, and is
good for the same order only.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from lamplighter.kernel import Place, Refusal

M = TypeVar("M", bound=Model)
R = TypeVar("R")
_LONGEST: Final = 1000


class CursorMalformed(Refusal):
    """This is not where a page of this list ends."""


class SortUnknown(Refusal):
    """The list cannot be sorted by this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which page of a list somebody asks for, and in which order."""

    sort: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: rows of columns, and the cursor of the next page, if there is one."""

    rows: Sequence[tuple[Any, ...]]
    next: str | None


def order_of(sort: str | None, allowed: Mapping[str, str], *, tie: str) -> tuple[str, ...]:
    """
    Read `sort`, such as `-issued_on,number`.

    :param allowed: what a list may be sorted by, and the path of the column that this is
    :param tie: the unique column that decides in the end, with a minus if downwards
    :raises SortUnknown: if it names something else, or one thing twice
    """
    order: list[str] = []
    for piece in filter(None, (sort or "").split(",")):
        name = piece.removeprefix("-")
        if name not in allowed or allowed[name] in {one.removeprefix("-") for one in order}:
            raise SortUnknown(
                f"{name!r} is not among what this list can be sorted by.",
                remedy=f"Use {', '.join(allowed)}, with a minus for the other direction.",
                places=(Place(field="sort"),),
            )
        order.append(f"-{allowed[name]}" if piece.startswith("-") else allowed[name])
    if tie.removeprefix("-") not in {one.removeprefix("-") for one in order}:
        order.append(tie)
    return tuple(order)


def page(
    found: "QuerySet[M, R]", *, order: Sequence[str], after: str | None, limit: int
) -> tuple[list[R], bool]:
    """
    Take one page.

    :param order: paths of columns that have a value in every row, the last one unique
    :return: at most `limit` rows, and whether there are more
    :raises CursorMalformed: if `after` is no cursor of this order
    """
    if after is not None:
        found = found.filter(_beyond(order, _values(found.model, order, after)))
    rows = list(found.order_by(*order)[: limit + 1])
    return rows[:limit], len(rows) > limit


def page_of(
    found: "QuerySet[M]", columns: Sequence[str], *, order: Sequence[str], asked: Asked
) -> Page:
    """
    Take one page of rows of these columns.

    :param order: paths of columns that have a value in every row, the last one unique
    :raises CursorMalformed: if `asked.after` is no cursor of this order
    """
    paths = [path.removeprefix("-") for path in order]
    found_rows: Any = found.values_list(*columns, *(p for p in paths if p not in columns))
    rows, more = page(found_rows, order=order, after=asked.after, limit=asked.limit)
    if not more:
        return Page([row[: len(columns)] for row in rows], None)
    all_columns = [*columns, *(p for p in paths if p not in columns)]
    last = dict(zip(all_columns, rows[-1], strict=True))
    following = cursor(order, [last[path] for path in paths])
    return Page([row[: len(columns)] for row in rows], following)


def cursor(order: Sequence[str], values: Sequence[object]) -> str:
    """Say where a page ends: the values, in order's sequence, of its last row."""
    told = orjson.dumps([list(order), [_plain(value) for value in values]])
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _beyond(order: Sequence[str], values: Sequence[object]) -> Q:
    """Rows after these values: `a < 1 or (a = 1 and b > 2)` for the order `-a, b`."""
    beyond = Q()
    same = Q()
    for path, value in zip(order, values, strict=True):
        name = path.removeprefix("-")
        way = "lt" if path.startswith("-") else "gt"
        beyond |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    return beyond


def _values(model: type[Model], order: Sequence[str], after: str) -> list[object]:
    wrong = CursorMalformed(
        remedy="Send the `next` of the page before, with the same sort.",
        places=(Place(field="after"),),
    )
    try:
        padded = after[:_LONGEST] + "=" * (-len(after) % 4)
        told = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        names, values = told
        if names != list(order) or len(values) != len(order):
            raise wrong
        return [_typed(model, *pair) for pair in zip(order, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, ValidationError):
        raise wrong from None


def _typed(model: type[Model], path: str, value: Any) -> object:
    """The value as its column has it; a text that the column cannot have is none of ours."""
    field: Any = None
    at: Any = model
    for step in path.removeprefix("-").split("__"):
        field = at._meta.pk if step == "pk" else at._meta.get_field(step)
        at = field.related_model
    if not isinstance(value, str) or "\0" in value:
        raise ValidationError(path)
    return UUID(value) if field.get_internal_type() == "UUIDField" else field.to_python(value)


def text_cursor(text: str) -> str:
    """Say where a page ends, for a list that is sorted by one text of its own making."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def text_of(after: str | None) -> str:
    """
    Read such a cursor; no cursor is the empty text, after which everything comes.

    :raises CursorMalformed: if it is none
    """
    if after is None:
        return ""
    try:
        padded = after[:_LONGEST] + "=" * (-len(after) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise CursorMalformed(
            remedy="Send the `next` of the page before.", places=(Place(field="after"),)
        ) from None
