import pytest
from django.db import IntegrityError, connection, transaction

from lamplighter.kernel import new_id
from lamplighter.platform.bulk import insert_missing_rows, insert_rows
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.platform.tests.lamps import NOON

pytestmark = pytest.mark.django_db
COLUMNS = ("id", "name", "data", "published_at", "trace_id")


def rows(count: int, name: str = "a") -> list[tuple[object, ...]]:
    return [(new_id(), name, "{}", NOON, "") for _ in range(count)]


def test_rows_that_are_there_stay_as_they_are() -> None:
    first = rows(2)
    more = rows(1, "b")
    assert insert_missing_rows(OutboxEvent, COLUMNS, first) == {row[0] for row in first}
    again = [(key, "changed", *rest) for key, _, *rest in first]
    assert insert_missing_rows(OutboxEvent, COLUMNS, [*again, *more]) == {more[0][0]}
    assert sorted(OutboxEvent.objects.values_list("name", flat=True)) == ["a", "a", "b"]


def test_nothing_at_all_can_be_inserted() -> None:
    assert insert_missing_rows(OutboxEvent, COLUMNS, []) == set()


def test_more_rows_than_fit_into_one_statement_are_looked_for() -> None:
    many = rows(1201)
    insert_rows(OutboxEvent, COLUMNS, many[:1100])
    assert insert_missing_rows(OutboxEvent, COLUMNS, many) == {row[0] for row in many[1100:]}


def test_tables_that_refuse_changes_take_what_is_missing() -> None:
    columns = ("id", "at", "actor", "action", "subject", "detail", "digest")
    lines = [(new_id(), NOON, "test", "light", "a", "{}", "0" * 64) for _ in range(2)]
    assert len(insert_missing_rows(AuditLine, columns, lines[:1])) == 1
    assert insert_missing_rows(AuditLine, columns, lines) == {lines[1][0]}


def test_a_row_that_breaks_another_rule_is_refused_loudly() -> None:
    (row,) = rows(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_missing_rows(OutboxEvent, COLUMNS, [(row[0], None, *row[2:])])


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_nothing_is_inserted() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(transaction.TransactionManagementError):
        insert_missing_rows(OutboxEvent, COLUMNS, rows(1))
