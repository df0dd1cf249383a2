"""The facts that contexts tell each other."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that has happened, named in the past tense.

    A subclass is a frozen dataclass in its context's `events` room. Its fields are str, int, bool,
    Decimal, UUID, date, datetime, or tuples and optionals of these, so that it can be stored as
    JSON and read back by a later version: a field may be added with a default, never removed or
    renamed.
    """

    name: ClassVar[str] = ""
    """`context.Name`, stable: stored events are found by it."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        # No zero-argument super(): dataclass(slots=True) makes the class anew.
        super(Event, cls).__init_subclass__(**kwargs)
        context = cls.__module__.split(".")[1] if "." in cls.__module__ else cls.__module__
        cls.name = f"{context}.{cls.__name__}"

    def text(self) -> str:
        """All fields as a JSON object; numbers that must stay exact become strings."""
        return orjson.dumps(self, default=_exact).decode()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """
        Undo `text`, from what its JSON says.

        Unknown keys are left out: a newer writer may have added them.
        """
        hints = typing.get_type_hints(cls)
        names = {f.name for f in dataclasses.fields(cls)}
        return cls(**{k: _typed(v, hints[k]) for k, v in data.items() if k in names})


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def _typed(value: Any, hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _typed(value, next(a for a in typing.get_args(hint) if a is not type(None)))
    if origin is tuple:
        return tuple(_typed(item, typing.get_args(hint)[0]) for item in value)
    if hint in (datetime, date):
        return hint.fromisoformat(value)
    if hint in (Decimal, UUID):
        return hint(value)
    return value
