import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import transaction

from lamplighter.platform import audit_chain, outbox
from lamplighter.platform.models import AuditLine, Delivery, OutboxEvent
from lamplighter.platform.parking import DeliveryNotParked, ReasonMissing
from lamplighter.platform.tests.lamps import NOON, LampLit, light, when_lamp_lit_log, write, written
from lamplighter.platform.tests.processes import start
from lamplighter.site.cli import COMMANDS, root
from lamplighter.site.cli.worker import command as work


def call(*arguments: str) -> Result:
    return CliRunner().invoke(root, arguments)


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "LAMPLIGHTER_HOME": str(home), "LAMPLIGHTER_DATABASE": "sqlite:///{home}/x"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_help_answers_at_once_for_it_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = ["django", "numpy", "pyarrow", "numba", "lxml", "structlog", "rich"]
    script = (
        "import sys; sys.argv = ['lamplighter', '--help']\n"
        "from lamplighter.site.cli import main\n"
        "try: main()\n"
        f"finally: print(sorted(set({heavy}) & set(sys.modules)))"
    )
    done = run(tmp_path, "-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does_in_the_words_of_the_list(name: str) -> None:
    help_text = call(name, "--help").output
    assert COMMANDS[name] in " ".join(help_text.split())


def test_a_database_without_tables_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "lamplighter", "audit", "verify")
    assert done.returncode == 1
    assert "no such table" in done.stderr
    assert "lamplighter doctor" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_is_told_by_its_code_and_status_one(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "lamplighter", "audit", "verify", "--anchor", "x")
    assert done.returncode == 1
    assert done.stderr.startswith("BadAnchor  'x' is not an anchor.")


@pytest.mark.django_db(transaction=True)
def test_the_audit_trail_is_verified_and_anchored() -> None:
    for lamp in "abc":
        with transaction.atomic():
            write("light", lamp)
    anchor = call("audit", "head").output.strip()
    assert anchor.startswith("3:")
    assert call("audit", "verify", "--anchor", anchor).output == (
        "3 lines, all as they were written.\n"
    )
    forged = "3:" + "0" * 64
    refused = call("audit", "verify", "--anchor", anchor, "--anchor", forged)
    assert isinstance(refused.exception, audit_chain.AuditTrailBroken)


@pytest.fixture
def parked() -> Delivery:
    event = OutboxEvent.objects.create(name="a.B", data={}, published_at=NOON)
    return Delivery.objects.create(
        event=event, reaction="c.when_b", state="parked", due_at=NOON, finished_at=NOON,
        tries=12, error="LookupError: no oil",
    )  # fmt: skip


@pytest.mark.django_db
def test_parked_deliveries_are_listed(parked: Delivery) -> None:
    text = call("events", "parked").output
    assert text.startswith(f"{parked.id}  a.B for c.when_b\n")
    assert "12 tries" in text
    assert "no oil" in text
    assert json.loads(call("events", "parked", "--json").output)["error"] == "LookupError: no oil"


@pytest.mark.django_db
def test_a_parked_delivery_is_retried_by_number(parked: Delivery) -> None:
    assert call("events", "retry", str(parked.id)).exit_code == 0
    assert call("events", "parked").output == "Nothing is parked.\n"
    assert AuditLine.objects.get().actor.startswith("cli:")
    assert isinstance(call("events", "retry", str(parked.id)).exception, DeliveryNotParked)


@pytest.mark.django_db
def test_a_parked_delivery_is_discarded_for_a_reason(parked: Delivery) -> None:
    number = str(parked.id)
    assert call("events", "discard", number).exit_code == 2
    assert isinstance(call("events", "discard", number, "--reason", "").exception, ReasonMissing)
    assert call("events", "discard", number, "--reason", "done by hand").exit_code == 0
    assert AuditLine.objects.get().detail["reason"] == "done by hand"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_reactions")
def test_a_worker_can_deliver_once_and_end() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    light("a")
    assert call("worker", "--once").output.startswith("1 done\n")
    assert written("a") == ["light", "log"]


def start_worker() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    work.main(["--pause", "0.05"], standalone_mode=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_reactions")
def test_a_worker_delivers_until_it_is_told_to_end() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    process = start(start_worker)
    for lamp in "abc":
        light(lamp)
        until = time.monotonic() + 20
        while written(lamp) != ["light", "log"]:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGTERM)
    process.join(20)
    assert process.exitcode == 0
