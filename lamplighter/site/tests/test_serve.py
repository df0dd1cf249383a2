"""The server, as somebody starts and stops it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

PATIENCE_S = 30.0


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LAMPLIGHTER_HOME": str(home),
        "LAMPLIGHTER_DATABASE": "sqlite:///{home}/x.sqlite3",
        "LAMPLIGHTER_ADMIN_PASSWORD": "a lamp in the window",
    }


def run(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lamplighter", *arguments],
        env=environment(home), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    assert run(folder, "migrate").returncode == 0
    return folder


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(home: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    server = subprocess.Popen(
        [sys.executable, "-m", "lamplighter", "serve", "--port", str(port), "--workers", "1"],
        env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    yield server
    # Its processes outlive one that is killed, so it is asked to end.
    server.terminate()
    server.wait(timeout=PATIENCE_S)
    assert server.stdout
    server.stdout.close()


def test_it_says_where_it_answers_once_it_does_and_ends_when_told(
    served: "subprocess.Popen[str]", port: int
) -> None:
    assert served.stdout
    assert served.stdout.readline() == f"Lamplighter answers at http://127.0.0.1:{port}\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
        assert json.load(answer) == {"status": "ready"}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/login") as answer:
        style = re.search(r'href="(/static/site[^"]+)"', answer.read().decode())
    assert style
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{style[1]}") as answer:
        assert answer.status == 200
    children = psutil.Process(served.pid).children(recursive=True)
    assert len(workers(served)) == 1
    served.send_signal(signal.SIGTERM)
    assert served.wait(timeout=PATIENCE_S) == 0
    assert not [child for child in children if child.is_running()]


def test_a_worker_that_dies_is_started_again(served: "subprocess.Popen[str]") -> None:
    assert served.stdout
    served.stdout.readline()
    (first,) = workers(served)
    first.kill()
    deadline = time.monotonic() + PATIENCE_S
    while not (now := [one for one in workers(served) if one.pid != first.pid]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(now) == 1


def workers(server: "subprocess.Popen[str]") -> list[psutil.Process]:
    children = psutil.Process(server.pid).children(recursive=True)
    return [child for child in children if command_of(child)[-1:] == ["worker"]]


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # it has just ended
        return []


def test_a_port_that_is_taken_is_refused_by_name(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(home, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.startswith("PortTaken ")
    assert "choose another" in done.stderr


def test_a_database_without_tables_is_refused_by_name(tmp_path: Path, port: int) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = run(folder, "serve", "--port", str(port))
        assert done.returncode == 1
        assert "TablesMissing " in done.stderr
        assert "Run: lamplighter migrate" in done.stderr


def test_staff_are_added_on_the_command_line(home: Path) -> None:
    done = run(home, "createadmin", "--email", "mary@x.example")
    assert (done.returncode, done.stdout) == (0, "mary@x.example may log in.\n")
    again = run(home, "createadmin", "--email", "Mary@x.example")
    assert again.stderr.startswith("UserAlreadyKnown ")
