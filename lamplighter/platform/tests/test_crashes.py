"""What holds when a process is killed between any two statements, and when several race."""

import itertools
import multiprocessing
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from lamplighter.platform import audit_chain, idempotency, outbox
from lamplighter.platform.deliveries import deliver_due
from lamplighter.platform.models import Delivery, IdempotencyKey, OutboxEvent
from lamplighter.platform.tests.lamps import (
    NOON,
    LampLit,
    light,
    when_lamp_lit_log,
    when_lamp_lit_tell,
    write,
    written,
)
from lamplighter.platform.tests.processes import killed_at, race

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_reactions", "two_reactions"),
]
EACH_STATEMENT = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
LAMPS = 100


@pytest.fixture
def two_reactions(no_reactions: None) -> None:
    register()


def register() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    outbox.on(LampLit)(when_lamp_lit_tell)


def when_lamp_lit_stumble(event: LampLit, *, at: datetime) -> None:
    """Fails in the processes that are killed, and works in the one that finds what they left."""
    write("stumble", event.lamp, at=at)
    if multiprocessing.parent_process() is not None:
        raise RuntimeError


def light_and_deliver(lamp: str) -> None:
    register()
    light(lamp)
    deliver_due(at=NOON)


def light_and_stumble(lamp: str) -> None:
    outbox.on(LampLit)(when_lamp_lit_stumble)
    light_and_deliver(lamp)


def deliver_as_one_of_many(number: int) -> int:
    register()
    return sum(deliver_due(at=NOON).values())


def pay(lamp: str) -> dict[str, Any]:
    def act() -> dict[str, str]:
        write("pay", lamp)
        time.sleep(0.05)
        return {"paid": lamp}

    return idempotency.once(
        actor="test", key=lamp, operation="POST /payments", body=b"{}", at=NOON, act=act
    )


def pay_as_one_of_many(number: int) -> dict[str, Any]:
    return pay("raced")


def lighten_as_one_of_many(number: int) -> None:
    for n in range(LAMPS):
        light(f"{number}-{n}")


def kill_at_every_statement(function: Callable[[str], object], *, after: bool) -> list[str]:
    """Name each lamp after the statement at which its process was killed."""
    lamps = []
    for statement in itertools.count(1):
        lamps.append(f"{after}-{statement}")
        if not killed_at(statement, after=after, function=function, args=(lamps[-1],)):
            return lamps
    return lamps


def drain() -> None:
    """Deliver until nothing is pending. A database takes a moment to see that a client is dead."""
    until = time.monotonic() + 20
    while Delivery.objects.filter(state=Delivery.State.PENDING).exists():
        deliver_due(at=NOON + timedelta(days=1))
        assert time.monotonic() < until


@EACH_STATEMENT
def test_a_kill_at_any_statement_loses_nothing_and_repeats_nothing(after: bool) -> None:
    lamps = kill_at_every_statement(light_and_deliver, after=after)
    assert len(lamps) > 10
    assert_each_happened_once_or_never(lamps, ["light", "log", "tell"])


@EACH_STATEMENT
def test_a_kill_among_failures_loses_nothing_and_repeats_nothing(after: bool) -> None:
    outbox.on(LampLit)(when_lamp_lit_stumble)
    lamps = kill_at_every_statement(light_and_stumble, after=after)
    assert len(lamps) > 20
    assert_each_happened_once_or_never(lamps, ["light", "log", "stumble", "tell"])


def assert_each_happened_once_or_never(lamps: list[str], all_of_it: list[str]) -> None:
    drain()
    lit = [lamp for lamp in lamps if written(lamp)]
    assert [written(lamp) for lamp in lit] == [all_of_it] * len(lit)
    assert len(lit) == OutboxEvent.objects.count()
    assert len(lamps) > len(lit) > 5
    assert audit_chain.verify() == len(all_of_it) * len(lit)


@EACH_STATEMENT
def test_a_kill_at_any_statement_leaves_a_key_with_its_answer_or_none(after: bool) -> None:
    lamps = kill_at_every_statement(pay, after=after)
    assert len(lamps) > 4
    assert not IdempotencyKey.objects.filter(answer=None).exists()
    for lamp in lamps:
        assert pay(lamp) == {"paid": lamp}
        assert written(lamp) == ["pay"]


def test_many_workers_together_deliver_each_event_once() -> None:
    with transaction.atomic():
        for lamp in range(LAMPS):
            light(str(lamp))
    assert sum(race(deliver_as_one_of_many, runners=4)) == 2 * LAMPS
    assert {tuple(written(str(lamp))) for lamp in range(LAMPS)} == {("light", "log", "tell")}
    assert audit_chain.verify() == 3 * LAMPS


def test_many_writers_together_make_one_chain() -> None:
    race(lighten_as_one_of_many, runners=4)
    assert audit_chain.verify() == 4 * LAMPS


def test_the_same_key_at_the_same_time_is_one_write_with_one_answer() -> None:
    assert race(pay_as_one_of_many, runners=4) == [{"paid": "raced"}] * 4
    assert written("raced") == ["pay"]
