"""Other processes on the database of the test, to race with and to be killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from typing import Any

import django
from django.apps import apps
from django.db import connection

if not apps.ready:
    django.setup()

CONTEXT = multiprocessing.get_context("forkserver")
# The fork server has Django ready when it forks, so that a process costs milliseconds.
CONTEXT.set_forkserver_preload([__name__, "pytest"])


def race(function: Callable[[int], Any], *, runners: int) -> list[Any]:
    """Call a function of a module in several processes at the same time, with 0, 1, 2…"""
    ready = CONTEXT.Barrier(runners)
    with ProcessPoolExecutor(
        runners, CONTEXT, initializer=_start, initargs=(database_name(), ready)
    ) as pool:
        return list(pool.map(function, range(runners)))


def killed_at(statement: int, *, after: bool, function: Callable[..., object], args: Any) -> bool:
    """
    Call a function in a process that kills itself, by SIGKILL, right before or after a statement.

    :param statement: counts from 1
    :returns: whether it came to that: a function of fewer statements goes through
    """
    process = CONTEXT.Process(
        target=_run_and_die, args=(database_name(), statement, after, function, args)
    )
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def start(function: Callable[[], object]) -> BaseProcess:
    """Call a function of a module in another process."""
    process = CONTEXT.Process(target=_run, args=(database_name(), function))
    process.start()
    return process


def database_name() -> str:
    return str(connection.settings_dict["NAME"])


def _start(database: str, ready: Any) -> None:
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    ready.wait()


def _run(database: str, function: Callable[[], object]) -> None:
    connection.settings_dict["NAME"] = database
    function()


def _run_and_die(
    database: str, statement: int, after: bool, function: Callable[..., object], args: Any
) -> None:
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    left = statement

    def count(execute: Callable[..., Any], *call: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(*call)
        if left == 0 and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(count):
        function(*args)
