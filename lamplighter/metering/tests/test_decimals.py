from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.decimals import NUMBER, decimal_of, parsed

PLAIN = st.from_regex(r"-?(?:[0-9]{1,10}(?:\.[0-9]{0,8})?|\.[0-9]{1,8})", fullmatch=True)


@settings(deadline=None)
@given(st.lists(PLAIN, min_size=1))
def test_numbers_become_columns_exactly(texts: list[str]) -> None:
    found = parsed(pa.array(texts, pa.string()))
    assert not found.wrong.any()
    pairs = zip(found.value.tolist(), found.exponent.tolist(), strict=True)
    assert [decimal_of(*pair) for pair in pairs] == [Decimal(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.one_of(PLAIN, st.text(max_size=8)), min_size=1))
def test_what_is_no_number_is_found_wherever_it_stands(texts: list[str]) -> None:
    found = parsed(pa.array(texts, pa.string()))
    said = [NUMBER.fullmatch(text.strip(" \t\r\n")) is None for text in texts]
    assert found.not_numbers.tolist() == said


@pytest.mark.parametrize("text", ["1" * 19, "0." + "1" * 19, "9" * 40])
def test_more_digits_than_can_be_kept_are_not_cut_off(text: str) -> None:
    found = parsed(pa.array([text, "1"]))
    assert found.wrong.tolist() == [True, False]


def test_a_part_of_an_array_is_read_as_itself() -> None:
    texts = pa.array(["x", "1.5", "2", "y"])
    assert parsed(texts.slice(1, 2)).value.tolist() == [15, 20]


@settings(deadline=None)
@given(st.integers(), st.integers(-40, 40))
def test_digits_and_a_power_of_ten_are_exactly_a_decimal(digits: int, power: int) -> None:
    # Decimal's own operators would round to 28 digits.
    assert decimal_of(digits, power).as_integer_ratio() == (
        (digits * 10**power, 1) if power >= 0 else Fraction(digits, 10**-power).as_integer_ratio()
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [("5e-05", "0.00005"), ("1.5E+2", "150"), ("-2e0", "-2"), (".5e1", "5"), ("1e17", f"{10**17}")],
)
def test_numbers_may_be_written_as_programs_write_them(text: str, number: str) -> None:
    found = parsed(pa.array([text]), scientific=True)
    assert decimal_of(int(found.value[0]), int(found.exponent[0])) == Decimal(number)
    assert parsed(pa.array([text])).not_numbers.tolist() == [True]


@pytest.mark.parametrize("text", ["1e308", "1e", "e5", "1e18", "1e-19", "1e5.0", "1e٣"])
def test_not_everything_with_an_e_is_a_number(text: str) -> None:
    assert parsed(pa.array([text]), scientific=True).wrong.tolist() == [True]


@pytest.mark.parametrize("text", ["1" * 50, "1" + "0" * 308, "0" * 200 + "5"])
def test_endless_digits_do_not_come_round_to_another_number(text: str) -> None:
    assert parsed(pa.array([text])).too_long.tolist() == [True]
