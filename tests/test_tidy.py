"""What import-linter cannot see: sizes, names, doors in strings, and where HTTP may be spoken."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "lamplighter"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)
FLOORS = ["kernel", "platform", "identity", "customers", "metering", "tariffs", "ledger",
          "payments", "grid", "billing", "providers", "merchants", "history", "groups",
          "support", "notifications", "site"]  # fmt: skip
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|base)(_|$)")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in FILES:
        yield path, ast.parse(path.read_text())


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 20


def test_a_file_is_a_sitting() -> None:
    long = {str(p): n for p in FILES if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def test_a_function_fits_a_screen() -> None:
    long = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node) > 40
    ]
    assert not long


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    doc = node.body[0] if ast.get_docstring(node) else None
    doc_lines = 0 if doc is None else (doc.end_lineno or 0) - doc.lineno + 1
    return (node.end_lineno or 0) - node.lineno + 1 - doc_lines


def test_no_file_is_called_after_nothing() -> None:
    assert not [str(p) for p in FILES if BANNED_NAMES.search(p.stem)]


def test_foreign_keys_only_point_down() -> None:
    wrong = []
    for path, tree in trees():
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in FLOORS and "models" in parts:
            for node in ast.walk(tree):
                target = _foreign_key_target(node)
                if target and FLOORS.index(target) > FLOORS.index(parts[0]):
                    wrong.append(f"{parts[0]} -> {target}")
    assert not wrong


def _foreign_key_target(node: ast.AST) -> str | None:
    match node:
        case ast.Call(
            func=ast.Attribute(attr="ForeignKey" | "OneToOneField"),
            args=[ast.Constant(value=str(target)), *_],
        ) if "." in target:
            return target.split(".", maxsplit=1)[0]
    return None


@pytest.mark.parametrize("spoken", ["django.http", "django.urls", "django.views", "ninja"])
def test_only_the_api_room_speaks_http(spoken: str) -> None:
    wrong = [
        str(path.relative_to(PACKAGE))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(spoken)
        and "api" not in path.with_suffix("").parts
        and not {"site", "platform", "tests"} & set(path.relative_to(PACKAGE).parts)
    ]
    assert not wrong


def test_only_api_and_tasks_read_a_clock() -> None:
    """
    `at` is given to everyone else. Pages, command line and worker are api and tasks of site; who is
    let in is decided on the api's behalf.
    """
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and not {"api", "access", "graphql", "tasks", "cli", "pages", "tests"}
        & set(path.with_suffix("").parts)
    ]
    assert not wrong
