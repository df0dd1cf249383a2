"""
Make clients of the API from its description: `python -m tools.clients [python] [typescript]`.

They come to lie in build/clients; docs/clients.md says how they are used.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "clients"
MADE = ROOT / "build" / "clients"
# What an editor, or somebody curious, has had made among the sources.
_LEFT_ASIDE: Final = shutil.ignore_patterns("node_modules", "dist", "openapi.json", "schema.ts")
_UNREACHABLE: Final = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|ENOTCACHED")


class CannotMakeError(Exception):
    """A client cannot be made."""


class NodeMissingError(CannotMakeError):
    """There is no Node of version 20 or later with its npm."""


class PackagesUnreachableError(CannotMakeError):
    """The packages of the TypeScript client are not here, and no registry answers."""


def make_python(into: Path = MADE / "python") -> Path:
    """Make the package lamplighter_client, ready to be installed by pip."""
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    _run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning",
            "--path", str(describe(into.with_name("python.json"))),
            "--config", str(SOURCES / "python" / "config.yaml"),
            "--meta", "pdm", "--overwrite", "--output-path", str(into),
        ],
        into.parent,
        beside,
    )  # fmt: skip
    return into


def make_typescript(into: Path = MADE / "typescript") -> Path:
    """
    Make the package lamplighter-client, and compile it with its example.

    :raises NodeMissingError: if there is nothing to compile it by
    :raises PackagesUnreachableError: if what it is made with is not here and cannot be fetched
    """
    path = {"PATH": f"{find_node()}{os.pathsep}{os.environ['PATH']}"}
    shutil.copytree(SOURCES / "typescript", into, dirs_exist_ok=True, ignore=_LEFT_ASIDE)
    describe(into / "openapi.json")
    _install(into, path)
    shutil.rmtree(into / "dist", ignore_errors=True)
    for script in ("schema", "build"):
        _run(["npm", "run", "--silent", script], into, path)
    return into


def describe(into: Path) -> Path:
    """Write the API's description into a file."""
    _run([sys.executable, "-m", "lamplighter", "openapi", "--output", str(into)], ROOT, {})
    return into


def find_node() -> Path:
    """
    The folder of Node and npm.

    :raises NodeMissingError: if there is none, or it is too old
    """
    script = ["sh", str(ROOT / "tools" / "find_node")]
    found = subprocess.run(script, capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        why = "There is no Node 20 or later with npm. Install it, or run: make node"
        raise NodeMissingError(why)
    return Path(found)


def _install(into: Path, path: dict[str, str]) -> None:
    lock, done = into / "package-lock.json", into / "node_modules" / ".lock-installed"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return
    try:
        _run(["npm", "ci", "--prefer-offline", "--loglevel=error"], into, path)
    except CannotMakeError as error:
        if code := _UNREACHABLE.search(str(error)):
            why = f"npm cannot fetch what the TypeScript client is made with ({code[0]})."
            raise PackagesUnreachableError(why) from None
        raise
    shutil.copy(lock, done)


def _run(command: list[str], where: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=where, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        why = f"{' '.join(command)}\n{done.stdout}"
        raise CannotMakeError(why)


def main(names: list[str]) -> int:
    makers = {"python": make_python, "typescript": make_typescript}
    for name in names or list(makers):
        try:
            made = makers[name]()
        except CannotMakeError as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        sys.stdout.write(f"{name}: {os.path.relpath(made)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
