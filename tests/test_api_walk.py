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
STOP = "kill $SERVER\nwait $SERVER\n"
BROWSER = f'CODE=$("{sys.executable}" "{ROOT}/tests/browser.py" "$ADDRESS" "$STATE")\n'
"""Mary, who opens an address in a browser, logs in, and lets the app do what it asks for."""

Shown = tuple[str, str]
Step = tuple[str, list[Shown]]
"""What is typed, and what the page shows of the answer: as `json` or `text`."""


def steps_of(page: str) -> list[Step]:
    steps: list[Step] = []
    for language, block in FENCE.findall((ROOT / "docs" / page).read_text()):
        if language == "sh":
            steps.append((block, []))
        elif language in ("json", "text"):
            steps[-1][1].append((language, block))
        elif block == "CODE=…\n":
            steps.append((BROWSER, []))
    return steps


def follow(steps: list[Step], folder: Path) -> None:
    """Type it all into one bash, and compare what comes with what the page shows."""
    env = {name: value for name, value in os.environ.items() if "LAMPLIGHTER" not in name}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    port = str(free_port())
    script = f"echo '{MARK}'\n".join(typed for typed, _ in steps).replace("8000", port)
    bash = subprocess.Popen(
        ["/bin/bash", "-c", f"set -euo pipefail\n{script}"],
        cwd=folder, env=env | {"LAMPLIGHTER_PORT": port}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        told, wrong = bash.communicate(timeout=PATIENCE_S)
    finally:
        if bash.returncode != 0:  # the server goes on where the page was not followed to its end
            os.killpg(bash.pid, signal.SIGTERM)
    assert bash.returncode == 0, f"{told[-2000:]}\n{wrong}"
    for came, (_, shown) in zip(told.split(f"{MARK}\n"), steps, strict=True):
        for language, text in shown:
            check(came, language, text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check(came: str, language: str, shown: str) -> None:
    if language == "json":
        assert is_like(json.loads(shown), json.loads(came)), (shown, came)
    else:
        assert re.fullmatch(pattern_of(shown), plain(came), re.DOTALL), (shown, came)


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


def test_a_newcomer_comes_from_nothing_to_the_first_bill(tmp_path: Path) -> None:
    steps = steps_of("api.md")
    assert len(steps) > 20
    follow(steps, tmp_path)


def test_systems_apps_and_meters_ask_as_the_page_says(tmp_path: Path) -> None:
    walk = steps_of("api.md")
    meter_hangs = next(n for n, (typed, _) in enumerate(walk) if "/installation" in typed)
    follow([*walk[: meter_hangs + 1], *steps_of("oauth.md"), (STOP, [])], tmp_path)


@pytest.mark.parametrize(
    ("shown", "told", "alike"),
    [
        ({"a": "…", "b": [1, "x"]}, {"b": [1, "x"], "a": None}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        (["…"], ["x", "y"], False),
        ("B-…", "B-0000001", True),
        ("B-…", 1, False),
        (1, "1", False),
    ],
)
def test_an_answer_is_as_shown_or_not(shown: Any, told: Any, *, alike: bool) -> None:
    assert is_like(shown, told) is alike
