"""
Work that is done again and again: every so often, by one worker at a time.

    @every(hours=1)
    def sweep(*, at: datetime) -> bool: ...

The functions are in the contexts' `tasks` rooms. Each run is short, and says whether there is more
to do, for which it is called again at once. One that fails is tried again later, and stops nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from django.db import transaction

from lamplighter.platform.models import PeriodicTask

LEASE: Final = timedelta(minutes=10)
"""How long after its beginning a run that is not heard of again is done by another worker."""
DELAY: Final = timedelta(seconds=10)
DELAY_MAX: Final = timedelta(hours=1)
ERROR_LENGTH_MAX: Final = 2000

log = structlog.get_logger(__name__)


class Act(Protocol):
    """What a task looks like. It tells whether there is more to do."""

    def __call__(self, *, at: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A function and how often it is called."""

    name: str
    """`context.function`."""
    period: timedelta
    act: Act


TASKS: Final[dict[str, Task]] = {}
"""Every task by its name. Filled when the `tasks` rooms are imported, at start-up."""


def every(*, hours: float = 0, seconds: float = 0) -> Callable[[Act], Act]:
    """Register a function of a `tasks` room."""

    def register(act: Any) -> Act:
        name = f"{act.__module__.split('.')[1]}.{act.__name__}"
        if name in TASKS:
            msg = f"there are two tasks called {name}"
            raise ValueError(msg)
        TASKS[name] = Task(name, timedelta(hours=hours, seconds=seconds), act)
        checked: Act = act
        return checked

    return register


def run_due(*, at: datetime) -> int:
    """Do all that is due at this time, to its end. Tells how many runs it took."""
    count = 0
    while run_next(at=at) is not None:
        count += 1
    return count


def run_next(*, at: datetime) -> str | None:
    """Do one run of a task that is due; its name, or nothing if none is."""
    claimed = claim(at)
    if claimed is None:
        return None
    task, failures, until = claimed
    mine = PeriodicTask.objects.filter(name=task.name, due_at=until)
    try:
        more = task.act(at=at)
    except Exception as error:  # whatever it was, it is tried again
        log.warning("task failed", task=task.name, failures=failures + 1, exc_info=error)
        text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX].replace("\0", "\\0")
        delay = min(DELAY * 2 ** min(failures, 20), DELAY_MAX)
        mine.update(due_at=at + delay, failures=failures + 1, error=text)
    else:
        mine.update(due_at=at if more else at + task.period, failures=0, error="", done_at=at)
    return task.name


@transaction.atomic
def claim(at: datetime) -> tuple[Task, int, datetime] | None:
    """Take the task that has been due for longest, and that nobody is busy with."""
    _note_new(at)
    row = (
        PeriodicTask.objects.select_for_update(skip_locked=True)
        .filter(name__in=TASKS, due_at__lte=at)
        .order_by("due_at", "name")
        .first()
    )
    if row is None:
        return None
    until = at + LEASE
    PeriodicTask.objects.filter(name=row.name).update(due_at=until)
    return TASKS[row.name], row.failures, until


def _note_new(at: datetime) -> None:
    missing = TASKS.keys() - set(PeriodicTask.objects.values_list("name", flat=True))
    if missing:
        fresh = [PeriodicTask(name=name, due_at=at) for name in sorted(missing)]
        PeriodicTask.objects.bulk_create(fresh, ignore_conflicts=True)
