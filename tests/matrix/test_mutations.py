"""The matrix would notice: with any one permission check taken away, one of its cells is red."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpRequest
from django.utils import timezone

from lamplighter.identity.api import doorkeeper
from lamplighter.identity.models import ApiKey, RegisteredClient
from lamplighter.identity.queries import callers, delegated
from lamplighter.kernel import Caller, Grant, Reach, new_id
from lamplighter.platform.access import Needs, UnauthorizedAccess, identify
from lamplighter.site.api import api
from tests.matrix.calling import Operation, red
from tests.matrix.cells import EVERYBODY, By, Kind, Outcome, Proof, Relation, outcome, shows
from tests.matrix.test_matrix import GUARDED, Cell, ended_cells, stale_cells
from tests.matrix.world import World

pytestmark = pytest.mark.django_db(databases=["default", "history"])
EVERYTHING = Grant(reach=Reach.ALL)
ids = pytest.mark.parametrize("operation", GUARDED, ids=str)


class Mutant(Needs):
    """A check that is not what it should be."""

    owner: Any = None
    """Whose things the cells are about that are another's."""

    def __call__(self, request: HttpRequest) -> Caller:
        known = replace(self.known(request), asked=self.action)
        request.caller = known  # type: ignore[attr-defined]
        return known

    def known(self, request: HttpRequest) -> Caller:
        return super().__call__(request)

    def reaching_all(self, known: Caller) -> Caller:
        return replace(known, grants=dict(known.grants) | {self.action: EVERYTHING})


class AskingNobody(Mutant):
    """The check of who it is, taken away."""

    def known(self, request: HttpRequest) -> Caller:
        try:
            return super().known(request)
        except UnauthorizedAccess as no:
            if no.status != 401:
                raise
        return Caller(actor="nobody", grants={self.action: EVERYTHING})


class AllowingAnything(Mutant):
    """The check of what they may do, taken away: whoever is known may, as far as they reach."""

    def known(self, request: HttpRequest) -> Caller:
        known = identify(request)
        grant = known.grants.get(self.action, EVERYTHING)
        return replace(known, grants=dict(known.grants) | {self.action: grant})


class ReachingEverything(Mutant):
    """The check of whose things it is, taken away: who may do it may do it to all."""

    def known(self, request: HttpRequest) -> Caller:
        return self.reaching_all(super().known(request))


class LookingForAnother(Mutant):
    """The same of what is found by the caller's own id: it is found by the owner's."""

    def known(self, request: HttpRequest) -> Caller:
        return replace(super().known(request), user_id=self.owner)


class TakingAnAppForSomebody(Mutant):
    """The check that it is a person, in a session of their own, taken away."""

    def known(self, request: HttpRequest) -> Caller:
        known = identify(request)
        facts = {"user_id": known.user_id or self.owner, "session_id": new_id(), "client_id": ""}
        return self.reaching_all(replace(known, proven_at=timezone.now(), **facts))  # type: ignore[arg-type]


class InNoHurry(Mutant):
    """The check of how long ago they have proven who they are, taken away."""

    def known(self, request: HttpRequest) -> Caller:
        return Needs(self.action)(request)


@pytest.fixture
def mutate(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Operation, type[Mutant]], None]:
    """Put another check in the place of an operation's own."""

    def put(operation: Operation, mutant: type[Mutant]) -> None:
        for path, one in api.operations():
            if f"/api{path}" == operation.path and operation.method in one.methods:
                (needs,) = one.auth_callbacks
                check = mutant(operation.rule.action)
                check.owner = world.owner
                if isinstance(needs, Needs):
                    monkeypatch.setattr(one, "auth_callbacks", [check])
                    return
        pytest.skip("it is open to all, and looks itself")

    return put


def notices(world: World, cells: Iterable[Cell]) -> None:
    """One of these cells is red."""
    some = list(cells)
    if not some:
        pytest.skip("there is no such cell")
    assert any(red(world, *cell) for cell in some)


def cells_with(operation: Operation, *wanted: Outcome) -> Iterator[Cell]:
    for who in EVERYBODY:
        for relation in operation.relations:
            is_somewhere = relation not in (Relation.MISSING, Relation.MALFORMED)
            if is_somewhere and operation.wanted(who, relation) in wanted:
                yield operation, who, relation, Proof.FRESH


@ids
def test_an_operation_that_asks_nobody_who_they_are(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, AskingNobody)
    notices(world, cells_with(operation, Outcome.STRANGER))


@ids
def test_an_operation_that_lets_in_whoever_is_known(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, AllowingAnything)
    anyone = replace(operation.rule, action="", fresh=False)
    notices(
        world,
        (
            cell
            for cell in cells_with(operation, Outcome.FORBIDDEN)
            if may_at_all(cell, in_person=anyone.in_person, of_people=anyone.of_people)
        ),
    )


def may_at_all(cell: Cell, *, in_person: bool, of_people: bool) -> bool:
    """Whether nothing but what they may do stands in their way."""
    operation, who, _, _ = cell
    if operation.call.rule is not None or who.reach(operation.rule.action) is not None:
        return False
    if operation.rule.kind is Kind.PERSON or operation.rule.action.startswith("me."):
        return who.is_person and not in_person and not operation.rule.fresh
    return not (in_person and who.by is not By.SESSION) and (who.is_person or not of_people)


@ids
def test_an_operation_that_does_not_look_whose_things_they_are(
    world: World, operation: Operation, mutate: Any
) -> None:
    listed = operation.call.lists
    is_persons = Kind.PERSON in (operation.rule.kind, listed)
    mutate(operation, LookingForAnother if is_persons else ReachingEverything)
    if listed is None:
        notices(world, cells_with(operation, Outcome.NOT_THERE))
        return
    hidden = (
        cell
        for cell in cells_with(operation, Outcome.DONE)
        if not callable(listed) and not shows(cell[1], operation.rule, listed)
    )
    notices(world, hidden)


@pytest.mark.parametrize(
    "operation",
    [one for one in GUARDED if one.rule.in_person or one.rule.of_people],
    ids=str,
)
def test_an_operation_that_takes_a_program_for_a_person(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, TakingAnAppForSomebody)
    programs = (
        cell
        for cell in cells_with(operation, Outcome.FORBIDDEN)
        if cell[1].by is By.CLIENT and cell[1].reach(operation.rule.action)
    )
    notices(world, programs)


@pytest.mark.parametrize("operation", [one for one in GUARDED if one.rule.fresh], ids=str)
def test_an_operation_that_does_not_want_a_fresh_proof(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, InNoHurry)
    notices(world, stale_cells(operation))


@ids
def test_a_client_whose_scopes_do_not_count(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delegated, "_only", lambda _, grants: dict(grants))
    notices(
        world,
        (
            (operation, who, relation, Proof.FRESH)
            for operation, who, relation, _ in cells_with(operation, Outcome.FORBIDDEN)
            if who.by is By.CLIENT
            and operation.call.rule is None
            and outcome(replace(who, scopes=None), operation.rule, relation) is Outcome.DONE
        ),
    )


@pytest.mark.parametrize(
    "operation", [one for one in GUARDED if one.rule.action == "readings.record"], ids=str
)
def test_a_key_that_is_for_any_meter(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = doorkeeper.caller_of_key

    def wider(key: str, **how: Any) -> Caller | None:
        known = kept(key, **how)
        grants = dict.fromkeys(known.grants, EVERYTHING) if known else {}
        return known and replace(known, grants=grants)

    monkeypatch.setattr(doorkeeper, "caller_of_key", wider)
    keys = (cell for cell in cells_with(operation, Outcome.NOT_THERE) if cell[1].by is By.KEY)
    notices(world, keys)


@ids
def test_what_is_over_and_still_lets_in(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting = callers._LIVE.replace("AND live.ended_at IS NULL", "")
    assert lasting != callers._LIVE
    monkeypatch.setattr(callers, "_LIVE", lasting)
    monkeypatch.setattr(
        delegated, "live_client", lambda key: RegisteredClient.objects.filter(id=key).first()
    )
    monkeypatch.setattr(doorkeeper, "caller_of_key", _whatever_became_of_it)
    assert all(red(world, *cell) for cell in ended_cells(operation))


def _whatever_became_of_it(key: str, **_: Any) -> Caller:
    kept = ApiKey.objects.get(hash=delegated.hash_of(key))
    grant = Grant(reach=Reach.ALL, subject=kept.subject)
    return Caller(actor=f"key:{kept.id}", grants=dict.fromkeys(kept.actions, grant))
