from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from lamplighter.platform import tasks
from lamplighter.platform.models import PeriodicTask
from lamplighter.platform.tests.lamps import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Lamps:
    """Counts how often they were trimmed."""

    def __init__(self) -> None:
        self.left, self.runs, self.broken = 0, 0, False

    def trim(self, *, at: datetime) -> bool:  # noqa: ARG002 - as tasks are called
        self.runs += 1
        if self.broken:
            raise RuntimeError("no wick\0")
        self.left -= 1
        return self.left > 0


@pytest.fixture
def lamps() -> Iterator[Lamps]:
    before = dict(tasks.TASKS)
    tasks.TASKS.clear()
    found = Lamps()
    tasks.TASKS["lamps.trim"] = tasks.Task("lamps.trim", HOUR, found.trim)
    yield found
    tasks.TASKS.clear()
    tasks.TASKS.update(before)


def test_a_task_is_done_every_so_often(lamps: Lamps) -> None:
    assert tasks.run_next(at=NOON) == "lamps.trim"
    assert tasks.run_next(at=NOON + HOUR - timedelta(seconds=1)) is None
    assert tasks.run_next(at=NOON + HOUR) == "lamps.trim"


def test_a_task_with_more_to_do_is_called_again_at_once(lamps: Lamps) -> None:
    lamps.left = 3
    assert tasks.run_due(at=NOON) == 3
    assert tasks.run_due(at=NOON) == 0


def test_a_task_that_fails_is_tried_again_later_and_later(lamps: Lamps) -> None:
    lamps.broken, at = True, NOON
    for failures, delay_s in enumerate((10, 20, 40), start=1):
        assert tasks.run_next(at=at) == "lamps.trim"
        row = PeriodicTask.objects.get()
        assert (row.failures, row.due_at) == (failures, at + timedelta(seconds=delay_s))
        assert row.error == "RuntimeError: no wick\\0"
        at = row.due_at
    lamps.broken = False
    tasks.run_next(at=at)
    row.refresh_from_db()
    assert (row.failures, row.error, row.done_at) == (0, "", at)


def test_of_two_workers_one_does_it(lamps: Lamps) -> None:
    claimed = tasks.claim(NOON)
    assert claimed is not None
    assert tasks.run_next(at=NOON) is None
    assert tasks.run_next(at=NOON + tasks.LEASE) == "lamps.trim"


def test_each_task_of_ours_is_registered_once() -> None:
    assert {"identity.make_exports", "platform.sweep_what_is_old"} <= tasks.TASKS.keys()
