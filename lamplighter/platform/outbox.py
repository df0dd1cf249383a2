"""
The outbox: what has happened is written down in the transaction that made it happen, together
with one delivery for each reaction to it. `deliveries` carries them out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from django.db import connection, transaction

from lamplighter.kernel import Event, new_id
from lamplighter.platform.bulk import insert_rows
from lamplighter.platform.logs import current_trace_id
from lamplighter.platform.models import Delivery, OutboxEvent

E_contra = TypeVar("E_contra", bound=Event, contravariant=True)


class ReactionTo(Protocol[E_contra]):
    """
    What a reaction looks like. `at` is the time at which it is carried out.

    It writes to the database only, in the transaction it is called in: then it happens exactly
    once. An exception undoes it, and it is tried again later.
    """

    def __call__(self, event: E_contra, *, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction and the class of event it hears."""

    name: str
    """`context.function`, stable: stored deliveries are found by it."""
    event: type[Event]
    act: ReactionTo[Any]


REACTIONS: Final[dict[str, Reaction]] = {}
"""Every reaction by its name. Filled when the `reactions` rooms are imported, at start-up."""


def on(event: type[E_contra]) -> Callable[[ReactionTo[E_contra]], ReactionTo[E_contra]]:
    """Register a function of a `reactions` room: `@on(BillIssued) def when_bill_issued(...)`."""

    def register(act: ReactionTo[E_contra]) -> ReactionTo[E_contra]:
        module, function = act.__module__, act.__name__  # type: ignore[attr-defined]
        name = f"{module.split('.')[1] if '.' in module else module}.{function}"
        if name in REACTIONS:
            msg = f"there are two reactions called {name}"
            raise ValueError(msg)
        REACTIONS[name] = Reaction(name, event, act)
        return act

    return register


def publish(event: Event, *, at: datetime) -> None:
    """
    Store an event, to be delivered once the caller's transaction is committed.

    :raises TransactionManagementError: outside of a transaction
    """
    publish_all([event], at=at)


def publish_all(events: list[Event], *, at: datetime) -> None:
    """
    Store many events, in two statements.

    :raises TransactionManagementError: outside of a transaction
    """
    if not connection.in_atomic_block:
        msg = "events are published in the transaction that makes them true"
        raise transaction.TransactionManagementError(msg)
    trace_id = current_trace_id()
    ids = [new_id() for _ in events]
    insert_rows(
        OutboxEvent,
        ("id", "name", "data", "published_at", "trace_id"),
        (
            (event_id, event.name, event.text(), at, trace_id)
            for event_id, event in zip(ids, events, strict=True)
        ),
    )
    heard = {event.name: _reactions_to(event.name) for event in events}
    insert_rows(
        Delivery,
        ("event_id", "reaction", "state", "tries", "due_at", "error"),
        (
            (event_id, reaction, Delivery.State.PENDING.value, 0, at, "")
            for event_id, event in zip(ids, events, strict=True)
            for reaction in heard[event.name]
        ),
    )


def _reactions_to(name: str) -> list[str]:
    return [reaction.name for reaction in REACTIONS.values() if reaction.event.name == name]
