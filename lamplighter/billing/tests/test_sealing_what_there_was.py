"""A database from before: what was readable in it is sealed, also where the sealing was stopped."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

ACCOUNTS = 25
EMBEDDED = {"LAMPLIGHTER_DATABASE": "", "LAMPLIGHTER_HISTORY": ""}
"""Whichever database the other tests use: rows from before are written with SQLite's own driver."""
ADDRESSEE = {"name": "Mary Ward", "address": ["1 High Street"], "language": "en"}


def lamplighter(home: Path, *words: str, **more: str) -> str:
    said = subprocess.run(
        [sys.executable, *words],
        env=os.environ | EMBEDDED | {"LAMPLIGHTER_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout


def migrate(home: Path, *where: str) -> None:
    lamplighter(home, "-m", "django", "migrate", "-v0", *where)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Accounts, a place, a bill and a held bill, as they were kept in clear."""
    migrate(tmp_path, "customers", "0004")
    migrate(tmp_path, "billing", "0003")
    with closing(sqlite3.connect(tmp_path / "lamplighter.sqlite3")) as database, database:
        accounts = [uuid4().hex for _ in range(ACCOUNTS)]
        database.executemany(
            "INSERT INTO customers_account (id, number, holder, postal_address, language, currency,"
            " opened_on) VALUES (?, ?, 'Mary Ward', '1 High Street', 'en', 'EUR', '2025-01-01')",
            [(key, f"A-{n}") for n, key in enumerate(accounts)],
        )
        database.execute(
            "INSERT INTO customers_servicelocation VALUES (?, '1 High Street', 'UTC')",
            [uuid4().hex],
        )
        database.execute(
            "INSERT INTO billing_bill (id, number, kind, account_id, first_day, after_last,"
            " currency, total_minor, open_before_minor, estimated, issued_at, issued_on, due_on,"
            " known_at, document, sha256, addressee) VALUES (?, 'B-1', 'regular', ?, '2025-01-01',"
            " '2025-02-01', 'EUR', 1, 0, 0, '2025-02-02', '2025-02-02', '2025-02-20',"
            " '2025-02-02', '{}', '', ?)",
            [uuid4().hex, accounts[0], json.dumps(ADDRESSEE)],
        )
        draft = json.dumps({"draft": {"kind": "regular"}, "addressee": ADDRESSEE})
        database.execute(
            "INSERT INTO billing_heldbill (id, account_id, total_minor, currency, draft, checks,"
            " state, held_at, decided_by, reason) VALUES (?, ?, 1, 'EUR', ?, '[]', 'waiting',"
            " '2025-02-02', '', '')",
            [uuid4().hex, accounts[0], draft],
        )
    return tmp_path


READ = """
import django; django.setup()
from lamplighter.billing.models import Bill, HeldBill
from lamplighter.billing.queries.addressees import addressee_on, held_addressee
from lamplighter.customers.domain import EVERYTHING
from lamplighter.customers.queries import find_accounts
held = HeldBill.objects.get()
print(len(find_accounts("war high", sight=EVERYTHING)), addressee_on(Bill.objects.get()),
      held_addressee(held.addressee, held_id=held.id), held.draft, sep="\\n")
"""
KILLED = """
import django, os, signal; django.setup()
from django.db import connection
from lamplighter.platform import personal
from importlib import import_module
import_module("lamplighter.customers.migrations.0006_who_and_where_is_sealed").AT_ONCE = 10
meet = personal.meet
def meet_and_die(people, times=[0]):
    times[0] += 1
    if times[0] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return meet(people)
personal.meet = meet_and_die
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


def assert_sealed(home: Path) -> None:
    count, bill, held, draft = lamplighter(home, "-c", READ).splitlines()
    assert count == str(ACCOUNTS)
    assert json.loads(bill) == json.loads(held) == ADDRESSEE
    assert json.loads(draft) == {"kind": "regular"}
    with closing(sqlite3.connect(home / "lamplighter.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute("UPDATE billing_bill SET total_minor = 2")
    kept = (home / "lamplighter.sqlite3").read_bytes()
    assert b"Mary Ward" not in kept
    assert b"High Street" not in kept


def test_what_was_readable_is_sealed_and_found(before: Path) -> None:
    migrate(before)
    assert_sealed(before)


def test_killed_in_the_middle_it_goes_on_with_what_is_left(before: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        lamplighter(before, "-c", KILLED)
    migrate(before)
    assert_sealed(before)
