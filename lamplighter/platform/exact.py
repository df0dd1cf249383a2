"""
Decimals that the database keeps and adds exactly, however many places they have.

PostgreSQL has `numeric`. SQLite knows floats only: there they are texts, and added by us.
"""

from decimal import Context, Decimal, Inexact
from typing import Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate

_WIDE: Final = Context(prec=100, traps=[Inexact])


class ExactDecimal(models.Field):  # type: ignore[type-arg]
    """A column of decimals. Written as `Decimal` or as its text, read as `Decimal`."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text" if connection.vendor == "sqlite" else "numeric"

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else format(Decimal(value), "f")

    def from_db_value(self, value: Any, *_: object) -> Decimal | None:
        return None if value is None else Decimal(value)


class ExactSum(Aggregate):
    """The sum of an `ExactDecimal`; None of no rows."""

    function = "SUM"
    name = "ExactSum"
    output_field = ExactDecimal()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="exact_sum", **extra)


class _Adder:
    def __init__(self) -> None:
        self.total: Decimal | None = None

    def step(self, text: str | None) -> None:
        if text is not None:
            self.total = _WIDE.add(self.total or Decimal(0), Decimal(text))

    def finalize(self) -> str | None:
        return None if self.total is None else format(self.total, "f")


def teach_sqlite(*, connection: Any, **_: object) -> None:
    """Let a new connection add decimals."""
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("exact_sum", 1, _Adder)
