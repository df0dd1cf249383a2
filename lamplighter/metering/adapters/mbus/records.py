"""
The data records of an M-Bus frame with variable structure.

Source: EN 13757-3:2018, chapter 6 and annexes A (coding of data) and C (fixed structure).
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from lamplighter.metering.adapters.mbus.value_information import Meaning, meaning_of
from lamplighter.metering.domain.decimals import decimal_of

_FUNCTIONS: Final = ("", "maximum", "minimum", "error-state")
_BYTES: Final = (0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, None, 6, 0)
"""Length of the data by the low half of the data information field; None: it says so itself."""
_REAL, _VARIABLE, _SPECIAL = 0x5, 0xD, 0xF
_BCD: Final = frozenset((0x9, 0xA, 0xB, 0xC, 0xE))
_MOST_EXTENSIONS: Final = 10

_MAKER_DATA, _MORE_FOLLOW, _FILLER, _GLOBAL = 0x0F, 0x1F, 0x2F, 0x7F


@dataclass(frozen=True, slots=True)
class Record:
    """One data record: what is measured, and a number or a text."""

    name: str
    """The quantity and all that tells this record from others of the frame."""
    unit: str
    value: Decimal | None
    text: str
    is_time: datetime | None = None
    """The time of the frame itself, if this is it: as the meter's clock shows it."""


class RecordsBreakOff(Exception):  # noqa: N818 - it becomes a refusal where the row is known
    """A record goes on after the end of its frame."""


class _Bytes:
    """The user data, taken from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, n: int = 1) -> bytes:
        if self._at + n > len(self._data):
            raise RecordsBreakOff
        taken = self._data[self._at : self._at + n]
        self._at += n
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def records(data: bytes) -> Iterator[Record]:
    """:raises RecordsBreakOff: if the last record is not whole"""
    left = _Bytes(data)
    while left:
        first = left.take()[0]
        if first == _FILLER:
            continue
        if first in (_MAKER_DATA, _MORE_FOLLOW):
            name = "manufacturer-data" if first == _MAKER_DATA else "more-records-follow"
            yield Record(name, "", None, left.rest().hex(" ").upper())
        elif first & 0x0F == _SPECIAL:
            if first != _GLOBAL:
                raise RecordsBreakOff
        else:
            yield _record(first, left)


def _record(first: int, left: _Bytes) -> Record:
    storage, tariff, unit, extended = first >> 6 & 1, 0, 0, first & 0x80
    for place in range(_MOST_EXTENSIONS + 1):
        if not extended:
            break
        if place == _MOST_EXTENSIONS:
            raise RecordsBreakOff
        more = left.take()[0]
        storage |= (more & 0x0F) << (1 + 4 * place)
        tariff |= (more >> 4 & 3) << (2 * place)
        unit |= (more >> 6 & 1) << place
        extended = more & 0x80
    codes, words = _value_information(left)
    meaning = meaning_of(codes, words)
    data, coding = _data(first & 0x0F, left)
    parts = [
        meaning.quantity,
        _FUNCTIONS[first >> 4 & 3],
        f"storage-{storage}" if storage else "",
        f"tariff-{tariff}" if tariff else "",
        f"unit-{unit}" if unit else "",
        *meaning.marks,
    ]
    name = "/".join(part for part in parts if part)
    plain = not (first & 0x30 or storage or tariff or unit or meaning.marks)
    return _decoded(name, meaning, data, coding, plain=plain)


def _value_information(left: _Bytes) -> tuple[bytes, str]:
    """The value information block, and the unit in plain words if it brings one."""
    codes = left.take()
    words = ""
    if codes[0] & 0x7F == 0x7C:
        words = left.take(left.take()[0])[::-1].decode("latin-1")
    while codes[-1] & 0x80:
        if len(codes) > _MOST_EXTENSIONS:
            raise RecordsBreakOff
        codes += left.take()
    return codes, words


def _data(field: int, left: _Bytes) -> tuple[bytes, str]:
    """The bytes of the value, and how they are coded."""
    length = _BYTES[field]
    if length is None:
        return _variable(left)
    coding = "real" if field == _REAL else "bcd" if field in _BCD else "integer"
    return left.take(length), coding


def _variable(left: _Bytes) -> tuple[bytes, str]:
    length = left.take()[0]
    if length < 0xC0:
        return left.take(length), "text"
    if length < 0xCA:
        return left.take(length - 0xC0), "bcd"
    if 0xD0 <= length < 0xDA:
        return left.take(length - 0xD0), "negative-bcd"
    if 0xE0 <= length < 0xF0:
        return left.take(length - 0xE0), "integer"
    if 0xF0 <= length < 0xF5:
        return left.take(4 * (length - 0xEC)), "integer"
    raise RecordsBreakOff


def _decoded(name: str, meaning: Meaning, data: bytes, coding: str, *, plain: bool) -> Record:
    if coding == "text":
        return Record(name, "", None, data[::-1].decode("latin-1").strip())
    if meaning.kind == "date" and coding == "integer":
        at, text = _date(data)
        is_time = at if plain and meaning.quantity == "date-time" else None
        return Record(name, "", None, text, is_time)
    number = _number(data, coding)
    if number is None:
        return Record(name, meaning.unit, None, data[::-1].hex().upper())
    digits, power = number
    scaled = digits * meaning.times, power + meaning.power
    return Record(name, meaning.unit, decimal_of(*_added(scaled, meaning.plus)), "")


def _added(number: tuple[int, int], plus: tuple[int, int]) -> tuple[int, int]:
    lowest = min(number[1], plus[1])
    digits = sum(digits * 10 ** (power - lowest) for digits, power in (number, plus))
    return digits, lowest


def _number(data: bytes, coding: str) -> tuple[int, int] | None:
    """Digits and power of ten; None if the bytes are no number, or there are none."""
    if not data:
        return None
    if coding == "integer":
        return int.from_bytes(data, "little", signed=True), 0
    if coding == "real":
        (real,) = struct.unpack("<f", data)
        if not math.isfinite(real):
            return None
        numerator, denominator = real.as_integer_ratio()
        twos = denominator.bit_length() - 1
        return numerator * 5**twos, -twos
    digits = data[::-1].hex()
    negative = coding == "negative-bcd"
    if digits.startswith("f"):
        # A nibble F in the first place is the minus sign.
        digits, negative = "0" + digits[1:], True
    if not digits.isdecimal():
        return None
    return (-int(digits) if negative else int(digits)), 0


def _date(data: bytes) -> tuple[datetime | None, str]:
    """Types G (date), F (date and time) and I (with seconds); the bytes where they are no date."""
    raw, seconds = int.from_bytes(data, "little"), 0
    if len(data) == 6:
        seconds, raw = raw & 0x3F, raw >> 8
    if len(data) == 2:
        raw <<= 16
    as_bytes = data[::-1].hex().upper()
    unset = len(data) not in (2, 4, 6) or raw & 0x80
    year = raw >> 21 & 0x07 | raw >> 25 & 0x78
    try:
        at = datetime(  # noqa: DTZ001 - the meter's clock has no zone
            2000 + year if year <= 80 else 1900 + year,
            raw >> 24 & 0x0F, raw >> 16 & 0x1F, raw >> 8 & 0x1F, raw & 0x3F, seconds,
        )  # fmt: skip
    except ValueError:
        return None, as_bytes
    if unset:
        return None, as_bytes
    if len(data) == 2:
        return at, at.date().isoformat()
    return at, at.isoformat(timespec="seconds" if len(data) == 6 else "minutes")


_FIXED_UNITS: Final = (
    *((unit, power) for unit in ("Wh", "kWh", "MWh") for power in range(3)),
    *((unit, power) for unit in ("kJ", "MJ", "GJ") for power in range(3)),
    *((unit, power) for unit in ("W", "kW", "MW") for power in range(3)),
    *(("J/h", prefix + power) for prefix in (3, 6, 9) for power in range(3)),
    *(("L", power - 3) for power in range(3)),
    *(("L", power) for power in range(3)),
    *(("m3", power) for power in range(3)),
    *(("L/h", power - 3) for power in range(3)),
    *(("L/h", power) for power in range(3)),
    *(("m3/h", power) for power in range(3)),
    ("°C", -3),
)
"""Units 02 to 38 of the fixed structure, each with its power of ten."""
_SAME_BUT_HISTORIC: Final = 0x3E


def fixed_records(status: int, units: bytes, counters: tuple[bytes, bytes]) -> Iterator[Record]:
    """The two counters of a frame with fixed structure."""
    coding = "integer" if status & 0x01 else "bcd"
    stored, unit, power = "/storage-1" if status & 0x02 else "", "", 0
    for number, (code, data) in enumerate(zip(units, counters, strict=True), 1):
        place = (code & 0x3F) - 2
        if code & 0x3F == _SAME_BUT_HISTORIC:
            stored = "/storage-1"
        else:
            unit, power = _FIXED_UNITS[place] if 0 <= place < len(_FIXED_UNITS) else ("", 0)
        digits = _number(data, coding)
        yield Record(
            f"counter-{number}{stored}",
            unit,
            None if digits is None else decimal_of(digits[0], digits[1] + power),
            data[::-1].hex().upper() if digits is None else "",
        )
