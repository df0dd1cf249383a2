"""What the pages say is so: links lead somewhere, what is named is there, commands can be typed."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from lamplighter.identity.domain.permissions import Action
from lamplighter.site.cli import root
from tools import permissions

ROOT = Path(__file__).parent.parent
MADE = {"build", "dist"}
FOLDERS = sorted(
    p for p in ROOT.iterdir() if p.is_dir() and p.name[0] != "." and p.name not in MADE
)
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(p for folder in FOLDERS for p in folder.rglob("*.md")))
    if "node_modules" not in page.parts
)
CONTEXTS = [folder.name for folder in (ROOT / "lamplighter").iterdir() if folder.is_dir()]
MAKE_TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
HERE_DOCUMENT = re.compile(r"<<'(\w+)'(.*?)\n.*?^\1$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
NAME = re.compile(r"[a-z_]\w*(\.\w+)+")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def spans(page: Path) -> list[str]:
    """What stands between backticks in a page."""
    return [" ".join(span.split()) for span in CODE.findall(prose(page))]


def anchors(page: Path) -> set[str]:
    """The names that a forge gives to a page's headings."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in HEADING.findall(prose(page)):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links(page: Path) -> list[str]:
    found = [one or other for one, other in LINK.findall(CODE.sub("", prose(page)))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def test_there_are_pages() -> None:
    assert len(PAGES) > 10
    assert sum(len(links(page)) for page in PAGES) > 30


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    wrong = []
    for link in links(page):
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert not wrong


@each_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    tops = {folder.name for folder in FOLDERS} | {".ci"}
    files = [span for span in spans(page) if FILE.fullmatch(span)]
    ours = [
        file
        for file in files
        if Path(file).suffix in (".py", ".md") or ("/" in file and file.split("/")[0] in tops)
    ]
    assert not [file for file in ours if not any(places_of(file, page))]


def places_of(file: str, page: Path) -> Iterator[Path]:
    """Where a file lies that a page names: a mere name may be anywhere in the code."""
    yield from (place for place in (ROOT / file, page.parent / file) if place.exists())
    if "/" not in file:
        yield from (ROOT / "lamplighter").rglob(file)


@each_page
def test_everything_that_is_named_in_the_code_is_there(page: Path) -> None:
    """`metering.actions.add_meter` anywhere, `actions.add_meter` in metering's own README."""
    home = f"lamplighter.{page.parent.name}"
    wrong = []
    for span in spans(page):
        first = span.split(".")[0]
        if not NAME.fullmatch(span) or Path(span).suffix in (".py", ".md"):
            continue
        if span in set(Action):
            continue
        if first in CONTEXTS:
            wrong += [] if is_there(f"lamplighter.{span}") else [span]
        elif is_there(f"{home}.{first}"):
            wrong += [] if is_there(f"{home}.{span}") else [span]
        elif first == "lamplighter":
            wrong += [] if is_there(span) else [span]
    assert not wrong


def test_every_page_that_the_code_sends_people_to_is_there() -> None:
    sources = [*(ROOT / "lamplighter").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    named = {
        name for file in sources for name in re.findall(r"docs/[\w/-]+(?:\.\w+)?", file.read_text())
    }
    assert named
    assert not [name for name in named if not [*ROOT.glob(f"{name}*")]]


def is_there(name: str) -> bool:
    """Whether there is a module, or something in a module, of this name."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def commands(page: Path) -> Iterator[tuple[list[str], bool]]:
    """Every command in a page's blocks, as words, and whether it is to be typed as it is."""
    for language, block in FENCE.findall(page.read_text()):
        script = HERE_DOCUMENT.sub(r"\2", block).replace("\\\n", " ")
        for line in script.splitlines():
            is_whole = language == "sh" or line.startswith("$ ")
            if re.search(r"(^|[\s;|&($/])(lamplighter|make|python) ", line):
                words = shlex.shlex(line, posix=True, punctuation_chars=True)
                words.whitespace_split = True
                for command in split(list(words) if is_whole else line.split()):
                    yield command, is_whole
    for span in spans(page):
        yield span.split(), False


def split(words: list[str]) -> Iterator[list[str]]:
    """The commands of a line, each up to where it is piped or sent elsewhere."""
    command: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set("();<>|&$"):
            while command and ("=" in command[0] or command[0] == "$"):
                command = command[1:]
            if command:
                yield [Path(command[0]).name, *command[1:]]
            command = []
        else:
            command.append(word)


@each_page
def test_every_command_can_be_typed(page: Path) -> None:
    wrong = [
        f"{' '.join(words)}: {why}"
        for words, is_whole in commands(page)
        if (why := complaint(words, is_whole=is_whole))
    ]
    assert not wrong


def complaint(words: list[str], *, is_whole: bool) -> str | None:
    match words:
        case ["lamplighter", *arguments]:
            return complaint_of_lamplighter(arguments, is_whole=is_whole)
        case ["make", *targets]:
            unknown = [t for t in targets if t.isalpha() and t not in MAKE_TARGETS]
            return f"there is no target {unknown}" if unknown else None
        case ["python" | "python3", "-m", module, *_] if (ROOT / module.split(".")[0]).exists():
            path = ROOT / module.replace(".", "/")
            is_module = path.with_suffix(".py").exists() or (path / "__main__.py").exists()
            return None if is_module else "there is no such module"
    return None


def complaint_of_lamplighter(arguments: list[str], *, is_whole: bool) -> str | None:
    """What the command line would say of these words, or None. Nothing is run."""
    command: click.Command = root
    context = click.Context(root, info_name="lamplighter", **root.context_settings)
    while isinstance(command, click.Group) and arguments and arguments[0][0] not in "-.…":
        name, *arguments = arguments
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command {name}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    try:
        values, too_many, given = command.make_parser(context).parse_args(list(arguments))
        if not is_whole or {"-h", "--help", "--version"} & set(arguments):
            return None
        if isinstance(command, click.Group):
            return "which of its commands?"
        for parameter in command.params:
            check(parameter, values.get(parameter.name or ""), context, given=parameter in given)
    except click.NoSuchOption as no:
        return no.format_message()
    except click.UsageError as no:
        return no.format_message() if is_whole else None
    return f"too much: {too_many}" if too_many else None


def check(
    parameter: click.Parameter, value: object, context: click.Context, *, given: bool
) -> None:
    if isinstance(parameter, click.Argument):
        given = isinstance(value, str | tuple)
    if parameter.required and not given:
        raise click.MissingParameter(ctx=context, param=parameter)
    if given and isinstance(parameter.type, click.Choice):
        parameter.type.convert(value, parameter, context)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("lamplighter quote a.json b.csv --format csv", None),
        ("lamplighter quote --help", None),
        ("lamplighter quotes a.json b.csv", "no command quotes"),
        ("lamplighter readings", "which of its commands"),
        ("lamplighter quote a.json", "LOAD"),
        ("lamplighter quote a.json b.csv c.csv", "too much"),
        ("lamplighter quote a.json b.csv --zone Europe/Berlin", "--zone"),
        ("lamplighter quote a.json b.csv --format xml", "'xml'"),
        ("lamplighter quote a.json b.csv --format", "requires an argument"),
        ("lamplighter events discard 7", "--reason"),
        ("make nonsense", "no target"),
        ("python -m bench.nonsense", "no such module"),
    ],
)
def test_what_cannot_be_typed_is_found(typed: str, answer: str | None) -> None:
    why = complaint(typed.split(), is_whole=True)
    assert why is None if answer is None else answer in (why or "")


def test_commands_are_found_wherever_they_stand() -> None:
    script = "a=1 .venv/bin/lamplighter doctor --json | cat > x && (lamplighter migrate; make test)"
    words = shlex.shlex(script, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    assert list(split(list(words))) == [
        ["lamplighter", "doctor", "--json"], ["cat"], ["x"], ["lamplighter", "migrate"],
        ["make", "test"],
    ]  # fmt: skip


def test_the_index_names_every_page() -> None:
    docs = ROOT / "docs"
    index = {(docs / link).resolve() for link in links(docs / "README.md")}
    pages = {page for page in PAGES if page.is_relative_to(docs) or page.parent == ROOT}
    decisions = {page for page in pages if page.parent.name == "adr" and page.name != "README.md"}
    assert pages - decisions - {docs / "README.md"} <= index


def test_the_index_of_decisions_names_each_in_order() -> None:
    folder = ROOT / "docs" / "adr"
    decisions = sorted(page.name for page in folder.glob("[0-9]*.md"))
    assert [link for link in links(folder / "README.md") if link in decisions] == decisions
    assert [int(name[:4]) for name in decisions] == list(range(1, len(decisions) + 1))


def test_getting_started_shows_what_a_newcomer_sees(tmp_path: Path) -> None:
    """Type it all, block by block, and compare what comes with what the page shows."""
    page = (ROOT / "docs" / "getting-started.md").read_text()
    blocks = FENCE.findall(page[page.index("## A bill by hand") :])
    env = {name: value for name, value in os.environ.items() if "LAMPLIGHTER" not in name}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    answer = ""
    compared = 0
    for language, block in blocks:
        if language == "sh" and not block.startswith(". .venv/bin/activate"):
            done = subprocess.run(
                ["/bin/sh", "-e", "-c", block], cwd=tmp_path, env=env, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
            )  # fmt: skip
            answer = done.stdout
            assert done.returncode == 0, answer
        elif language == "text":
            assert re.fullmatch(pattern_of(block), plain(answer), re.DOTALL), answer
            compared += 1
    assert compared > 4


def plain(output: str) -> str:
    return "\n".join(line.rstrip() for line in output.strip().splitlines())


def pattern_of(shown: str) -> str:
    """What the page shows, where … stands for anything."""
    return ".*".join(map(re.escape, plain(shown).split("…")))


def test_the_page_of_permissions_says_what_the_table_says() -> None:
    assert permissions.PAGE.read_text() == permissions.page()
