"""
The databases: one for what happens, one for the history of what was billed.

History is apart so that a report over years of bills takes nothing from those who make them. It
may lie in the same PostgreSQL, in a schema of its own, or on another server.
"""

from typing import Any, Final

import dj_database_url

from lamplighter.site.environment import Environment

HISTORY: Final = "history"
"""The alias of the database, of the only context whose tables are in it, and of its schema."""

SQLITE_OPTIONS: Final = {
    # A writer waits for its turn instead of failing in the middle of a transaction.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # synchronous=FULL: what is acknowledged survives a loss of power.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=10000; "
    # What is deleted, a person's key above all, is overwritten.
    "PRAGMA secure_delete=ON;",
}
PATIENCE_S: Final = 5
"""Whoever copies to history has locked a delivery, so history may not keep it waiting for long."""


def databases(environment: Environment) -> dict[str, dict[str, Any]]:
    """Django's setting of this name."""
    billing, history = _at(environment.database_url), _at(environment.history_url)
    if _is_sqlite(billing):
        billing["OPTIONS"] = SQLITE_OPTIONS
        # Tests run on a file as well: a database in memory locks in another way.
        billing["TEST"] = {"NAME": str(environment.home / "test.sqlite3")}
    if _is_sqlite(history):
        history["OPTIONS"] = SQLITE_OPTIONS | {"timeout": PATIENCE_S}
        history["TEST"] = {"NAME": str(environment.home / "test-history.sqlite3")}
    else:
        options = history.get("OPTIONS", {})
        # Only this schema: the tables of migrations of both databases have the same name.
        path = f"{options.get('options', '')} -c search_path={HISTORY}".strip()
        history["OPTIONS"] = {"connect_timeout": PATIENCE_S} | options | {"options": path}
        history["TEST"] = {"NAME": f"test_{history['NAME']}_{HISTORY}"}
    return {"default": billing, HISTORY: history}


def _at(url: str) -> dict[str, Any]:
    return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))


def _is_sqlite(database: dict[str, Any]) -> bool:
    return str(database["ENGINE"]).endswith("sqlite3")


class HistoryApart:
    """Django's router: the context `history` has the database of this name to itself."""

    def db_for_read(self, model: Any, **_: object) -> str | None:
        return HISTORY if model._meta.app_label == HISTORY else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_: object) -> bool:
        return (db == HISTORY) == (app_label == HISTORY)


def make_schema(*, using: str, **_: object) -> None:
    """Before its tables, PostgreSQL needs the schema in which they will be."""
    from django.db import connections

    if using == HISTORY and connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {HISTORY}")
