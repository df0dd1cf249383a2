"""What billing does by itself, now and then."""

from datetime import datetime
from typing import Final

import structlog

from lamplighter.billing import actions
from lamplighter.billing.queries.work import unfinished_runs
from lamplighter.platform.tasks import every

BY: Final = "worker"
STEPS_MAX: Final = 4
"""So that a worker comes back to what else there is to do."""

log = structlog.get_logger(__name__)


@every(seconds=5)
def go_on_with_runs(*, at: datetime) -> bool:
    """
    Do some steps of the bill runs that are not over, the one that was started first first. Any
    number of workers may do this at a time; each takes other accounts.
    """
    done = 0
    for run_id in unfinished_runs():
        while done < STEPS_MAX:
            step = actions.go_on(run_id=run_id, by=BY, at=at)
            if step is None:
                break
            done += 1
    if done:
        log.info("bill runs went on", steps=done)
    return done >= STEPS_MAX
