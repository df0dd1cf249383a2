from collections.abc import Iterator

import pytest

from lamplighter.platform import outbox


@pytest.fixture
def no_reactions() -> Iterator[None]:
    """Start without those of the contexts, and leave no trace of those of the test."""
    before = dict(outbox.REACTIONS)
    outbox.REACTIONS.clear()
    yield
    outbox.REACTIONS.clear()
    outbox.REACTIONS.update(before)
