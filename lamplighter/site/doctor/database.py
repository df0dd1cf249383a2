"""
The database: there, ours, up to date, and set so that what it acknowledges is kept. The one of
history is looked at in the same way.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.db import Error, connection, connections
from django.db.migrations.executor import MigrationExecutor

from lamplighter.platform import master_keys, rotation, stored_secrets
from lamplighter.platform.append_only import unguarded_tables
from lamplighter.site.doctor.finding import Finding, Level, ok, problem, warning

CLOCKS_APART_MAX_S: Final = 5
# What the settings ask for, by pragma. synchronous 2 is FULL.
_PRAGMAS: Final = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
# By parameter: what it must be, how bad it is if not, and why.
_PARAMETERS: Final = {
    "server_encoding": ("UTF8", Level.PROBLEM, "Make the database anew with encoding UTF8."),
    "TimeZone": ("UTC", Level.PROBLEM, "Take the time zone away from the role or the database."),
    "transaction_isolation": (
        "read committed",
        Level.PROBLEM,
        "Take default_transaction_isolation away: the audit trail's chain counts on it.",
    ),
    "fsync": ("on", Level.PROBLEM, "Turn it on: without it a power cut loses or breaks data."),
    "full_page_writes": ("on", Level.PROBLEM, "Turn it on: a power cut may break pages."),
    "synchronous_commit": ("on", Level.WARNING, "Turn it on: a crash loses acknowledged writes."),
}


def check_reachable() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        remedy = "Start the database, or correct LAMPLIGHTER_DATABASE; `lamplighter migrate` makes"
        yield problem("database", f"cannot be reached: {reason}", f"{remedy} a SQLite one.")
    else:
        yield ok("database", f"{connection.display_name} {_version()} is reached")


def _version() -> str:
    return ".".join(str(part) for part in connection.get_database_version())


def check_tables() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    if waiting:
        says = f"{len(waiting)} migrations wait, {waiting[0][0]} first"
        yield problem("tables", says, "Run: lamplighter migrate")
    elif unknown:
        says = "were made by a newer version: " + ", ".join(sorted(map(".".join, unknown)))
        yield problem("tables", says, "Install the version that made them.")
    else:
        yield ok("tables", "are up to date")
    open_tables = [] if waiting else unguarded_tables(connection)
    if open_tables:
        says = f"{', '.join(open_tables)}: the triggers that refuse changes are gone"
        remedy = "Find out who took them away; put them back; run: lamplighter audit verify"
        yield problem("append-only", says, remedy)


def check_history() -> Iterator[Finding]:
    """Billing goes on without it; what was billed meanwhile is copied when it is back."""
    history = connections["history"]
    try:
        history.ensure_connection()
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        remedy = "Start its database, or correct LAMPLIGHTER_HISTORY; then: lamplighter migrate"
        yield problem("history", f"cannot be reached: {reason}", remedy)
        return
    executor = MigrationExecutor(history)
    if executor.migration_plan(executor.loader.graph.leaf_nodes("history")):
        yield problem("history", "its migrations wait", "Run: lamplighter migrate")
    elif open_tables := unguarded_tables(history):
        says = f"{', '.join(open_tables)}: the triggers that refuse changes are gone"
        remedy = "Find out who took them away; put them back; run: lamplighter history verify"
        yield problem("history", says, remedy)
    else:
        yield ok("history", f"{history.display_name}, its tables are up to date")


def check_durability() -> Iterator[Finding]:
    yield from _check_sqlite() if connection.vendor == "sqlite" else _check_postgresql()


def _check_sqlite() -> Iterator[Finding]:
    wrong = [
        f"{name} is {value}"
        for name in _PRAGMAS
        if (value := _value(f"PRAGMA {name}")) != _PRAGMAS[name]
    ]
    if wrong:
        remedy = "Keep the file on a local disk: network ones often cannot do what is needed."
        yield problem("sqlite", "; ".join(wrong), remedy)
    elif getattr(connection, "transaction_mode", None) != "IMMEDIATE":
        yield problem("sqlite", "transactions are not IMMEDIATE", "Do not override DATABASES.")
    else:
        yield ok("sqlite", "write-ahead log, synchronous FULL, foreign keys, IMMEDIATE")


def _check_postgresql() -> Iterator[Finding]:
    wrong = False
    for name, (expected, level, remedy) in _PARAMETERS.items():
        value = _value(f"SHOW {name}")
        if value != expected:
            wrong = True
            yield Finding("postgresql", level, f"{name} is {value}, not {expected}", remedy)
    if not wrong:
        yield ok("postgresql", ", ".join(f"{n} {v[0]}" for n, v in _PARAMETERS.items()))
    postgis = _value(
        "SELECT max(installed_version) FROM pg_available_extensions WHERE name = 'postgis'"
    )
    if postgis is None:
        remedy = "Run as its owner: CREATE EXTENSION postgis (Debian: postgresql-15-postgis-3)"
        yield warning("postgis", "is not installed in this database", remedy)
    else:
        yield ok("postgis", postgis)


def check_clock(at: datetime) -> Iterator[Finding]:
    """The server's clock beside ours. An embedded database has none of its own."""
    if connection.vendor != "postgresql":
        return
    server = _value("SELECT clock_timestamp()").astimezone(UTC)
    apart_s = abs((server - at).total_seconds())
    if apart_s > CLOCKS_APART_MAX_S:
        says = f"the database's clock is {apart_s:,.0f} s from ours"
        yield problem("clocks", says, "Set both by NTP.")
    else:
        yield ok("clocks", "the database's agrees with ours")


def _value(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return None if row is None else row[0]


def check_master_keys() -> Iterator[Finding]:
    """Whether all that is sealed can be opened."""
    found = rotation.keys_in_use()
    missing = [key for key in found if not key.is_here]
    older = [key for key in found[1:] if key.is_here and (key.people or key.secrets)]
    if missing:
        says = ", ".join(f"{key.name} ({key.people + key.secrets} sealed by it)" for key in missing)
        remedy = "Put it back into LAMPLIGHTER_MASTER_KEYS; run: lamplighter keys rotate"
        yield problem("master keys", f"missing: {says}", remedy)
        return
    try:
        stored_secrets.read("blind-index")
    except master_keys.MasterKeyMissing as no:
        yield problem("master keys", no.detail, "Restore the keys that belong to this database.")
        return
    if older:
        says = f"{older[0].name} has sealed some, and is not the newest"
        yield warning("master keys", says, "Run: lamplighter keys rotate")
    else:
        yield ok("master keys", f"{found[0].name} opens all that is sealed")
