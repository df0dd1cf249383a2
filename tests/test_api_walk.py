"""The pages on the API can be followed literally: all that they tell to type is typed, in order."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_docs import FENCE, ROOT, pattern_of, plain

PATIENCE_S = 120
MARK = "@@@ the next block"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def script_of(page: str) -> tuple[str, list[list[tuple[str, str]]]]:
    """All that a page tells to type, and after each block what it shows of the answer."""
    typed, shown = [], []
    for language, block in FENCE.findall(page):
        if language == "sh":
            typed.append(block)
            shown.append([])
        elif language in ("json", "text"):
            shown[-1].append((language, block))
    return f"echo '{MARK}'\n".join(typed), shown


def follow(script: str, folder: Path) -> list[str]:
    """Type it all into one bash, where no server is running yet; what came, block by block."""
    env = {name: value for name, value in os.environ.items() if "LAMPLIGHTER" not in name}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    port = str(free_port())
    bash = subprocess.Popen(
        ["/bin/bash", "-c", f"set -euo pipefail\n{script.replace('8000', port)}"],
        cwd=folder, env=env | {"LAMPLIGHTER_PORT": port}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        told, wrong = bash.communicate(timeout=PATIENCE_S)
    finally:
        # The server goes on if the page was not followed to its end.
        os.killpg(bash.pid, signal.SIGTERM) if bash.returncode else bash.wait()
    assert bash.returncode == 0, f"{told[-2000:]}\n{wrong}"
    return told.split(f"{MARK}\n")


def is_like(shown: Any, told: Any) -> bool:
    """Whether something is as shown, where … stands for anything, and `"…": "…"` for more."""
    if isinstance(shown, str):
        return shown == "…" or (
            isinstance(told, str) and re.fullmatch(pattern_of(shown), told) is not None
        )
    if isinstance(shown, dict) and isinstance(told, dict):
        names = set(shown) - {"…"}
        return (names == set(told) or ("…" in shown and names <= set(told))) and all(
            is_like(shown[name], told[name]) for name in names
        )
    if isinstance(shown, list) and isinstance(told, list):
        return len(shown) == len(told) and all(map(is_like, shown, told))
    return bool(shown == told)


def test_the_walk_through_the_api_shows_what_a_newcomer_sees(tmp_path: Path) -> None:
    script, shown = script_of((ROOT / "docs" / "api.md").read_text())
    came = follow(script, tmp_path)
    for told, block in zip(came, shown, strict=True):
        for language, text in block:
            if language == "json":
                assert is_like(json.loads(text), json.loads(told)), (text, told)
            else:
                assert re.fullmatch(pattern_of(text), plain(told), re.DOTALL), (text, told)
