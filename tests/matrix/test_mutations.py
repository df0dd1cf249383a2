"""The matrix would notice: with any one permission check taken away, one of its cells is red."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from django.db import transaction
from django.http import HttpRequest

from lamplighter.kernel import Caller, Grant, Reach
from lamplighter.platform.access import Needs, UnauthorizedAccess, identify
from lamplighter.site.api import api
from tests.matrix.calling import Operation, operations
from tests.matrix.cells import NOBODY, PEOPLE, Kind, Outcome, Relation, Somebody, outcome
from tests.matrix.operations import CALLS
from tests.matrix.test_matrix import red, relations
from tests.matrix.world import World, build

pytestmark = pytest.mark.django_db
GUARDED = [one for one in operations() if one.action]
EVERYTHING = Grant(reach=Reach.ALL)


class AskingNobody(Needs):
    """The check of who it is, taken away."""

    def __call__(self, request: HttpRequest) -> Caller:
        try:
            return super().__call__(request)
        except UnauthorizedAccess as no:
            if no.status != 401:
                raise
        known = Caller(actor="nobody", grants={self.action: EVERYTHING}, asked=self.action)
        request.caller = known  # type: ignore[attr-defined]
        return known


class AllowingAnything(Needs):
    """The check of what they may do, taken away: whoever is known may, as far as they reach."""

    def __call__(self, request: HttpRequest) -> Caller:
        known = identify(request)
        grants: Mapping[str, Grant] = {self.action: EVERYTHING} | dict(known.grants)
        known = replace(known, grants=grants, asked=self.action)
        request.caller = known  # type: ignore[attr-defined]
        return known


class ReachingEverything(Needs):
    """The check of whose things it is, taken away: who may do it may do it to all."""

    def __call__(self, request: HttpRequest) -> Caller:
        known = super().__call__(request)
        known = replace(known, grants=dict(known.grants) | {self.action: EVERYTHING})
        request.caller = known  # type: ignore[attr-defined]
        return known


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield build(PEOPLE)
        transaction.set_rollback(True)


def mutate(patch: pytest.MonkeyPatch, operation: Operation, mutant: type[Needs]) -> None:
    """Put another check in the place of the operation's own."""
    for path, one in api.operations():
        if f"/api{path}" == operation.path and operation.method in one.methods:
            (needs,) = one.auth_callbacks
            assert isinstance(needs, Needs)
            patch.setattr(one, "auth_callbacks", [mutant(needs.action, fresh=needs.fresh)])
            return
    pytest.fail(f"there is no {operation}")


def noticed(
    world: World, operation: Operation, cells: Iterator[tuple[Somebody, Relation]]
) -> bool | None:
    """Whether one of these cells is red; None: there is none to look at."""
    some = list(cells)
    return any(red(world, operation, *cell) for cell in some) if some else None


def cells_with(operation: Operation, wanted: Outcome) -> Iterator[tuple[Somebody, Relation]]:
    kind = CALLS[operation.name].kind
    for who in (NOBODY, *PEOPLE):
        for relation in relations(operation):
            if relation in (Relation.MISSING, Relation.MALFORMED):
                continue
            if outcome(who, operation.action, kind, relation) is wanted:
                yield who, relation


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: f"{one.method} {one.path}")
def test_an_operation_that_asks_nobody_who_they_are(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch, operation, AskingNobody)
    assert noticed(world, operation, cells_with(operation, Outcome.STRANGER))


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: f"{one.method} {one.path}")
def test_an_operation_that_lets_in_whoever_is_known(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch, operation, AllowingAnything)
    # What everybody may do who has logged in has no cell that forbids it.
    assert noticed(world, operation, cells_with(operation, Outcome.FORBIDDEN)) is not False


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: f"{one.method} {one.path}")
def test_an_operation_that_does_not_look_whose_things_they_are(
    world: World, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    if CALLS[operation.name].kind is Kind.PERSON:
        # These are looked up by their owner, whatever the caller reaches: no check to take away.
        return
    mutate(monkeypatch, operation, ReachingEverything)
    assert noticed(world, operation, cells_with(operation, Outcome.NOT_THERE)) is not False
