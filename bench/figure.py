"""What a benchmark says, and how a piece of work is measured."""

import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")
ONE_THREAD: Final = {f"{pool}_NUM_THREADS": "1" for pool in _POOLS} | {
    "POLARS_MAX_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}


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
class Timed:
    """Returned by work that has to prepare something first, and so watches the time itself."""

    cpu_s: float
    result: Any


@dataclass(frozen=True, slots=True)
class Measured:
    cpu_s: float
    peak_mb: float
    result: Any


def best_of(times: int, work: Callable[[], Any]) -> Timed:
    """The quickest of several times, after one that warms up."""
    quickest, result = float("inf"), work()
    for _ in range(times):
        begun = time.process_time()
        result = work()
        quickest = min(quickest, time.process_time() - begun)
    return Timed(quickest, result)


def measured(work: Callable[..., Any], *arguments: Any) -> Measured:
    """Do a piece of work in a process of its own, so that its peak of memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    try:
        with spawn.Pool(1, _on_one_core) as pool:
            return pool.apply(_timed, (work, arguments))
    finally:
        os.environ.clear()
        os.environ.update(before)


def _on_one_core() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _timed(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Measured:
    begun = time.process_time()
    try:
        result = work(*arguments)
    except Exception:  # noqa: BLE001 - whatever it was
        # Not every exception can be sent to the process that waits.
        raise RuntimeError(traceback.format_exc()) from None
    cpu_s = time.process_time() - begun
    if isinstance(result, Timed):
        cpu_s, result = result.cpu_s, result.result
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return Measured(cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, result)


def in_turn(runs: int, *works: Callable[[], Measured]) -> list[Measured]:
    """The quickest run of each piece of work, one after the other, over and over."""
    rounds = [[work() for work in works] for _ in range(runs)]
    return [min(column, key=lambda one: one.cpu_s) for column in zip(*rounds, strict=True)]
