import gzip
import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def urdb_records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 2,407 real records of the shared data, one a line."""
    path = tmp_path_factory.mktemp("urdb") / "records.jsonl"
    with gzip.open(shared_data / "tariffs" / "golden.jsonl.gz", "rt") as lines:
        path.write_text("".join(json.dumps(json.loads(line)["urdb"]) + "\n" for line in lines))
    return path
