"""Decimal numbers from text into columns of integers: exact, and strict about what a number is."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.metering.domain.readings import Bools, Int8s, Int64s

NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
"""Digits and at most one point: no exponent, no separators, no other script's digits."""
_SCIENTIFIC: Final = re.compile(rf"(?:{NUMBER.pattern})(?:[eE][-+]?[0-9]{{1,2}})?", re.ASCII)
MOST_DIGITS: Final = 18
_MOST_TEXT: Final = 40
_MOST_FAST, _MOST_SCALE = 28, 9
"""Texts so long, with so many decimals, fit into Arrow's decimals of 38 digits."""
_PLAIN: Final = b"0123456789.-"


@dataclass(frozen=True, slots=True)
class Decimals:
    """Each number is exactly `value` x 10^`exponent`."""

    value: Int64s
    exponent: Int8s
    not_numbers: Bools
    """Where the text is no number; value 0 there."""
    too_long: Bools
    """Where a number has too many digits; value 0 there."""

    @property
    def wrong(self) -> Bools:
        return self.not_numbers | self.too_long


def parsed(texts: Any, *, scientific: bool = False) -> Decimals:
    """
    The numbers of an Arrow array of strings (no nulls).

    :param scientific: take 5e-05 too, as programs write it
    """
    length = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    scale = _decimals_of(texts, length)
    # Longer ones would overflow in Arrow, which wraps around and says nothing.
    short = len(texts) and int(length.max()) <= _MOST_FAST and int(scale.max()) <= _MOST_SCALE
    if short and _only_plain(texts):
        whole = _scaled(texts, int(scale.max()))
        if whole is not None:
            exponent = np.full(len(texts), -int(scale.max()), np.int8)
            nowhere = np.zeros(len(texts), np.bool_)
            return Decimals(whole, exponent, nowhere, nowhere)
    return _one_by_one(texts, _SCIENTIFIC if scientific else NUMBER)


def _decimals_of(texts: Any, length: Int64s) -> Int64s:
    dot = pc.find_substring(texts, ".").to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(dot < 0, 0, length - dot - 1)


def _only_plain(texts: Any) -> bool:
    """Arrow itself would also take 1e5 and +5."""
    data = texts.buffers()[2]
    if data is None:
        return False
    first = texts.buffers()[1]
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    offsets = np.frombuffer(first, width)[texts.offset : texts.offset + len(texts) + 1]
    return not bytes(data[int(offsets[0]) : int(offsets[-1])]).translate(None, _PLAIN)


def _scaled(texts: Any, scale: int) -> Int64s | None:
    """Every number x 10^scale, or None if one is no number or too long."""
    try:
        decimals = pc.cast(texts, pa.decimal128(38, scale))
    except pa.ArrowInvalid:
        return None
    words = np.frombuffer(decimals.buffers()[1], np.int64).reshape(-1, 2)
    low, high = words[: len(texts), 0], words[: len(texts), 1]
    limit = 10**MOST_DIGITS
    if np.any(high != low >> 63) or np.any((low <= -limit) | (low >= limit)):
        return None
    return low


def _one_by_one(texts: Any, pattern: re.Pattern[str]) -> Decimals:
    n = len(texts)
    value, exponent = np.zeros(n, np.int64), np.zeros(n, np.int8)
    not_numbers, too_long = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for i, text in enumerate(texts.to_pylist()):
        number = text.strip(" \t\r\n")
        if not pattern.fullmatch(number):
            not_numbers[i] = True
            continue
        if len(number) > _MOST_TEXT:
            too_long[i] = True
            continue
        mantissa, _, power = number.lower().partition("e")
        digits, decimals = exact(mantissa)
        decimals -= int(power or 0)
        if decimals < 0:
            digits, decimals = digits * 10**-decimals, 0
        if abs(digits) >= 10**MOST_DIGITS or decimals > MOST_DIGITS:
            too_long[i] = True
        else:
            value[i], exponent[i] = digits, -decimals
    return Decimals(value, exponent, not_numbers, too_long)


def exact(number: str) -> tuple[int, int]:
    """Digits and number of decimals of a text that matches `NUMBER`."""
    whole, _, fraction = number.partition(".")
    return int(whole + fraction), len(fraction)


def decimal_of(digits: int, power: int) -> Decimal:
    """digits x 10^power exactly, without zeros behind the point that say nothing."""
    while power < 0 and digits % 10 == 0:
        digits, power = digits // 10, power + 1
    # Not `*` or `scaleb`: they would round to the precision of the decimal context.
    text = str(abs(digits)) + "0" * max(power, 0)
    return Decimal((int(digits < 0), tuple(map(int, text)), min(power, 0)))
