"""What holds when a bill run is killed, wherever that may be, and when several go on with it."""

import itertools
import random
import time
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from lamplighter.billing import actions
from lamplighter.billing.models import Bill, BillingException, BillRunPart
from lamplighter.billing.tests import village
from lamplighter.billing.tests.crashing import (
    MORNING,
    THROUGH,
    bill_january,
    bill_january_as_one_of_many,
    check_what_holds,
    documents,
    is_over,
    settle_and_read,
)
from lamplighter.platform.tests.processes import killed_at, race, start

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNTS = 24
Documents = dict[UUID, tuple[str, str, int]]


@pytest.fixture
def intervals(settings: Settings, tmp_path: Path) -> Path:
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    settle_and_read(tmp_path, count=ACCOUNTS)
    return tmp_path / "intervals"


@pytest.fixture
def undisturbed(intervals: Path) -> Documents:
    """What the run comes to when nothing happens, of which then nothing is left."""
    with transaction.atomic():
        bill_january(intervals)
        found = documents()
        transaction.set_rollback(True)
    assert not Bill.objects.exists()
    return found


def check_result(undisturbed: Documents) -> None:
    assert is_over()
    check_what_holds()
    assert documents() == undisturbed
    assert len(undisturbed) == ACCOUNTS - 1
    assert BillingException.objects.get().code == "NoMeter"


def test_killed_at_any_statement_a_run_loses_and_doubles_nothing(
    intervals: Path, undisturbed: Documents
) -> None:
    # Each process gets through some more steps than the one before, and dies at another place.
    for kill, statement in enumerate(itertools.count(1, 4)):
        after = kill % 2 == 0
        if not killed_at(statement, after=after, function=bill_january, args=(intervals,)):
            break
        check_what_holds()
    assert statement > 30
    finish(intervals)
    check_result(undisturbed)


def test_killed_at_any_time_a_run_loses_and_doubles_nothing(
    intervals: Path, undisturbed: Documents
) -> None:
    chance = random.Random(3)
    for _ in range(8):
        process = start(partial(bill_january, intervals))
        time.sleep(chance.uniform(0.1, 0.4))
        process.kill()
        process.join()
    finish(intervals)
    check_result(undisturbed)


def finish(intervals: Path) -> None:
    """Go on until the run is over. A database takes a moment to see that a client is dead."""
    until = time.monotonic() + 20
    while not is_over():
        bill_january(intervals)
        assert time.monotonic() < until


def test_two_processes_share_a_run(intervals: Path, undisturbed: Documents) -> None:
    shares = race(partial(bill_january_as_one_of_many, intervals=intervals), runners=2)
    assert sum(shares) == len(undisturbed)
    finish(intervals)
    check_result(undisturbed)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writes, and the others wait")
def test_a_process_that_hangs_in_its_step_does_not_keep_others_from_theirs(
    intervals: Path, undisturbed: Documents
) -> None:
    actions.open_runs(cycle_code=village.CYCLE, through=THROUGH, by="test", at=MORNING)
    with transaction.atomic():
        parts = BillRunPart.objects.select_for_update().filter(bucket__lt=8)
        assert len(parts) == 8
        process = start(partial(bill_january, intervals))
        process.join()
        assert process.exitcode == 0
        done = BillRunPart.objects.filter(done=True).values_list("bucket", flat=True)
        assert sorted(done) == list(range(8, 16))
        assert not is_over()
    finish(intervals)
    check_result(undisturbed)
