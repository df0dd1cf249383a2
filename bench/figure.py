"""What a benchmark says, and how a piece of work is measured."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table: ours, the peer's, and what was asked for."""

    what: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    target_ratio: float | None = None
    peak_mb: float

    @property
    def ratio(self) -> float | None:
        return None if not self.theirs else self.ours / self.theirs


@dataclass(frozen=True, slots=True)
class Measured:
    cpu_s: float
    peak_mb: float
    result: Any


def measured(work: Callable[..., Any], *arguments: Any) -> Measured:
    """Do a piece of work in a process of its own, so that its peak of memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        return pool.apply(_timed, (work, arguments))


def _timed(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Measured:
    begun = time.process_time()
    result = work(*arguments)
    cpu_s = time.process_time() - begun
    return Measured(cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, result)


def in_turn(runs: int, *works: Callable[[], Measured]) -> list[Measured]:
    """The quickest run of each piece of work, one after the other, over and over."""
    rounds = [[work() for work in works] for _ in range(runs)]
    return [min(column, key=lambda one: one.cpu_s) for column in zip(*rounds, strict=True)]
