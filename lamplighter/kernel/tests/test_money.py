from decimal import ROUND_HALF_UP, Decimal

import pytest

from lamplighter.kernel.money import Currency, CurrencyMismatch, Money, UnknownCurrency

EUR, JPY, KWD = Currency("EUR"), Currency("JPY"), Currency("KWD")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.345", EUR, 1234), ("12.355", EUR, 1236), ("1234.5", JPY, 1234), ("1.2345", KWD, 1234)],
)
def test_money_is_rounded_to_the_minor_unit_of_its_currency(
    amount: str, currency: Currency, minor: int
) -> None:
    assert Money.rounded(Decimal(amount), currency) == Money(minor, currency)


def test_the_rounding_mode_is_the_callers() -> None:
    assert Money.rounded(Decimal("12.345"), EUR, ROUND_HALF_UP).minor == 1235


def test_money_prints_with_all_its_decimals() -> None:
    assert (str(Money(5, EUR)), str(Money(5, JPY)), str(Money(5, KWD))) == (
        "0.05 EUR",
        "5 JPY",
        "0.005 KWD",
    )


def test_currencies_are_never_mixed() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, EUR) + Money(1, JPY)


def test_a_currency_nobody_knows_is_refused_by_a_stable_code() -> None:
    with pytest.raises(UnknownCurrency) as no:
        Currency("EURO")
    assert no.value.code == "UnknownCurrency"
