"""
Many rows at once, past the cost of a model for each: executemany on SQLite, COPY on PostgreSQL.

Constraints and triggers hold as ever. A refused row undoes all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connections, models, router, transaction

Row = Sequence[Any]
Converter = Callable[[Any], Any]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """
    Insert rows into a model's table, in the caller's transaction.

    :param columns: names of fields, or of their columns (`account_id`)
    :param rows: a value for each; of a JSON field its text
    :raises TransactionManagementError: outside of a transaction
    """
    connection = connections[router.db_for_write(model)]
    if not connection.in_atomic_block:
        msg = "rows are inserted in the transaction that makes them true"
        raise transaction.TransactionManagementError(msg)
    fields = [_field(model, name) for name in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    if connection.vendor == "sqlite":
        places = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - our names
        with connection.cursor() as cursor:
            cursor.executemany(statement, _for_sqlite(fields, rows))  # type: ignore[arg-type]
    else:
        statement = f"COPY {table} ({names}) FROM STDIN"
        # Of a COPY Django does not turn the driver's errors into its own by itself.
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for row in rows:
                copy.write_row(row)


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
