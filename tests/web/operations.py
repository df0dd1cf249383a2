"""The operations that change something, as the description of the API tells of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from lamplighter.site.api import api

DESCRIPTION: Final[Any] = json.loads(json.dumps(api.description_of_all))


@dataclass(frozen=True)
class Operation:
    """One of them."""

    method: str
    path: str

    @property
    def told(self) -> Any:
        return DESCRIPTION["paths"][self.path][self.method.lower()]

    @property
    def schema(self) -> Any:
        """Of its body; None: there is none, or it is no JSON."""
        content = self.told.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    @property
    def address(self) -> str:
        """With ids of nothing, below `/api/`."""
        path = self.path
        for told in self.told.get("parameters", ()):
            kind = told["schema"].get("format") or told["schema"].get("type")
            given = {"uuid": str(uuid4()), "integer": "1"}.get(kind, "NONE")
            path = path.replace(f"{{{told['name']}}}", given)
        return path.removeprefix("/api/")

    @property
    def is_open(self) -> bool:
        """Whether strangers may call it."""
        return bool(self.told["security"] == [])

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _changing() -> Iterator[Operation]:
    for path, operations in DESCRIPTION["paths"].items():
        for method in operations.keys() - {"get", "head"}:
            yield Operation(method.upper(), path)


CHANGING: Final = sorted(_changing(), key=str)
# A tariff is an object of its own making: what is in it is tried where tariffs are read.
WITH_BODY: Final = [one for one in CHANGING if one.schema and one.path != "/api/tariffs/versions"]


def example(schema: Any) -> Any:
    """Something that the description allows."""
    while "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0])
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    return _OF_TYPE[schema["type"]](schema)


def _text(schema: Any) -> str:
    if schema.get("format") == "uuid":
        return str(uuid4())
    return "EUR" if "{3}" in schema.get("pattern", "") else "lamplight"


_OF_TYPE: Final[dict[str, Callable[[Any], Any]]] = {
    "object": lambda schema: {
        name: example(schema["properties"][name]) for name in schema.get("required", ())
    },
    "array": lambda schema: [example(schema["items"])] * schema.get("minItems", 0),
    "string": _text,
    "integer": lambda schema: schema.get("minimum", 1),
    "boolean": lambda _: True,
}
