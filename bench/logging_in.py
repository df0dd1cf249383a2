"""Whether the time that a log-in takes tells that somebody has an account here."""

import json
import os
import statistics
import tempfile
import time
from functools import partial

from bench import api_list
from bench.figure import Figure, Timed, measured

ATTEMPTS = 60


def attempts(folder: str) -> Timed:
    """Unknown users and wrong passwords in turn; gives both medians, in milliseconds."""
    api_list.set_up(folder)
    from datetime import UTC, datetime

    from django.core.management import call_command
    from django.test import Client

    from lamplighter.identity.actions import add_member

    for database in ("default", "history"):
        call_command("migrate", database=database, verbosity=0)
    at, client = datetime.now(UTC), Client()
    for number in range(ATTEMPTS):
        add_member(
            email=f"{number}@known.example", password=f"a lamp in window {number}", roles=(),
            by="bench", at=at,
        )  # fmt: skip
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(ATTEMPTS):
        for where, took in times.items():
            facts = {"email": f"{number}@{where}.example", "password": "not the one that it is"}
            begun = time.perf_counter()
            answer = client.post(
                "/api/login", json.dumps(facts), content_type="application/json",
                REMOTE_ADDR=f"192.0.2.{number}", HTTP_HOST="localhost",
            )  # fmt: skip
            took.append(1000 * (time.perf_counter() - begun))
            assert answer.status_code == 401, answer.content
    return Timed(0, {where: statistics.median(took) for where, took in times.items()})


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        os.environ.pop("LAMPLIGHTER_DATABASE", None)
        found = measured(partial(attempts, folder))
    return [
        Figure(
            what="log-in: wrong password (within 20 ms)",
            ours=found.result["known"],
            unit="ms, median",
            peer="unknown user",
            theirs=found.result["unknown"],
            peak_mb=found.peak_mb,
        )
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
