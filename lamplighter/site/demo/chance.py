"""
Chance that can be looked up: the same keys always give the same number, in any order and company.

So account 17 is the same in a town of a thousand and of a million, and its July does not depend on
whether its June was made.
"""

import zlib
from typing import Any, Final

import numpy as np

SEED: Final = 1885
_SHIFT: Final = tuple(np.uint64(n) for n in (30, 27, 31, 11))
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

Draws = Any
"""An array of float64 from 0 up to but not including 1."""


def draws(name: str, *keys: Any) -> Draws:
    """
    A number for each combination of keys: whole numbers, or arrays of them that broadcast.

    Each key goes through the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).

    :param name: what is drawn; other names give other numbers for the same keys
    """
    state = np.uint64(zlib.crc32(name.encode()) ^ SEED)
    with np.errstate(over="ignore"):
        for key in keys:
            state = _mixed((state ^ np.asarray(key).astype(np.uint64)) * _ODD + _ODD)
    return (state >> _SHIFT[3]) * 2.0**-53


def between(low: float, high: float, drawn: Draws) -> Any:
    """Draws stretched to lie from `low` to `high`."""
    return low + (high - low) * drawn


def whole(low: int, high: int, drawn: Draws) -> Any:
    """Draws as whole numbers from `low` to `high`, both included."""
    return (low + drawn * (high - low + 1)).astype(np.int64)


def _mixed(state: Any) -> Any:
    state = (state ^ (state >> _SHIFT[0])) * _MIX[0]
    state = (state ^ (state >> _SHIFT[1])) * _MIX[1]
    return state ^ (state >> _SHIFT[2])
