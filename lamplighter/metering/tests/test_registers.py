from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import (
    BadRegisterReading,
    DialReading,
    Dials,
    RegisterDidNotRollOver,
    RegisterRunsBackwards,
    check_between,
    steps_between,
)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
FIVE_DIALS = Dials(dials=5, decimals=0)


def reading(count: int, *, rolled_over: bool = False, day: int = 0) -> DialReading:
    return DialReading(
        at=NOON + timedelta(days=day),
        count=count,
        rolled_over=rolled_over,
        quality=Quality.ACTUAL,
    )


def test_usage_over_the_rollover_of_five_dials() -> None:
    # 99,950 to 100,000 is 50, and from 00,000 to 00,050 another 50.
    steps = steps_between(reading(99_950), reading(50, rolled_over=True), dials=FIVE_DIALS)
    assert FIVE_DIALS.quantity(steps) == 100


def test_usage_of_a_register_behind_a_transformer() -> None:
    # 200/5 A: 40 kWh for each on the dials. 1,234.5 to 1,300.0 is 65.5 on the dials, 2,620 kWh.
    dials = Dials(dials=4, decimals=1, multiplier=Decimal(40))
    steps = steps_between(
        reading(dials.count(Decimal("1234.5"))),
        reading(dials.count(Decimal("1300.0"))),
        dials=dials,
    )
    assert dials.quantity(steps) == Decimal(2620)


def test_a_rollover_with_decimals() -> None:
    # A water meter of 00000,000 m3: 99,999.750 to 00,000.125 is 0.375 m3.
    dials = Dials(dials=5, decimals=3)
    steps = steps_between(
        reading(dials.count(Decimal("99999.750"))),
        reading(dials.count(Decimal("0.125")), rolled_over=True),
        dials=dials,
    )
    assert dials.quantity(steps) == Decimal("0.375")


def test_a_lower_reading_is_refused_with_what_it_would_mean() -> None:
    with pytest.raises(RegisterRunsBackwards, match=r"00050|50 .* lower .* usage is then 100\."):
        steps_between(reading(99_950), reading(50), dials=FIVE_DIALS)


def test_what_the_dials_cannot_show_is_refused() -> None:
    dials = Dials(dials=5, decimals=1)
    for wrong in ("100000", "1.25", "-1", "NaN", "Infinity"):
        with pytest.raises(BadRegisterReading):
            dials.count(Decimal(wrong))
    assert dials.count(Decimal("99999.9")) == 999_999
    assert dials.count(Decimal("1.20")) == 12


def test_a_reading_goes_between_its_neighbours() -> None:
    before, after = reading(100, day=0), reading(300, day=2)
    check_between(reading(200, day=1), before=before, after=after, dials=FIVE_DIALS)
    for wrong in (99, 301):
        with pytest.raises(RegisterRunsBackwards):
            check_between(reading(wrong, day=1), before=before, after=after, dials=FIVE_DIALS)


def test_a_reading_before_a_rollover_is_let_in() -> None:
    before, after = reading(99_900, day=0), reading(50, rolled_over=True, day=2)
    check_between(reading(99_950, day=1), before=before, after=after, dials=FIVE_DIALS)


def test_a_rollover_that_was_none_is_refused() -> None:
    with pytest.raises(RegisterDidNotRollOver):
        check_between(
            reading(200, rolled_over=True), before=reading(100), after=None, dials=FIVE_DIALS
        )
    with pytest.raises(RegisterDidNotRollOver):
        check_between(reading(200, rolled_over=True), before=None, after=None, dials=FIVE_DIALS)


@given(
    dials=st.builds(Dials, dials=st.integers(1, 9), decimals=st.integers(0, 6)),
    start=st.integers(min_value=0),
    used=st.lists(st.integers(min_value=0), min_size=1),
)
def test_usage_adds_up_however_often_the_dials_roll_over(
    dials: Dials, start: int, used: list[int]
) -> None:
    # No meter is read so rarely that its dials come around once and pass where they were.
    used = [one % dials.capacity for one in used]
    shown, total = start % dials.capacity, 0
    for one in used:
        count = (shown + one) % dials.capacity
        total += steps_between(
            reading(shown), reading(count, rolled_over=count < shown), dials=dials
        )
        shown = count
    assert total == sum(used)


@given(
    dials=st.builds(Dials, dials=st.integers(1, 9), decimals=st.integers(0, 6)),
    count=st.integers(min_value=0),
)
def test_what_is_shown_is_counted_exactly(dials: Dials, count: int) -> None:
    count %= dials.capacity
    assert dials.count(dials.shown(count)) == count
