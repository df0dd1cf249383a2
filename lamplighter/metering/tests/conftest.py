import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lamplighter.metering.queries.files import SeriesSummary, inspect


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write what a test says into a file of this name."""

    def write(content: str | bytes, name: str = "file.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def inspected(written: Callable[..., Path]) -> Callable[..., list[SeriesSummary]]:
    """Look into what a test says."""

    def look(content: str | bytes, name: str = "file.txt", **how: str) -> list[SeriesSummary]:
        return inspect(written(content, name), **how)  # type: ignore[arg-type]

    return look


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """Write files into an archive."""

    def write(members: dict[str, bytes], name: str = "archive.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        return path

    return write
