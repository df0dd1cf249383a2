"""
Every operation of the API, by everybody, on everything: own, of the same organisation, of another
one, missing, malformed. What has to come of it follows from the table of permissions and from whose
a thing is; an operation that is not declared fails.
"""

from collections.abc import Iterator

import pytest

from tests.matrix.calling import Operation, names, operations, red
from tests.matrix.cells import CALLERS, EVERYBODY, By, Outcome, Proof, Relation, Somebody
from tests.matrix.operations import CALLS
from tests.matrix.world import World

pytestmark = pytest.mark.django_db(databases=["default", "history"])

OPERATIONS = tuple(operations())
GUARDED = tuple(one for one in OPERATIONS if one.rule.action)


def test_every_operation_is_declared() -> None:
    assert len(names()) >= 150
    assert {manner.partition(" ")[0] for manner in CALLS} == names()


def test_every_cell_says_what_has_to_come_of_it() -> None:
    cells = [
        one.wanted(who, relation)
        for one in OPERATIONS
        for who in EVERYBODY
        for relation in one.relations
    ]
    assert len(cells) >= 7_500
    assert set(cells) == set(Outcome)


def test_every_operation_is_done_by_somebody() -> None:
    for one in OPERATIONS:
        cells = [one.wanted(who, relation) for who in EVERYBODY for relation in one.relations]
        assert Outcome.DONE in cells, one


def test_what_does_not_get_through_says_why() -> None:
    assert not [name for name, call in CALLS.items() if (call.also or call.rule) and not call.why]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_cells(world: World, operation: Operation) -> None:
    wrong = [
        cell
        for who in EVERYBODY
        for relation in operation.relations
        if (cell := red(world, operation, who, relation))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", [one for one in GUARDED if one.rule.fresh], ids=str)
def test_who_has_proven_long_ago_who_they_are(world: World, operation: Operation) -> None:
    wrong = [cell for one in stale_cells(operation) if (cell := red(world, *one))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_whose_session_key_or_client_is_over(world: World, operation: Operation) -> None:
    wrong = [cell for one in ended_cells(operation) if (cell := red(world, *one))]
    assert not wrong, "\n".join(wrong)


Cell = tuple[Operation, Somebody, Relation, Proof]


def stale_cells(operation: Operation) -> Iterator[Cell]:
    """Those who would be let in by a fresh proof."""
    for who in CALLERS:
        for relation in operation.relations:
            done = operation.wanted(who, relation) is Outcome.DONE
            if done and who.by is By.SESSION:
                yield operation, who, relation, Proof.STALE


def ended_cells(operation: Operation) -> Iterator[Cell]:
    """One who was let in before by each of what lets somebody in."""
    seen = set()
    for who in CALLERS:
        for relation in operation.relations:
            done = operation.wanted(who, relation) is Outcome.DONE
            if done and (who.by, who.is_person) not in seen:
                seen.add((who.by, who.is_person))
                yield operation, who, relation, Proof.ENDED
