"""What is filled in, and what is left as it was measured."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS, Quality
from lamplighter.metering.domain.estimating import without_gaps

DAY = date(2025, 6, 3)
ACTUAL, ESTIMATED, MISSING = int(Quality.ACTUAL), int(Quality.ESTIMATED), int(Quality.MISSING)


def block(day: date, values: list[int], quality: list[int]) -> dict[str, object]:
    """Four intervals of six hours."""
    return {
        "usage_point": "P", "channel": "E1", "flow": "import", "unit": "Wh", "local_day": day,
        "step_s": 6 * 3600, "exponent": 0, "values": values, "quality": quality,
    }  # fmt: skip


def test_a_gap_is_filled_as_on_like_days_and_others_estimates_stay_what_they_are() -> None:
    before = block(DAY - timedelta(1), [10, 20, 30, 40], [ACTUAL] * 4)
    gap = block(DAY, [11, 0, 31, 41], [ACTUAL, MISSING, ESTIMATED, ACTUAL])
    found = without_gaps(
        pa.Table.from_pylist([before, gap], BLOCKS),
        first_day=DAY,
        after_last=DAY + timedelta(1),
        zone=ZoneInfo("Europe/Berlin"),
    )
    assert found is not None
    assert found.filled == 1
    (filled,) = found.blocks.to_pylist()
    assert filled["values"] == [11, 20, 31, 41]
    assert filled["quality"] == [ACTUAL, ESTIMATED, ESTIMATED, ACTUAL]
