"""
Check the locks, offline: `python -m tools.locks`.

Each pins, with hashes, all that pyproject.toml asks for, in a version that it accepts; and no lock
says where packages come from, since that is another matter on every machine.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ADDRESS = re.compile(r"://|--(extra-)?index-url|--find-links|--trusted-host")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def complaints() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, groups = project["project"]["dependencies"], project["dependency-groups"]
    tools = (ROOT / "requirements" / "tools.in").read_text().split()
    for name, asked in {
        "tools": tools,
        "run": run,
        "dev": run + groups["dev"],
        "bench": run + groups["bench"],
        "node": groups["node"],
    }.items():
        lock = ROOT / "requirements" / f"{name}.txt"
        yield from (f"{lock.name}: {complaint}" for complaint in _of_lock(lock.read_text(), asked))
    for lock in sorted((ROOT / "clients").glob("*/package-lock.json")):
        yield from (f"{lock.name}: {complaint}" for complaint in _of_npm_lock(lock))


def _of_lock(lock: str, asked: list[str]) -> Iterator[str]:
    if address := ADDRESS.search(lock):
        yield f"says where packages come from ({address[0]})"
    pins: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if pin := PIN.match(entry):
            pins.setdefault(canonicalize_name(pin[1]), []).append(pin[2])
            if "--hash=sha256:" not in entry:
                yield f"{pin[1]} has no hash"
    for requirement in map(Requirement, asked):
        versions = pins.get(canonicalize_name(requirement.name), [])
        if not any(requirement.specifier.contains(version) for version in versions):
            yield f"{requirement} is not in it. Run: make lock"


def _of_npm_lock(lock: Path) -> Iterator[str]:
    asked = json.loads(lock.with_name("package.json").read_text())
    packages = json.loads(lock.read_text())["packages"]
    for name, version in (asked["dependencies"] | asked["devDependencies"]).items():
        if packages.get(f"node_modules/{name}", {}).get("version") != version:
            yield f"{name} {version} is not in it. Run: npm install --package-lock-only"
    for path, package in packages.items():
        name = path.removeprefix("node_modules/")
        if "resolved" in package:
            yield f"says where {name} comes from"
        if path and "integrity" not in package:
            yield f"{name} has no hash"


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found) or "The locks hold all that is asked for.")  # noqa: T201
    sys.exit(bool(found))
