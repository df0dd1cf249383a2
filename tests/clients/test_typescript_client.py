"""The TypeScript client is made from the API as it is now, compiled, and its example is run."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Served
from tests.clients.outcome import check
from tools import clients


@pytest.fixture(scope="module")
def made() -> Path:
    """What is not on this machine is there in CI, which makes it before the tests."""
    try:
        return clients.make_typescript()
    except (clients.NodeMissingError, clients.PackagesUnreachableError) as missing:
        pytest.skip(str(missing))


def node(arguments: list[str], folder: Path, environment: dict[str, str]) -> "Done":
    return subprocess.run(
        [str(clients.find_node() / "node"), *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


Done = subprocess.CompletedProcess[str]


def test_the_example_in_typescript_does_what_it_says(
    made: Path, served: Served, tmp_path: Path
) -> None:
    example = str(made / "dist" / "example.js")
    done = node([example, served.address, served.account], tmp_path, served.environment)
    check(done, tmp_path)


def test_tokens_are_renewed_and_problems_are_thrown(made: Path) -> None:
    done = node(["--test", "dist/test/client.test.js"], made, dict(os.environ))
    assert done.returncode == 0, done.stdout
    assert "# pass 8" in done.stdout
