"""A utility that is served, for clients to ask."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lamplighter.site.demo.people import account_number
from lamplighter.site.demo.staff import STAFF

PATIENCE_S = 30.0
TOKEN = f"""
from datetime import UTC, datetime
import django
django.setup()
from lamplighter.identity.actions.sessions import begin_session
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.models import Session, User
at = datetime.now(UTC)
user = User.objects.get_by_natural_key("{STAFF}").id
session = begin_session(
    user_id=user, kind=Session.Kind.API, device="example", network_address="", at=at
)
print(access_token(user_id=user, session_id=session, at=at))
"""


@dataclass(frozen=True)
class Served:
    """Where a utility answers, and by which token it lets somebody in."""

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
    run(environment, "-m", "lamplighter", "demo", "--accounts", "1", "--months", "6", "--no-serve")
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
        token = run(home, "-c", TOKEN).strip()
        yield Served(address, account_number(1), {**os.environ, "LAMPLIGHTER_TOKEN": token})
    finally:
        # Its processes outlive one that is killed, so it is asked to end.
        server.terminate()
        server.wait(timeout=PATIENCE_S)
        server.stdout.close()


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
