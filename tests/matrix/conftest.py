"""The world of the matrix: the same for all cells of a process, and nothing of it stays."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.matrix.world import World, build, quickly


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic(), quickly():  # type: ignore[attr-defined]
        yield build()
        transaction.set_rollback(True)
