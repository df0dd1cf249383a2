"""What every test may use."""

import os
import tempfile
from pathlib import Path

import pytest

# Tests never touch the data of an installation: each run has a home of its own.
os.environ["LAMPLIGHTER_HOME"] = tempfile.mkdtemp(prefix="lamplighter-test-")

SHARED = Path(__file__).parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real tariffs and meter files with expected results, where this machine has them."""
    if not SHARED.is_dir():
        pytest.skip("the real meter files and tariffs (../shared/data) are not on this machine")
    return SHARED
