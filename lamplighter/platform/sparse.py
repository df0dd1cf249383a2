"""
Sparse fields: who asks for a list says which fields of its items they want.

    BILLS = Sparse(BillInList, always=("number",))

    @router.get("", response=reads(BILLS.page))
    def list_bills(request, fields: Fields = None): … BILLS.chosen(fields) …
"""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from lamplighter.kernel import Place, Refusal
from lamplighter.platform.schemas import PageOut

Fields = Annotated[
    str | None,
    Field(
        max_length=1000,
        pattern=r"^[a-z0-9_,]*$",
        description="Only these fields of each item, separated by commas; else all of them.",
    ),
]
"""Which fields of each item somebody wants."""


class FieldUnknown(Refusal):
    """The items of this list have no such field."""


class Sparse:
    """The items of a list, of which some fields may be left out."""

    def __init__(self, whole: type[Schema], *, always: Collection[str]) -> None:
        self.always = frozenset(always)
        self.names = frozenset(whole.model_fields)
        fields: dict[str, Any] = {
            name: (info.annotation, info if name in self.always else _optional(info))
            for name, info in whole.model_fields.items()
        }
        self.schema: type[Schema] = create_model(
            f"{whole.__name__}InList", __base__=Schema, __doc__=whole.__doc__, **fields
        )

    @property
    def page(self) -> Any:
        """A page of such items, for the description of the API."""
        return PageOut[self.schema]  # type: ignore[name-defined] # made at run time

    def chosen(self, fields: str | None) -> frozenset[str] | None:
        """
        Which fields somebody wants, those that say which item it is included; None: all.

        :raises FieldUnknown: if they name another one
        """
        if not fields:
            return None
        wanted = frozenset(filter(None, fields.split(",")))
        if unknown := sorted(wanted - self.names):
            raise FieldUnknown(
                f"There is no field {unknown[0]!r}.",
                remedy=f"Use some of {', '.join(sorted(self.names))}.",
                places=(Place(field="fields"),),
            )
        return wanted | self.always


def thinned(item: Mapping[str, Any], chosen: frozenset[str] | None) -> Mapping[str, Any]:
    """An item with the chosen fields only."""
    return item if chosen is None else {name: item[name] for name in item if name in chosen}


def _optional(info: FieldInfo) -> FieldInfo:
    """The same field, which may be left out; a default would tell that it is null then."""
    other = copy(info)
    other.default_factory = _absent
    return other


def _absent() -> None:
    return None
