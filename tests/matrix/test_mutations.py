"""The matrix would notice: with any one permission check taken away, one of its cells is red."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
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
                is_proposed = operation.path.startswith("/api/approvals")
                check.owner = world.proposer if is_proposed else world.owner
                assert isinstance(needs, Needs)
                monkeypatch.setattr(one, "auth_callbacks", [check])
                return
        pytest.fail(f"there is no {operation}")

    return put


Cells = Callable[[Operation], Iterable[Cell]]


def cells_with(operation: Operation, wanted: Outcome) -> Iterator[Cell]:
    for who in EVERYBODY:
        for relation in operation.relations:
            is_somewhere = relation not in (Relation.MISSING, Relation.MALFORMED)
            if is_somewhere and operation.wanted(who, relation) is wanted:
                yield operation, who, relation, Proof.FRESH


def strangers(operation: Operation) -> Iterator[Cell]:
    return cells_with(operation, Outcome.STRANGER)


def who_may_not(operation: Operation) -> Iterator[Cell]:
    """Those in whose way nothing else stands."""
    rule = operation.rule
    is_about_them = rule.kind is Kind.PERSON or rule.action.startswith("me.")
    for cell in cells_with(operation, Outcome.FORBIDDEN):
        who = cell[1]
        is_let_in = who.by is By.SESSION or not (rule.in_person or (rule.fresh and is_about_them))
        is_somebody = who.is_person or not (rule.of_people or is_about_them)
        if who.reach(rule.action) is None and is_let_in and is_somebody:
            yield cell


def who_reaches_less(operation: Operation) -> Iterator[Cell]:
    """Those to whom the thing is not there, or who are not told of it in a list."""
    listed = operation.call.lists
    if listed is None:
        yield from cells_with(operation, Outcome.NOT_THERE)
    elif not callable(listed):
        for cell in cells_with(operation, Outcome.DONE):
            if not shows(cell[1], operation.rule, listed):
                yield cell


def programs(operation: Operation) -> Iterator[Cell]:
    """Those who may, but are nobody; or all, where whoever is somebody may."""
    is_everybodys = not any(True for _ in who_may_not(operation))
    for cell in cells_with(operation, Outcome.FORBIDDEN):
        if cell[1].by is By.CLIENT and (is_everybodys or cell[1].reach(operation.rule.action)):
            yield cell


def clients(operation: Operation) -> Iterator[Cell]:
    """Those who may not for want of a scope."""
    if operation.call.rule is not None:
        return
    for cell in cells_with(operation, Outcome.FORBIDDEN):
        _, who, relation, _ = cell
        unbound = outcome(replace(who, scopes=None), operation.rule, relation)
        if who.by is By.CLIENT and unbound is Outcome.DONE:
            yield cell


def keys(operation: Operation) -> Iterator[Cell]:
    """Those that are for another meter."""
    for cell in cells_with(operation, Outcome.NOT_THERE):
        if cell[1].by is By.KEY:
            yield cell


def where(cells: Cells) -> pytest.MarkDecorator:
    """For each operation that has such cells."""
    # One that anybody may call looks itself who asks.
    some = [one for one in GUARDED if not one.call.action and any(True for _ in cells(one))]
    assert some
    return pytest.mark.parametrize("operation", some, ids=str)


def is_noticed(world: World, cells: Iterable[Cell]) -> bool:
    return any(red(world, *cell) for cell in cells)


@where(strangers)
def test_an_operation_that_asks_nobody_who_they_are(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, AskingNobody)
    assert is_noticed(world, strangers(operation))


@where(who_may_not)
def test_an_operation_that_lets_in_whoever_is_known(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, AllowingAnything)
    assert is_noticed(world, who_may_not(operation))


@where(who_reaches_less)
def test_an_operation_that_does_not_look_whose_things_they_are(
    world: World, operation: Operation, mutate: Any
) -> None:
    is_persons = Kind.PERSON in (operation.rule.kind, operation.call.lists)
    mutate(operation, LookingForAnother if is_persons else ReachingEverything)
    assert is_noticed(world, who_reaches_less(operation))


@where(programs)
def test_an_operation_that_takes_a_program_for_a_person(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, TakingAnAppForSomebody)
    assert is_noticed(world, programs(operation))


@where(lambda operation: stale_cells(operation) if operation.rule.fresh else ())
def test_an_operation_that_does_not_want_a_fresh_proof(
    world: World, operation: Operation, mutate: Any
) -> None:
    mutate(operation, InNoHurry)
    assert is_noticed(world, stale_cells(operation))


@where(clients)
def test_a_client_whose_scopes_do_not_count(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delegated, "_only", lambda _, grants: dict(grants))
    assert is_noticed(world, clients(operation))


@where(keys)
def test_a_key_that_is_for_any_meter(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = doorkeeper.caller_of_key

    def wider(key: str, **how: Any) -> Caller | None:
        known = kept(key, **how)
        grants = dict.fromkeys(known.grants, EVERYTHING) if known else {}
        return known and replace(known, grants=grants)

    monkeypatch.setattr(doorkeeper, "caller_of_key", wider)
    assert is_noticed(world, keys(operation))


@where(ended_cells)
def test_what_is_over_and_still_lets_in(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = callers._LIVE  # noqa: SLF001 - to take a check out of it
    assert "AND live.ended_at IS NULL" in asked
    monkeypatch.setattr(callers, "_LIVE", asked.replace("AND live.ended_at IS NULL", ""))
    monkeypatch.setattr(
        delegated, "live_client", lambda key: RegisteredClient.objects.filter(id=key).first()
    )
    monkeypatch.setattr(doorkeeper, "caller_of_key", _whatever_became_of_it)
    assert all(red(world, *cell) for cell in ended_cells(operation))


def test_a_registration_that_gives_a_role_for_whoever_asks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (operation,) = (one for one in GUARDED if one.name == "register to work")

    def let_in(request: HttpRequest, action: str) -> Caller:
        return Caller(actor="nobody", grants={action: EVERYTHING}, asked=action)

    registering = import_module("lamplighter.identity.api.registering")
    monkeypatch.setattr(registering, "let_in", let_in)
    for wanted in (Outcome.STRANGER, Outcome.FORBIDDEN):
        assert all(red(world, *cell) for cell in cells_with(operation, wanted))


def _whatever_became_of_it(key: str, **_: Any) -> Caller:
    kept = ApiKey.objects.get(hash=delegated.hash_of(key))
    grant = Grant(reach=Reach.ALL, subject=kept.subject)
    return Caller(actor=f"key:{kept.id}", grants=dict.fromkeys(kept.actions, grant))
