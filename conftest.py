"""What every test may use."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import django
import pytest

# Tests never touch the data of an installation: each run has a home of its own. It must be known
# before the settings are read, which is why pytest is not told of them but finds them ready.
os.environ["LAMPLIGHTER_HOME"] = tempfile.mkdtemp(prefix="lamplighter-test-")
os.environ["LAMPLIGHTER_REQUESTS_PER_MINUTE"] = "1000000"  # all tests come from one address
os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
django.setup()


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["LAMPLIGHTER_HOME"], ignore_errors=True)


SHARED = Path(__file__).parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real tariffs and meter files with expected results, where this machine has them."""
    if not SHARED.is_dir():
        pytest.skip("the real meter files and tariffs (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def guarded_tables_are_emptied_between_tests() -> Iterator[None]:
    """After a test that commits, Django empties all tables, which some of ours refuse."""
    from django.db import connections

    with pytest.MonkeyPatch.context() as patch:
        for connection in connections.all():
            patch.setattr(connection.ops, "sql_flush", partial(sql_flush, connection))
        yield


def sql_flush(connection: Any, *args: Any, **kwargs: Any) -> list[str]:
    """What Django would say, with all triggers out of the way."""
    from lamplighter.platform import append_only

    tables = append_only.append_only_tables(connection.alias)
    off = [s for t, _ in tables for s in append_only.unguards(connection.vendor, t)]
    on = [s for t, pk in tables for s in append_only.guards(connection.vendor, t, pk)]
    if connection.vendor == "sqlite":  # empties by DELETE, which other triggers may refuse too
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        off = [f"DROP TRIGGER {name}" for name, _ in triggers]
        on = [sql for _, sql in triggers]
    style, tables, *more = args
    # The installation's own secrets and organisations, which migrations made, are no test's.
    kept = {"platform_storedsecret", "identity_organisation"}
    tables = [table for table in tables if table not in kept]
    flush = type(connection.ops).sql_flush(connection.ops, style, tables, *more, **kwargs)
    return [*off, *flush, *on]


@pytest.fixture
def no_reactions() -> Iterator[None]:
    """Start without the reactions of the contexts, and leave no trace of those of the test."""
    from lamplighter.platform.outbox import REACTIONS

    before = dict(REACTIONS)
    REACTIONS.clear()
    yield
    REACTIONS.clear()
    REACTIONS.update(before)
