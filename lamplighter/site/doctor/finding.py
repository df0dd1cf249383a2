from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was looked at, how it is, and what to do if it is not well."""

    topic: str
    level: Level
    says: str
    remedy: str = ""


Check: TypeAlias = Callable[[], Iterator[Finding]]


def ok(topic: str, says: str) -> Finding:
    return Finding(topic, Level.OK, says)


def warning(topic: str, says: str, remedy: str) -> Finding:
    return Finding(topic, Level.WARNING, says, remedy)


def problem(topic: str, says: str, remedy: str) -> Finding:
    return Finding(topic, Level.PROBLEM, says, remedy)


def look(topic: str, check: Check) -> Iterator[Finding]:
    """Carry out a check; if it breaks down, that is its finding, and the others go on."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - a doctor does not faint
        yield problem(
            topic,
            f"could not be looked at: {type(error).__name__}: {error}",
            "See the other lines.",
        )
