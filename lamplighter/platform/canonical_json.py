"""JSON that has one spelling only, so that it can be hashed, and compared as bytes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What may be stored. Numbers are whole: an exact decimal is a string, and a float never is."""


def canonical(value: JSON) -> bytes:
    """
    Spell a value in UTF-8 with sorted keys and no spaces.

    :raises TypeError: if anything in it is not JSON as defined here, such as a float
    """
    return json.dumps(
        plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def plain(value: JSON) -> Any:
    """
    Copy a value into the types that `json` writes and reads back unchanged.

    :raises TypeError: if anything in it is not JSON as defined here, such as a float
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    msg = f"{value!r} has no exact form in JSON; make it a string or a whole number"
    raise TypeError(msg)
