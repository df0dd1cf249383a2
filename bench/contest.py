"""Runs contenders in turn, each alone in a process on one core."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")
ONE_THREAD = {f"{pool}_NUM_THREADS": "1" for pool in _POOLS} | {
    "POLARS_MAX_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a contender measured."""

    per_second: float
    memory_mb: float
    answer: Any
    """Compared between contenders, so that nobody is fast by being wrong."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A row of the table."""

    what: str
    unit: str
    ours: Result
    peer: str
    peers: Result
    target: float
    """How many times the peer."""

    @property
    def ratio(self) -> float:
        return self.ours.per_second / self.peers.per_second


def contest(
    contenders: Sequence[str], *, rounds: int = 3, arguments: Mapping[str, Any] | None = None
) -> dict[str, Result]:
    """
    Let each contender (`module:function`) run in turn, several times.

    A contender returns `{"per_second": …, "answer": …}`.
    """
    best: dict[str, Result] = {}
    for _ in range(rounds):
        for name in contenders:
            result = _alone(name, dict(arguments or {}))
            if name not in best or result.per_second > best[name].per_second:
                best[name] = result
    return best


def _alone(name: str, arguments: dict[str, Any]) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "bench.contest", name, json.dumps(arguments)],
        env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def _main() -> None:
    import importlib

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    module, function = sys.argv[1].split(":")
    found = getattr(importlib.import_module(module), function)(**json.loads(sys.argv[2]))
    unit = 1024**2 if sys.platform == "darwin" else 1024
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({**found, "memory_mb": memory}))


if __name__ == "__main__":
    _main()
