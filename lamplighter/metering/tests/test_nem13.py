from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.refusals import (
    Malformed,
    NegativeUsage,
    NotANumber,
    TooManyDigits,
    UnknownQuality,
    UnknownUnit,
    WrongTime,
)
from lamplighter.metering.queries.files import blocks_in, periods_in
from lamplighter.metering.tests.samples import nem13

Look = Callable[..., Any]


def test_what_was_used_between_two_readings_is_added_up(inspected: Look) -> None:
    (found,) = inspected(nem13())
    assert (found.usage_point, found.channel, found.flow) == ("4103000002", "11", "import")
    assert (found.count, found.total, found.unit) == (2, Decimal("500.0"), "kWh")
    assert found.quality == {"actual": 1, "estimated": 1}
    assert found.end == datetime.fromisoformat("2024-07-01T00:00+10:00")


def test_it_is_usage_over_periods_and_no_interval_data(written: Callable[..., Path]) -> None:
    path = written(nem13())
    assert list(blocks_in(path)) == []
    (periods,) = periods_in(path)
    assert [period["value"] for period in periods.to_pylist()] == [4125, 875]


def test_what_flows_back_may_bear_a_minus_sign(inspected: Look) -> None:
    (found,) = inspected(nem13(-1490, direction="I"))
    assert (found.flow, found.total) == ("export", Decimal("-1402.5"))


@pytest.mark.parametrize(
    ("good", "bad", "reason", "field"),
    [
        (",412.5,", ",NaN,", NotANumber, "Quantity"),
        (",412.5,", ",-1,", NegativeUsage, "Quantity"),
        (",412.5,", ",1234567890.1234567890,", TooManyDigits, "Quantity"),
        (",kWh,", ",ells,", UnknownUnit, "UOM"),
        (",A,,,412.5", ",Q,,,412.5", UnknownQuality, "CurrentQualityMethod"),
        ("20240101000000", "20241301000000", WrongTime, "PreviousRegisterReadDateTime"),
        ("20240101000000", "20240901000000", WrongTime, "CurrentRegisterReadDateTime"),
        (",E,1000,", ",X,1000,", Malformed, "DirectionIndicator"),
        ("250,4103000002,11,1,11", "250,4103000002,11,1,", Malformed, "NMISuffix"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(
    inspected: Look, good: str, bad: str, reason: type[Refusal], field: str
) -> None:
    text = nem13()
    assert good in text
    with pytest.raises(reason) as no:
        inspected(text.replace(good, bad, 1))
    assert (no.value.places[0].row, no.value.places[0].field) == (2, field)


def test_a_record_that_breaks_off_is_refused(inspected: Look) -> None:
    with pytest.raises(Malformed) as no:
        inspected(nem13().replace("412.5,kWh,20240701,20240402120000,", ""))
    assert no.value.places[0].row == 2


def test_commas_that_a_spreadsheet_has_added_say_nothing(inspected: Look) -> None:
    padded = "\r\n".join(line + ",,," for line in nem13().splitlines())
    assert inspected(padded) == inspected(nem13())


def test_a_wrong_time_of_update_is_named(inspected: Look) -> None:
    with pytest.raises(WrongTime) as no:
        inspected(nem13().replace(",20240402120000,", ",20240402990000,"))
    assert no.value.places[0].field == "UpdateDateTime"
