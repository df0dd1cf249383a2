"""The Python client is made from the API as it is now, and its example is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import Served
from tests.clients.outcome import check
from tools import clients

EXAMPLE = clients.SOURCES / "python" / "example.py"


@pytest.fixture(scope="module")
def made() -> Path:
    return clients.make_python()


def test_the_example_in_python_does_what_it_says(
    made: Path, served: Served, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), served.address, served.account],
        cwd=tmp_path, env={**served.environment, "PYTHONPATH": str(made)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    check(done, tmp_path)


def test_the_example_in_python_is_typed_as_the_client_is(made: Path, tmp_path: Path) -> None:
    """So that a change of the API that the example does not meet by chance is found, too."""
    done = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--strict", "--config-file", "/dev/null",
            "--follow-imports", "silent", "--cache-dir", str(made.parent / ".mypy_cache"),
            str(EXAMPLE),
        ],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(made)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
