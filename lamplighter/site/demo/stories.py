"""
Accounts to which something happens, so that there is something to look at: see docs/demo.md.

They are the first of the town, whatever its size.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

SAME_PLACE: Final = {22: 21}
"""Who lives where another one has lived before."""
MOVED_ON: Final = date(2025, 10, 15)
CHANGED_RATE_ON: Final = date(2026, 2, 11)
CHANGED_RATE, NEW_RATE = 23, "HLW-R2"
EXCHANGED: Final = 17
EXCHANGED_ON: Final = date(2025, 9, 17)
WITHOUT_METER: Final = 24
ALL_THREE: Final = 14
"""Electricity, water and gas on one account."""
IN_ARREARS: Final = (7, 8, 13)
"""They have paid nothing since the bill of May 2026."""

KINDS: Final = (
    "flat", "house", "ev", "solar", "solar", "storage", "shop", "office", "bakery", "cold-store",
    "plant", "lights", "water", "house", "flat", "flat", "house", "house", "house", "flat",
    "house", "house", "house", "flat", "ev",
)  # fmt: skip
"""Of the accounts 1 to 25."""
TARIFFS: Final = {
    1: "HLW-R1", 2: "HLW-R1", 3: "HLW-EV", 4: "HLW-NM", 5: "HLW-NB", 11: "HLW-P1", 14: "HLW-R2",
    18: "HLW-R3", 21: "HLW-R1", 22: "HLW-R2", 23: "HLW-R1", 24: "HLW-R4", 25: "HLW-R2",
}  # fmt: skip
LANGUAGES: Final = {1: "en", 2: "es", 3: "de", 4: "ar", 5: "hi", 14: "es", 23: "de"}


class Wrong(StrEnum):
    """What may be wrong with readings."""

    MISSING = "missing"
    STUCK = "stuck"
    ESTIMATED = "estimated"
    SUBSTITUTED = "substituted"
    SPIKE = "spike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the electricity readings of an account, and from when until when."""

    ordinal: int
    wrong: Wrong
    first_day: date
    last_day: date
    arrives_on: date | None = None
    """When the right readings come after all."""


FAULTS: Final = (
    Fault(
        ordinal=15,
        wrong=Wrong.MISSING,
        first_day=date(2025, 7, 8),
        last_day=date(2025, 7, 10),
        arrives_on=date(2025, 8, 12),
    ),
    Fault(
        ordinal=16,
        wrong=Wrong.STUCK,
        first_day=date(2026, 9, 1),
        last_day=date(2026, 9, 30),
    ),
    Fault(ordinal=17, wrong=Wrong.SUBSTITUTED, first_day=EXCHANGED_ON, last_day=EXCHANGED_ON),
    Fault(
        ordinal=18,
        wrong=Wrong.ESTIMATED,
        first_day=date(2026, 2, 3),
        last_day=date(2026, 2, 12),
    ),
    Fault(
        ordinal=19,
        wrong=Wrong.MISSING,
        first_day=date(2026, 9, 5),
        last_day=date(2026, 9, 25),
        arrives_on=date(2026, 10, 9),
    ),
    Fault(
        ordinal=20,
        wrong=Wrong.SPIKE,
        first_day=date(2026, 9, 9),
        last_day=date(2026, 9, 9),
    ),
)
SPIKE_KWH: Final = 2_400
"""Counted in the hour from 18 to 19 o'clock."""
