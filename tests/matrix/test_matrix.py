"""
Every operation of the API, by everybody, on everything: own, of the same organisation, of another
one, missing, malformed. What has to come of it follows from the table of permissions and from whose
a thing is; an operation that is not declared fails.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.matrix.calling import OF_STATUS, Operation, call, operations, outcome_of
from tests.matrix.cells import NOBODY, PEOPLE, RELATIONS, Outcome, Relation, Somebody, outcome
from tests.matrix.operations import CALLS
from tests.matrix.world import World, build

pytestmark = pytest.mark.django_db

OPERATIONS = tuple(operations())
EVERYBODY = [NOBODY, *PEOPLE]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """The same for all cells of a process; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield build(PEOPLE)
        transaction.set_rollback(True)


def test_every_operation_is_declared() -> None:
    assert len(OPERATIONS) >= 9
    assert {one.name for one in OPERATIONS} == set(CALLS)


def test_every_cell_says_what_has_to_come_of_it() -> None:
    cells = [
        outcome(who, one.action, CALLS[one.name].kind, relation)
        for one in OPERATIONS
        for who in EVERYBODY
        for relation in RELATIONS[CALLS[one.name].kind]
    ]
    assert len(cells) >= 9 * len(PEOPLE)
    assert set(cells) >= {Outcome.DONE, Outcome.STRANGER, Outcome.NOT_THERE}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
@pytest.mark.parametrize("who", EVERYBODY, ids=lambda one: one.name)
def test_cells(world: World, operation: Operation, who: Somebody) -> None:
    wrong = [
        cell for relation in relations(operation) if (cell := red(world, operation, who, relation))
    ]
    assert not wrong, "\n".join(wrong)


def relations(operation: Operation) -> tuple[Relation, ...]:
    return RELATIONS[CALLS[operation.name].kind]


def red(world: World, operation: Operation, who: Somebody, relation: Relation) -> str:
    """What is wrong with a cell; empty if nothing is."""
    as_whom = who if who.roles else PEOPLE[0]
    things = world.things(as_whom, relation)
    with transaction.atomic():
        answer = call(world, operation, who, things)
        transaction.set_rollback(True)
    wanted = outcome(who, operation.action, CALLS[operation.name].kind, relation)
    found = outcome_of(answer, things)
    told = answer.content.decode(errors="replace") if not answer.streaming else ""
    cell = f"{operation.method} {operation.path} by {who.name}, {relation}"
    # What cannot be an address is no operation's, so nobody is asked who they are.
    nowhere = relation is Relation.MALFORMED and answer.status_code == 404
    if found is not wanted and not nowhere:
        return f"{cell}: {wanted} is wanted, came {answer.status_code} {told[:300]}"
    hides = CALLS[operation.name].hides
    may_see = relation is Relation.SAME or who.reach(operation.action or "") == "all"
    if hides in told and not (wanted is Outcome.DONE and may_see):
        return f"{cell}: it tells of what is somebody else's: {told[:300]}"
    if answer.status_code in OF_STATUS and "problem+json" not in answer.headers["Content-Type"]:
        return f"{cell}: it is not told as a problem"
    return ""
