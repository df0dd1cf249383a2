"""
Asking once for all of a list.

The things of a list are a family: when the first of them is asked for what hangs on it, it is
fetched for all of them in one statement, and kept for the others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Family(Generic[T]):
    """Ids that were found together, and what was fetched for them."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.ids = ids
        self._fetched: dict[tuple[Any, ...], Mapping[UUID, Any]] = {}

    def of(
        self, one: UUID, what: tuple[Any, ...], fetch: Callable[[Sequence[UUID]], Mapping[UUID, T]]
    ) -> T | None:
        """
        What hangs on one of them; None if nothing does.

        :param what: the question, with all that the answer depends on
        :param fetch: asks it for all of them
        """
        if what not in self._fetched:
            self._fetched[what] = fetch(self.ids)
        return self._fetched[what].get(one)
