"""OBIS codes: what the registers of electricity, gas, heat and water meters are called."""

import re
from typing import Final

_FLOW: Final = {"1": "import", "2": "export", "3": "reactive-import", "4": "reactive-export"}

_IDENTITY: Final = (
    re.compile(r"0-[0-9]+:96\.1\.[01]"),
    re.compile(r"0-[0-9]+:42\.0\.0"),
    re.compile(r"0-[0-9]+:96\.1\.255"),
    re.compile(r"[01]-0:(?:0\.0\.0|96\.1\.0)"),
)

_BARE_NUMBERS: Final = (
    re.compile(r"0-0:96\.7\.[0-9]+"),  # power failures
    re.compile(r"1-0:[357]2\.3[26]\.0"),  # sags and swells of the voltage
    re.compile(r"1-0:[1357]3\.7\.0"),  # power factors
    re.compile(r"0-[0-9]+:(?:96\.3\.10|24\.4\.0)"),  # positions of switch and valve
    re.compile(r"0-[1-9]:24\.2\.[0-9]"),  # a meter behind the meter that never answered
)


def device_of(obis: str) -> int:
    """The number of the meter behind this one to which a code belongs; 0 is the meter itself."""
    medium, rest = obis.split("-", 1)
    return int(rest.split(":", 1)[0]) if medium == "0" else 0


def flow_of(obis: str, unit: str) -> str:
    """Which way a register counts. Powers, voltages and texts count nothing."""
    quantity, kind = obis.split(":", 1)[1].split(".")[:2]
    if obis.startswith("1-") and kind == "8" and quantity in _FLOW:
        return _FLOW[quantity]
    counted = obis.startswith("0-") and quantity == "24" and kind in ("2", "3") and unit
    return "import" if counted else "other"


def is_bare_number(obis: str) -> bool:
    """Whether a value without a unit is a number all the same: a count, a position, a factor."""
    return any(pattern.fullmatch(obis) for pattern in _BARE_NUMBERS)


def identity_rank(obis: str) -> int | None:
    """How good a code is to name a meter by (0 is best); None if it names none."""
    for rank, pattern in enumerate(_IDENTITY):
        if pattern.fullmatch(obis):
            return rank
    return None
