"""How pages write what they show."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from lamplighter.kernel import Currency, Money
from lamplighter.site.templatetags import words

EUR, JPY, KWD = (Currency(code) for code in ("EUR", "JPY", "KWD"))


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123456, EUR, "1,234.56 EUR"),
        (-5, EUR, "−0.05 EUR"),
        (0, EUR, "0.00 EUR"),
        (1234567, JPY, "1,234,567 JPY"),
        (1234567, KWD, "1,234.567 KWD"),
    ],
)
def test_money_has_the_decimals_of_its_currency(
    minor: int, currency: Currency, written: str
) -> None:
    assert words.money(Money(minor, currency)) == written
    assert f"{words.minor(minor, currency)} {currency}" == written


def test_a_difference_has_a_sign() -> None:
    assert [words.signed(n, EUR) for n in (5, -5, 0)] == ["+0.05", "−0.05", "0.00"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1234.50", "1,234.5"),
        ("-0.10", "−0.1"),
        ("0", "0"),
        ("1E+3", "1,000"),
        ("1E-7", "0.0000001"),
    ],
)
def test_a_quantity_is_written_in_full(value: str, written: str) -> None:
    assert words.number(Decimal(value)) == written


@pytest.mark.parametrize(
    ("first", "after_last", "written"),
    [
        ("2026-09-01", "2026-10-01", "September 2026"),
        ("2026-09-01", "2026-09-15", "1 – 14 September 2026"),
        ("2026-08-28", "2026-09-28", "28 Aug – 27 Sep 2026"),
        ("2025-12-01", "2026-02-01", "1 Dec 2025 – 31 Jan 2026"),
        ("2026-12-01", "2027-01-01", "December 2026"),
    ],
)
def test_a_span_is_written_by_its_last_day(first: str, after_last: str, written: str) -> None:
    span = SimpleNamespace(
        first_day=date.fromisoformat(first), after_last=date.fromisoformat(after_last)
    )
    assert words.days(span) == written


def test_a_moment_is_told_by_the_clocks_of_the_place() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert words.moment(noon, "Europe/Berlin") == "1 July 2026, 14:00"
