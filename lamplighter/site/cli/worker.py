import signal
import threading
from datetime import UTC, datetime

import click

from lamplighter.site.cli import with_django


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, and end.")
@click.option(
    "--pause", "pause_s", default=1.0, help="Seconds to wait when there is nothing to do."
)
def command(*, once: bool, pause_s: float) -> None:
    """
    Deliver events to those who react to them, until stopped.

    Beside that it does what is due every so often. Any number of workers may run. On SIGTERM or
    Ctrl-C one ends after what it is busy with.
    """
    with_django()
    from lamplighter.platform.deliveries import deliver_due
    from lamplighter.platform.tasks import run_due

    if once:
        for state, count in deliver_due(at=datetime.now(UTC)).items():
            click.echo(f"{count} {state}")
        if runs := run_due(at=datetime.now(UTC)):
            click.echo(f"{runs} runs of tasks")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work(stop, pause_s=pause_s)


def work(stop: threading.Event, *, pause_s: float) -> None:
    """
    Deliver, and do a run of a task between batches, until told to stop. A database that fails is
    waited for.
    """
    import structlog
    from django.db import Error, connection

    from lamplighter.platform.deliveries import deliver_next
    from lamplighter.platform.tasks import run_next

    log = structlog.get_logger(__name__)
    log.info("worker started")
    while not stop.is_set():
        try:
            delivered = deliver_next(at=datetime.now(UTC)) is not None
            ran = run_next(at=datetime.now(UTC)) is not None
            if not delivered and not ran:
                stop.wait(pause_s)
        except Error as error:
            log.error("the database failed", reason=str(error))
            connection.close()
            stop.wait(max(pause_s, 1.0))
    log.info("worker stopped")
