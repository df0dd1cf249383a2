from collections.abc import Iterator

import pytest

from lamplighter.identity.actions import tokens
from lamplighter.identity.tests.people import own_mailbox
from lamplighter.platform import stored_secrets

__all__ = ["keys_are_read_anew", "own_mailbox"]


@pytest.fixture
def keys_are_read_anew() -> Iterator[None]:
    """What a test does with keys is undone, and has to be forgotten too."""
    yield
    stored_secrets.secret.cache_clear()
    tokens._ring.cache_clear()  # noqa: SLF001 - there is no other way to forget
