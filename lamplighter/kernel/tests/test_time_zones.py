from zoneinfo import ZoneInfo

import pytest

from lamplighter.kernel import time_zone_named


def test_a_name_of_the_database_is_a_zone() -> None:
    assert time_zone_named("Europe/Berlin") == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "name",
    ["Nowhere/Else", "Europe", "", ".", "../Berlin", "/etc/passwd", "Berlin\0", "B" * 9999],
)
def test_anything_else_is_none(name: str) -> None:
    assert time_zone_named(name) is None
