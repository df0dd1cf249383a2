"""The check of the locks (`python -m tools.locks`, part of `make check`) finds what it is for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "clients" / "typescript").mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "clients" / "typescript" / name, tmp_path / "clients" / "typescript")
    return tmp_path


def check(project: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tools.locks"],
        cwd=project, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == ("hold all" in done.stdout)
    return done.stdout


def edit(file: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, file.read_text(), count=1)
    assert count == 1
    file.write_text(text)


def test_the_locks_hold_all_that_is_asked_for(project: Path) -> None:
    assert "hold all" in check(project)


def test_a_dependency_that_is_not_locked_is_named(project: Path) -> None:
    edit(project / "pyproject.toml", r'"click>=8.2"', '"click>=8.2", "never-locked>=1"')
    assert "run.txt: never-locked>=1 is not in it" in check(project)


def test_a_version_that_no_longer_suits_is_named(project: Path) -> None:
    edit(project / "pyproject.toml", r'"click>=8.2"', '"click>=999"')
    assert "run.txt: click>=999 is not in it" in check(project)


@pytest.mark.parametrize(
    "line", ["--index-url https://x", "--find-links /x", "a @ https://x/a.whl"]
)
def test_an_address_is_found(line: str, project: Path) -> None:
    edit(project / "requirements" / "bench.txt", r"\A", f"{line}\n")
    assert "bench.txt: says where packages come from" in check(project)


def test_a_missing_hash_is_found(project: Path) -> None:
    edit(project / "requirements" / "tools.txt", r"(?m)^uv==\S+ \\\n(    --hash=.*\n)+", "uv==1\n")
    assert "tools.txt: uv has no hash" in check(project)


@pytest.mark.parametrize(
    ("pattern", "replacement", "complaint"),
    [
        (r'"integrity": "[^"]+",\n', "", "has no hash"),
        (r'"integrity"', '"resolved": "https://x", "integrity"', "says where"),
        (r'"version": "5.9.3"', '"version": "5.9.2"', "typescript 5.9.3 is not in it"),
    ],
)
def test_the_lock_of_the_typescript_client_is_held_to_the_same(
    pattern: str, replacement: str, complaint: str, project: Path
) -> None:
    edit(project / "clients" / "typescript" / "package-lock.json", pattern, replacement)
    assert complaint in check(project)
