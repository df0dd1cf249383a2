"""A list of 50 bills through the API, let in by a token, beside the same query in bare views."""

import io
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.figure import Figure, Timed, in_turn, measured

ACCOUNTS, MONTHS, REQUESTS, ROUNDS = 60, 3, 150, 5
WANTED_RATIO = 1.2


def make(folder: str) -> Timed:
    """A small demo, and somebody who may see its bills."""
    set_up(folder)
    from click.testing import CliRunner

    from bench import calling
    from lamplighter.site.cli import root

    asked = ["demo", "--accounts", str(ACCOUNTS), "--months", str(MONTHS), "--no-serve"]
    made = CliRunner().invoke(root, asked)
    assert made.exit_code == 0, made.output
    calling.hire()
    return Timed(0, None)


def ours(folder: str) -> Timed:
    """The milliseconds of CPU a request takes, all middleware and the log-in included."""
    set_up(folder)
    from bench import calling

    token = calling.token()
    return _timed("/api/bills?limit=50", HTTP_AUTHORIZATION=f"Bearer {token}")


def bare(folder: str, path: str) -> Timed:
    """The same of a view that does nothing but the query."""
    set_up(folder)
    from django.conf import settings

    settings.ROOT_URLCONF = "bench.bare_lists"
    settings.MIDDLEWARE = []
    return _timed(path)


def environment(folder: str) -> dict[str, str]:
    """Of an installation of its own, in which nobody asks too often."""
    return {
        "LAMPLIGHTER_HOME": folder,
        "LAMPLIGHTER_DATABASE": f"sqlite:///{folder}/bench.sqlite3",
        "LAMPLIGHTER_LOG_FORMAT": "json",
        "LAMPLIGHTER_REQUESTS_PER_MINUTE": "1000000",
        "DJANGO_SETTINGS_MODULE": "lamplighter.site.settings",
    }


def set_up(folder: str) -> None:
    os.environ.update(environment(folder))
    import django

    django.setup()


def _timed(path: str, **headers: str) -> Timed:
    from django.core.handlers.wsgi import WSGIHandler

    ask = partial(_asked, WSGIHandler(), path, headers)
    for _ in range(30):
        ask()
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(REQUESTS):
            ask()
        best = min(best, time.process_time() - begun)
    return Timed(best, 1000 * best / REQUESTS)


def _asked(handler: Callable[..., Any], path: str, headers: dict[str, str]) -> None:
    address, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        **headers,
    }
    told: list[str] = []
    answer = handler(environ, lambda status, _: told.append(status))
    body = b"".join(answer)
    answer.close()
    assert told == ["200 OK"], body[:500]
    assert body.count(b'"due_on"') == 50, body[:500]


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        measured(make, folder)
        mine, ninja, drf = in_turn(
            3,
            partial(measured, ours, folder),
            partial(measured, bare, folder, "/ninja/bills"),
            partial(measured, bare, folder, "/drf/bills"),
        )
    what, unit = "list 50 bills through the API", "us CPU a request"
    return [
        Figure(
            what=f"{what} (<= {WANTED_RATIO} x)",
            ours=1000 * mine.result,
            unit=unit,
            peer="bare Django Ninja",
            theirs=1000 * ninja.result,
            peak_mb=mine.peak_mb,
        ),
        Figure(
            what=f"{what} (below)",
            ours=1000 * mine.result,
            unit=unit,
            peer="bare Django REST framework",
            theirs=1000 * drf.result,
            peak_mb=drf.peak_mb,
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
