"""The words of a native tariff document, shared by those who read it and those who write it."""

import calendar
from collections.abc import Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
)
from typing import Final

from lamplighter.tariffs.domain.clock import HOLIDAY
from lamplighter.tariffs.domain.schedule import TierUnit

NATIVE: Final = "lamplighter-tariff/1"
EVERYTHING: Final = "everything above"
"""On all components that stand above."""
OTHER_TIMES: Final = "other times"
"""All of a day that no other band has."""

SLOT_MINUTES: Final = 5
SLOTS: Final = 24 * 60 // SLOT_MINUTES

DAY_TYPES: Final[Mapping[str, tuple[int, ...]]] = {
    "everyDay": (0, 1, 2, 3, 4, 5, 6, HOLIDAY),
    "weekday": (0, 1, 2, 3, 4),
    "weekend": (5, 6),
    **{name.lower(): (number,) for number, name in enumerate(calendar.day_name)},
    "holiday": (HOLIDAY,),
}
"""What days are called, from the general to the special: the special one holds."""

TIER_UNITS: Final[Mapping[TierUnit, str]] = {
    TierUnit.PLAIN: "month",
    TierUnit.DAILY: "day",
    TierUnit.PER_KW: "kW",
    TierUnit.PER_KW_DAILY: "kW day",
}
"""What a tier's upper bound is counted by."""

ROUNDING_MODES: Final[Mapping[str, str]] = {
    "half-even": ROUND_HALF_EVEN,
    "half-up": ROUND_HALF_UP,
    "half-down": ROUND_HALF_DOWN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "ceiling": ROUND_CEILING,
    "floor": ROUND_FLOOR,
}


def time_of(slot: int) -> str:
    """The time of day at which a slot begins: `07:30`."""
    hours, minutes = divmod(slot * SLOT_MINUTES, 60)
    return f"{hours:02}:{minutes:02}"
