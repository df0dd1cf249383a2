"""
What contexts have about a person: what they tell them, why one cannot be erased, and what happens
when one is. Filled by the contexts' `privacy` rooms.

    @tells("billing")
    def tell(user_id: UUID) -> Iterator[Piece]: ...

    @objects
    def object_to(user_id: UUID) -> Iterator[str]: ...

    @erases
    def erase(user_id: UUID, *, at: datetime) -> None: ...
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import orjson

Tell = Callable[[UUID], Iterable["Piece"]]
Object = Callable[[UUID], Iterable[str]]


class Erase(Protocol):
    """Takes away what can be read about somebody, in the transaction that erases them."""

    def __call__(self, user_id: UUID, *, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of what is kept about somebody. Naming them is quick, making one may not be."""

    path: str
    """Stable, and tells nothing personal: the number of a bill, not a name."""
    make: Callable[[], bytes]


TELLERS: Final[dict[str, Tell]] = {}
OBJECTORS: Final[list[Object]] = []
ERASERS: Final[list[Erase]] = []


def tells(context: str) -> Callable[[Tell], Tell]:
    """Register what a context tells somebody about themselves, under a folder of its name."""

    def register(tell: Tell) -> Tell:
        TELLERS[context] = tell
        return tell

    return register


def objects(objecting: Object) -> Object:
    """Register why somebody cannot be erased yet: each reason is a sentence."""
    OBJECTORS.append(objecting)
    return objecting


def erases(erasing: Erase) -> Erase:
    """Register what is done when somebody is erased. Higher floors go before lower ones."""
    ERASERS.append(erasing)
    return erasing


def pieces_about(user_id: UUID) -> Iterator[Piece]:
    """All that is told to somebody about themselves."""
    for context, tell in TELLERS.items():
        for piece in tell(user_id):
            yield Piece(f"{context}/{piece.path}", piece.make)


def objections_to_erasing(user_id: UUID) -> tuple[str, ...]:
    """Why somebody cannot be erased yet."""
    return tuple(reason for objecting in OBJECTORS for reason in objecting(user_id))


def erase_everywhere(user_id: UUID, *, at: datetime) -> None:
    """Let each context take away what can be read about somebody, in the caller's transaction."""
    for erasing in reversed(ERASERS):
        erasing(user_id, at=at)


def as_json(value: object) -> bytes:
    """Values as JSON that a person can read too; of decimals and money their texts."""
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2)
