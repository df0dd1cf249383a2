"""
Many rows at once, past the cost of a model for each: executemany on SQLite, COPY on PostgreSQL.

Constraints and triggers hold as ever. A refused row undoes all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Row = Sequence[Any]
Converter = Callable[[Any], Any]
VALUES_MAX: Final = 500
"""Of one statement: every SQLite takes that many."""


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """
    Insert rows into a model's table, in the caller's transaction.

    :param columns: names of fields, or of their columns (`account_id`)
    :param rows: a value for each; of a JSON field its text
    :raises TransactionManagementError: outside of a transaction
    """
    connection = _connection(model)
    fields = [_field(model, name) for name in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    names = _names(connection, fields)
    if connection.vendor == "sqlite":
        places = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - our names
        with connection.cursor() as cursor:
            cursor.executemany(statement, _for_sqlite(fields, rows))  # type: ignore[arg-type]
    else:
        _copy(connection, table, names, rows)


def insert_missing_rows(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]
) -> set[Any]:
    """
    Insert those rows whose primary key the table does not have yet, in the caller's transaction.

    Any number of writers may do this with the same rows: each row is inserted by one of them.

    :param columns: as for `insert_rows`; the first one is the primary key
    :return: the keys of the rows that were inserted
    :raises TransactionManagementError: outside of a transaction
    """
    connection = _connection(model)
    if connection.vendor == "sqlite":
        # Nobody else writes during a transaction. INSERT OR IGNORE would meet the trigger of an
        # append-only table, which stops whoever inserts a row that is there.
        there = _keys_there(connection, model, [row[0] for row in rows])
        missing = [row for row in rows if row[0] not in there]
        insert_rows(model, columns, missing)
        return {row[0] for row in missing}
    names = _names(connection, [_field(model, name) for name in columns])
    table, key = model._meta.db_table, names.split(",")[0]
    into, beside = (connection.ops.quote_name(name) for name in (table, f"{table}_missing"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {beside} AS SELECT {names} FROM {into} WITH NO DATA"  # noqa: S608
        )
        _copy(connection, beside, names, rows)
        cursor.execute(
            f"INSERT INTO {into} ({names}) SELECT {names} FROM {beside}"  # noqa: S608
            f" ON CONFLICT ({key}) DO NOTHING RETURNING {key}"
        )
        inserted = {key for (key,) in cursor.fetchall()}
        cursor.execute(f"DROP TABLE {beside}")
    return inserted


def _connection(model: type[models.Model]) -> BaseDatabaseWrapper:
    connection = connections[router.db_for_write(model)]
    if not connection.in_atomic_block:
        msg = "rows are inserted in the transaction that makes them true"
        raise transaction.TransactionManagementError(msg)
    return connection


def _names(connection: BaseDatabaseWrapper, fields: Sequence[Any]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)


def _copy(connection: Any, table: str, names: str, rows: Iterable[Row]) -> None:
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _keys_there(
    connection: BaseDatabaseWrapper, model: type[models.Model], keys: Sequence[Any]
) -> set[Any]:
    """Which of these keys an SQLite table has."""
    convert = _sqlite_converter(model._meta.pk) or (lambda key: key)
    stored = {convert(key): key for key in keys}
    table = connection.ops.quote_name(model._meta.db_table)
    column = _names(connection, [model._meta.pk])
    with connection.cursor() as cursor:
        return {stored[value] for value in _found(cursor, table, column, list(stored))}


def _found(cursor: Any, table: str, column: str, values: Sequence[Any]) -> Iterator[Any]:
    for at in range(0, len(values), VALUES_MAX):
        some = values[at : at + VALUES_MAX]
        places = ", ".join(["%s"] * len(some))
        cursor.execute(
            f"SELECT {column} FROM {table} WHERE {column} IN ({places})",  # noqa: S608 - our names
            some,
        )
        yield from (value for (value,) in cursor.fetchall())


def _field(model: type[models.Model], name: str) -> Any:
    for field in model._meta.concrete_fields:
        if name in (field.name, field.column):
            return field
    msg = f"{model.__name__} has no column {name}"
    raise ValueError(msg)


def _for_sqlite(fields: Sequence[Any], rows: Iterable[Row]) -> Iterable[Row]:
    converters = [(n, c) for n, field in enumerate(fields) if (c := _sqlite_converter(field))]
    for row in rows:
        values = list(row)
        for n, convert in converters:
            if values[n] is not None:
                values[n] = convert(values[n])
        yield values


def _sqlite_converter(field: Any) -> Converter | None:
    kind = field.target_field if field.is_relation else field
    if isinstance(kind, models.UUIDField):
        return _hex
    if isinstance(kind, models.DateTimeField):
        return _as_utc
    if isinstance(kind, models.DateField):
        return date.isoformat
    return None


def _hex(value: UUID) -> str:
    return value.hex


@lru_cache(maxsize=256)
def _as_utc(value: datetime) -> str:
    # Rows that are inserted together mostly share their times.
    return str(value.astimezone(UTC).replace(tzinfo=None))
