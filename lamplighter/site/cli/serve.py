import os
import secrets
import socket
import subprocess
import sys
import threading
import urllib.request
from typing import Final

import click

from lamplighter.kernel import Refusal
from lamplighter.site.cli import with_django
from lamplighter.site.environment import Environment

THREADS: Final = 4
"""Requests that a process works on at a time: most of the time they wait for the database."""
BACKLOG: Final = 512
RESTART_PAUSE_S: Final = 3.0


class PortTaken(Refusal):
    """Somebody else listens there already."""


class TablesMissing(Refusal):
    """The database has no tables yet, or those of another version."""


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), help="Else LAMPLIGHTER_PORT.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def command(*, port: int | None, workers: int) -> None:
    """
    Serve pages and the API, and deliver events beside.

    On SIGTERM or Ctrl-C it ends after what it is busy with. It listens on this machine only, unless
    LAMPLIGHTER_BIND says otherwise.
    """
    serve(port=port or Environment.read().port, workers=workers)


def serve(*, port: int, workers: int = 2) -> None:
    """
    Serve until told to stop.

    :param workers: processes that answer; one more delivers events
    :raises PortTaken: if the port is another's
    :raises TablesMissing: if the database is not made
    """
    environment = Environment.read()
    # Without a key of the installation's own all processes share one, which ends with them.
    os.environ.setdefault("LAMPLIGHTER_SECRET_KEY", secrets.token_urlsafe(50))
    os.environ.setdefault("LAMPLIGHTER_PROCESSES", str(workers))
    with_django()
    _check_tables()
    _check_port(environment.bind, port)
    stopping = threading.Event()
    beside = [
        threading.Thread(target=_deliver, args=(stopping,)),
        threading.Thread(target=_say_when_ready, args=(environment.bind, port, stopping)),
    ]
    for thread in beside:
        thread.start()
    try:
        _answer(environment.bind, port, workers)
    finally:
        stopping.set()
        for thread in beside:
            thread.join()


def _answer(bind: str, port: int, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "lamplighter.site.wsgi:application",
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    ).serve()


def _check_tables() -> None:
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        made = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        made = False
    finally:
        connection.close()
    if not made:
        raise TablesMissing(remedy="Run: lamplighter migrate")


def _check_port(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise PortTaken(
                f"{bind} port {port} cannot be listened on: {error.strerror}.",
                remedy="Stop what listens there, or choose another: lamplighter serve --port …",
            ) from None


def _deliver(stopping: threading.Event) -> None:
    """Keep a worker running beside the server: one that ends is started again."""
    while not stopping.is_set():
        worker = subprocess.Popen([sys.executable, "-m", "lamplighter", "worker"])
        while worker.poll() is None and not stopping.wait(0.5):
            pass
        if worker.poll() is None:
            worker.terminate()
            worker.wait()
        else:
            stopping.wait(RESTART_PAUSE_S)


def _say_when_ready(bind: str, port: int, stopping: threading.Event) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 - read, not bound
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    while not stopping.wait(0.1):
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):  # noqa: S310 - ours
                break
        except OSError:
            continue
    if not stopping.is_set():
        click.echo(f"Lamplighter answers at {address}")
