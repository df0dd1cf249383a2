"""Every way in to what takes two people waits for the second one."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from lamplighter.identity.domain.permissions import FOUR_EYES
from lamplighter.platform.access import Needs
from lamplighter.platform.approvals import REGISTERED
from lamplighter.site.api import api


def views(resolver: URLResolver) -> Iterator[Any]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern)
        else:
            assert isinstance(pattern, URLPattern)
            yield pattern.callback


def test_each_operation_that_needs_such_an_action_proposes() -> None:
    found = 0
    for path, operation in api.operations():
        needed = {auth.action for auth in operation.auth_callbacks if isinstance(auth, Needs)}
        if needed & FOUR_EYES and operation.methods != ["GET"]:
            found += 1
            alone = getattr(operation.view_func, "goes_alone", "")
            waits = REGISTERED.get(getattr(operation.view_func, "proposes", ""))
            assert alone or (waits and waits.action in needed), path
    assert found


def test_no_page_is_for_such_an_action() -> None:
    """A page that was would need a way to propose; there is none yet."""
    assert not [v for v in views(get_resolver()) if getattr(v, "needs", None) in FOUR_EYES]


def test_all_that_is_registered_takes_two() -> None:
    ours = {name: one for name, one in REGISTERED.items() if not name.startswith("tests.")}
    assert ours
    assert {one.action for one in ours.values()} <= set(FOUR_EYES)
