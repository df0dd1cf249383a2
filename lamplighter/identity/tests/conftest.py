import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from lamplighter.identity.actions import tokens
from lamplighter.platform import stored_secrets


@pytest.fixture(autouse=True)
def empty_mailbox() -> Iterator[None]:
    yield
    shutil.rmtree(settings.LAMPLIGHTER_HOME / "mailbox", ignore_errors=True)


@pytest.fixture
def keys_are_read_anew() -> Iterator[None]:
    """What a test does with keys is undone, and has to be forgotten too."""
    yield
    stored_secrets.secret.cache_clear()
    tokens._ring.cache_clear()  # noqa: SLF001 - there is no other way to forget
