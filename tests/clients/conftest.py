"""A utility that is served, for clients to ask."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lamplighter.site.demo.people import account_number
from lamplighter.site.demo.staff import STAFF, password_in

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Served:
    """Where a utility answers, and the environment in which somebody asks it."""

    address: str
    account: str
    environment: dict[str, str]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an installation with one account, of which six months are billed."""
    folder = tmp_path_factory.mktemp("served")
    environment = {
        **os.environ,
        "LAMPLIGHTER_HOME": str(folder),
        "LAMPLIGHTER_DATABASE": "sqlite:///{home}/x.sqlite3",
    }
    done = subprocess.run(
        [
            sys.executable, "-m", "lamplighter",
            "demo", "--accounts", "1", "--months", "6", "--no-serve",
        ],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return environment


@pytest.fixture(scope="session")
def served(home: dict[str, str]) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "lamplighter", "serve", "--port", str(port), "--workers", "1"],
        env=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stdout
    try:
        address = f"http://127.0.0.1:{port}"
        assert server.stdout.readline() == f"Lamplighter answers at {address}\n"
        who = {
            "LAMPLIGHTER_EMAIL": STAFF,
            "LAMPLIGHTER_PASSWORD": password_in(Path(home["LAMPLIGHTER_HOME"]) / "demo"),
        }
        yield Served(address, account_number(1), {**os.environ, **who})
    finally:
        # Its processes outlive one that is killed, so it is asked to end.
        server.terminate()
        server.wait(timeout=PATIENCE_S)
        server.stdout.close()
