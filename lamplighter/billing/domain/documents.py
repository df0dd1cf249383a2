"""
Bills as JSON documents that have one spelling only: how they are stored, hashed and compared.

Decimals are strings without an exponent and without zeros at the end, money is whole minor units,
and what is empty is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

from lamplighter.billing.domain.bills import BillContent
from lamplighter.kernel import Currency

T = TypeVar("T")


def document_of(value: Any) -> dict[str, Any]:
    """A bill, or a part of one, or any dataclass of such fields, as JSON values."""
    document: dict[str, Any] = _plain(value)
    return document


def canonical_text(document: Mapping[str, Any]) -> str:
    """The one spelling of a document: sorted keys, no spaces."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def content_of(document: Mapping[str, Any]) -> BillContent:
    """Undo `document_of`."""
    return value_of(BillContent, document)


def value_of(kind: type[T], document: Mapping[str, Any]) -> T:
    """Undo `document_of` for a value of this dataclass."""
    readers = _readers(kind)  # type: ignore[arg-type] # a class is hashable
    return kind(
        **{name: read(document[name]) for name, read in readers.items() if name in document}
    )


def plain_number(number: Decimal) -> str:
    """A decimal in its one spelling: `12.5`, `0`, `1200`."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, Currency):
        told = ((each.name, getattr(value, each.name), each.default) for each in fields(value))
        return {
            name: _plain(item)
            for name, item, default in told
            # What goes without saying is left out.
            if not (item == default and type(item) is type(default))
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _spelt(value)


def _spelt(value: Any) -> Any:
    match value:
        case Decimal():
            return plain_number(value)
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case UUID() | Fraction() | Currency():
            return str(value)
        case _:
            return value


Reader = Callable[[Any], Any]


@lru_cache(maxsize=64)
def _readers(kind: type[Any]) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {each.name: _reader(hints[each.name]) for each in fields(kind)}


def _reader(hint: Any) -> Reader:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _reader(next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        return _tuple_reader(arguments)
    if isinstance(hint, type) and issubclass(hint, datetime | date):
        return hint.fromisoformat
    if is_dataclass(hint) and hint is not Currency:
        return lambda document: value_of(hint, document)  # type: ignore[arg-type]
    reader: Reader = hint
    return reader


def _tuple_reader(arguments: Sequence[Any]) -> Reader:
    if len(arguments) == 2 and arguments[1] is ...:
        item = _reader(arguments[0])
        return lambda items: tuple(item(one) for one in items)
    each = [_reader(argument) for argument in arguments]
    return lambda items: tuple(read(one) for read, one in zip(each, items, strict=True))
