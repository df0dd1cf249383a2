"""One bill explained through the API: what a request costs, from the address to the answer."""

import os
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.figure import Figure, Timed, in_turn, measured

ACCOUNTS, MONTHS, REQUESTS = 40, 14, 200
WANTED_MS = 20


def explain(folder: str) -> Timed:
    """The bills of a small demo, each once; gives the milliseconds of CPU a request."""
    os.environ["LAMPLIGHTER_HOME"] = folder
    os.environ["LAMPLIGHTER_DATABASE"] = f"sqlite:///{folder}/bench.sqlite3"
    os.environ["DJANGO_SETTINGS_MODULE"] = "lamplighter.site.settings"
    import django

    django.setup()
    from click.testing import CliRunner
    from django.test import Client

    from bench import calling
    from lamplighter.billing.models import Bill
    from lamplighter.site.cli import root

    asked = ["demo", "--accounts", str(ACCOUNTS), "--months", str(MONTHS), "--no-serve"]
    made = CliRunner().invoke(root, asked)
    assert made.exit_code == 0, made.output
    calling.hire()
    client = Client(headers={"authorization": f"Bearer {calling.token()}"})
    numbers = list(Bill.objects.order_by("-number").values_list("number", flat=True)[:REQUESTS])
    for number in numbers[:10]:
        client.get(f"/api/bills/{number}/explanation")
    begun = time.process_time()
    for number in numbers:
        answer = client.get(f"/api/bills/{number}/explanation", HTTP_HOST="localhost")
        assert answer.status_code == 200, answer.content
    cpu_s = time.process_time() - begun
    return Timed(cpu_s, 1000 * cpu_s / len(numbers))


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        (ours,) = in_turn(1, partial(measured, explain, str(Path(folder))))
    return [
        Figure(
            what="explain one bill through the API",
            ours=ours.result,
            unit=f"ms CPU (<= {WANTED_MS})",
            peak_mb=ours.peak_mb,
        )
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
