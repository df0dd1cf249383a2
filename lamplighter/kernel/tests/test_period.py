from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lamplighter.kernel import Period

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(("day", "hours"), [(29, 24), (30, 23)])
def test_a_local_day_lasts_as_long_as_the_clocks_say(day: int, hours: int) -> None:
    first = date(2025, 3, day)
    assert Period.of_days(first, first + timedelta(1), BERLIN).duration == timedelta(hours=hours)


def test_the_end_is_not_in_the_period() -> None:
    period = Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
    assert period.start in period
    assert period.end not in period


def test_the_local_days_of_a_period_are_those_it_touches() -> None:
    period = Period(datetime(2025, 1, 1, 22, tzinfo=UTC), datetime(2025, 1, 2, 23, tzinfo=UTC))
    assert list(period.local_days(BERLIN)) == [date(2025, 1, 1), date(2025, 1, 2)]


def test_a_period_knows_its_time_zone_and_runs_forward() -> None:
    with pytest.raises(ValueError, match="aware"):
        Period(datetime(2025, 1, 1), datetime(2025, 2, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="ends after"):
        Period(datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
