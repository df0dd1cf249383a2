"""
Every operation of the API, by everybody, on everything: own, of the same organisation, of another
one, missing, malformed. What has to come of it follows from the table of permissions and from whose
a thing is; an operation that is not declared fails.
"""

from collections.abc import Iterator

import pytest

from lamplighter.identity.domain.permissions import Action, Role
from tests.matrix.calling import Operation, answered, names, operations, red
from tests.matrix.cells import CALLERS, EVERYBODY, By, Outcome, Proof, Relation, Somebody
from tests.matrix.operations import CALLS
from tests.matrix.world import World

pytestmark = pytest.mark.django_db(databases=["default", "history"])

OPERATIONS = tuple(operations())
SOME = {Role.CONSUMER, Role.ADMINISTRATOR, Role.MERCHANT_OWNER, "key of a meter"}
"""Those to whom the most is not there."""
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


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_what_is_anothers_is_told_as_if_it_were_not_there(
    world: World, operation: Operation
) -> None:
    for who in CALLERS:
        told = {
            (answer.status_code, answer.json()["code"], answer.json()["title"])
            for relation in set(operation.relations) - {Relation.OWN, Relation.MALFORMED}
            if operation.wanted(who, relation) is Outcome.NOT_THERE and who.name in SOME
            for answer, _ in [answered(world, operation, who, relation)]
        }
        assert len(told) <= 1, (who.name, told)


def test_an_app_that_may_see_no_bills_is_told_of_none_with_a_property(world: World) -> None:
    (operation,) = (one for one in OPERATIONS if one.name == "read_user_property_service")
    told = {}
    for who in CALLERS:
        answer, _ = answered(world, operation, who, Relation.OWN)
        if answer.status_code == 200:
            told[who.reach(Action.READ_BILLS) is not None] = bool(answer.json()["bills"])
    assert told == {True: True, False: False}


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
