from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.platform.exact import ExactDecimal, ExactSum

pytestmark = pytest.mark.django_db
FIELD = ExactDecimal()


def added(numbers: list[str | None]) -> Decimal | None:
    """The sum that the database makes."""
    function = "exact_sum" if connection.vendor == "sqlite" else ExactSum.function
    column = FIELD.db_type(connection)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS numbers")
        cursor.execute(f"CREATE TEMPORARY TABLE numbers (number {column})")
        for number in numbers:
            cursor.execute("INSERT INTO numbers VALUES (%s)", [FIELD.get_prep_value(number)])
        cursor.execute(f"SELECT {function}(number) FROM numbers")
        (total,) = cursor.fetchone()
    return FIELD.from_db_value(total)


def test_a_third_is_added_to_the_last_place() -> None:
    # As floats these come to 300000000000000000.
    assert added(["100000000000000000.333333333"] * 3) == Decimal("300000000000000000.999999999")
    assert added(["0.1", "0.2", "-0.3"]) == 0


def test_nothing_adds_up_to_nothing() -> None:
    assert added([]) is None
    assert added([None, "1E+3"]) == 1000


@settings(max_examples=30)
@given(st.lists(st.decimals(-(10**12), 10**12, places=9), min_size=1, max_size=20))
def test_sums_are_those_of_decimals(numbers: list[Decimal]) -> None:
    assert added([str(number) for number in numbers]) == sum(numbers)
