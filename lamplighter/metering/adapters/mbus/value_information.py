"""
What an M-Bus data record measures: value information fields and their extensions.

Source: EN 13757-3:2018, tables 10 (primary), 12 (first extension, after FD), 14 (second, after FB)
and 15 (combinable extensions).
"""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """A quantity, its unit, and by what the number in the record is to be multiplied."""

    quantity: str
    unit: str = ""
    power: int = 0
    """Of ten."""
    times: int = 1
    """Besides, to come to the unit: 3600 from hours to seconds."""
    kind: str = "number"
    """`number`, `date`, or `raw` where the meter's maker alone knows."""
    plus: tuple[int, int] = (0, 0)
    """What is to be added at the end: digits and power of ten."""
    marks: tuple[str, ...] = ()
    """What else the extensions say, such as `backward`."""


_DURATION: Final = (("s", 1), ("s", 60), ("s", 3600), ("s", 86_400))

_RANGES: Final = (
    # first code, last, quantity, unit, power of ten at the first code, factor
    (0x00, 0x07, "energy", "Wh", -3, 1),
    (0x08, 0x0F, "energy", "J", 0, 1),
    (0x10, 0x17, "volume", "m3", -6, 1),
    (0x18, 0x1F, "mass", "kg", -3, 1),
    (0x28, 0x2F, "power", "W", -3, 1),
    (0x30, 0x37, "power", "J/h", 0, 1),
    (0x38, 0x3F, "volume-flow", "m3/h", -6, 1),
    (0x40, 0x47, "volume-flow", "m3/h", -7, 60),
    (0x48, 0x4F, "volume-flow", "m3/h", -9, 3600),
    (0x50, 0x57, "mass-flow", "kg/h", -3, 1),
    (0x58, 0x5B, "flow-temperature", "°C", -3, 1),
    (0x5C, 0x5F, "return-temperature", "°C", -3, 1),
    (0x60, 0x63, "temperature-difference", "K", -3, 1),
    (0x64, 0x67, "external-temperature", "°C", -3, 1),
    (0x68, 0x6B, "pressure", "bar", -3, 1),
)
_DURATIONS: Final = {
    0x20: "on-time", 0x24: "operating-time", 0x70: "averaging-duration", 0x74: "actuality-duration",
}  # fmt: skip
_SINGLE: Final = {
    0x6C: Meaning("date", kind="date"),
    0x6D: Meaning("date-time", kind="date"),
    0x6E: Meaning("heat-cost-allocation"),
    0x78: Meaning("fabrication-number"),
    0x79: Meaning("enhanced-identification"),
    0x7A: Meaning("bus-address"),
    0x7F: Meaning("manufacturer-specific", kind="raw"),
}
_FB_RANGES: Final = (
    (0x00, 0x01, "energy", "Wh", 5, 1),
    (0x02, 0x03, "reactive-energy", "kVArh", 0, 1),
    (0x04, 0x05, "apparent-energy", "kVAh", 0, 1),
    (0x08, 0x09, "energy", "J", 8, 1),
    (0x0C, 0x0F, "energy", "Mcal", -1, 1),
    (0x10, 0x11, "volume", "m3", 2, 1),
    (0x14, 0x17, "reactive-power", "kVAr", -3, 1),
    (0x18, 0x19, "mass", "kg", 5, 1),
    (0x1A, 0x1B, "relative-humidity", "%", -1, 1),
    (0x20, 0x20, "volume", "ft3", 0, 1),
    (0x21, 0x21, "volume", "ft3", -1, 1),
    (0x22, 0x23, "volume", "gal", -1, 1),
    (0x28, 0x29, "power", "W", 5, 1),
    (0x2C, 0x2F, "frequency", "Hz", -3, 1),
    (0x30, 0x31, "power", "J/h", 8, 1),
    (0x34, 0x37, "apparent-power", "kVA", -3, 1),
    (0x58, 0x5B, "flow-temperature", "°F", -3, 1),
    (0x5C, 0x5F, "return-temperature", "°F", -3, 1),
    (0x60, 0x63, "temperature-difference", "°F", -3, 1),
    (0x64, 0x67, "external-temperature", "°F", -3, 1),
    (0x70, 0x73, "temperature-limit", "°F", -3, 1),
    (0x74, 0x77, "temperature-limit", "°C", -3, 1),
    (0x78, 0x7F, "cumulated-maximum-power", "W", -3, 1),
)
_FD_RANGES: Final = (
    (0x00, 0x03, "credit", "", -3, 1),
    (0x04, 0x07, "debit", "", -3, 1),
    (0x40, 0x4F, "voltage", "V", -9, 1),
    (0x50, 0x5F, "current", "A", -12, 1),
)
_FD_DURATIONS: Final = {
    0x24: "storage-interval", 0x2C: "since-last-readout", 0x34: "tariff-period",
}  # fmt: skip
_FD_SINGLE: Final = {
    code: Meaning(quantity)
    for code, quantity in {
        0x08: "access-number", 0x09: "medium", 0x0A: "manufacturer", 0x0B: "parameter-set",
        0x0C: "model-version", 0x0D: "hardware-version", 0x0E: "firmware-version",
        0x0F: "software-version", 0x10: "customer-location", 0x11: "customer",
        0x16: "password", 0x17: "error-flags", 0x18: "error-mask", 0x1A: "digital-output",
        0x1B: "digital-input", 0x1C: "baud-rate", 0x1D: "response-delay", 0x1E: "retry",
        0x20: "first-storage", 0x21: "last-storage", 0x22: "storage-size", 0x3A: "dimensionless",
        0x60: "reset-counter", 0x61: "cumulation-counter", 0x62: "control-signal",
        0x63: "day-of-week", 0x64: "week-number", 0x71: "reception-level",
        0x74: "remaining-battery-days", 0x75: "stop-counter",
    }.items()
} | {
    0x30: Meaning("tariff-start", kind="date"),
    0x70: Meaning("battery-change", kind="date"),
    0x6C: Meaning("battery-operating-time", "s", times=3600),
    0x6D: Meaning("battery-operating-time", "s", times=86_400),
}  # fmt: skip
_DATE_EXTENSIONS: Final = frozenset(
    (0x39, 0x42, 0x43, 0x46, 0x47, 0x4A, 0x4B, 0x4E, 0x4F, 0x6A, 0x6B, 0x6E, 0x6F)
)
_MARKS: Final = {0x3A: "uncorrected", 0x3B: "forward", 0x3C: "backward", 0x3E: "base-conditions"}
_MAKER: Final = 0x7F


def meaning_of(codes: bytes, text: str) -> Meaning:
    """
    What the bytes of a value information block mean.

    :param text: the unit in plain words, where the first code says that it is so given
    """
    first, rest = codes[0] & _MAKER, list(codes[1:])
    if codes[0] in (0xFB, 0xFD) and rest:
        first = rest.pop(0) & _MAKER
        meaning = _from_extension(codes[0], first)
    elif first == 0x7C:
        meaning = Meaning("plain-text:" + (text.strip() or "?"))
    else:
        meaning = _from(_RANGES, _DURATIONS, _SINGLE, first) or Meaning(f"vif-{codes[0]:02X}")
    if meaning.kind == "raw":
        return replace(meaning, marks=tuple(f"{code:02X}" for code in rest))
    for place, code in enumerate(rest):
        if code & _MAKER == _MAKER:
            # What follows is known to the maker only, and so is any scale in it.
            return replace(
                meaning, marks=(*meaning.marks, *(f"vife-{one:02X}" for one in rest[place:]))
            )
        meaning = _extended(meaning, code & _MAKER)
    return meaning


def _from_extension(table: int, code: int) -> Meaning:
    found = (
        _from(_FB_RANGES, {}, {}, code)
        if table == 0xFB
        else _from(_FD_RANGES, _FD_DURATIONS, _FD_SINGLE, code)
    )
    return found or Meaning(f"vif-{table:02X}{code:02X}")


def _from(
    ranges: tuple[tuple[int, int, str, str, int, int], ...],
    durations: dict[int, str],
    single: dict[int, Meaning],
    code: int,
) -> Meaning | None:
    if code in single:
        return single[code]
    if code & ~3 in durations:
        unit, times = _DURATION[code & 3]
        return Meaning(durations[code & ~3], unit, times=times)
    for first, last, quantity, unit, power, times in ranges:
        if first <= code <= last:
            return Meaning(quantity, unit, power + code - first, times)
    return None


def _extended(meaning: Meaning, code: int) -> Meaning:
    """What one combinable extension adds."""
    if 0x70 <= code <= 0x77:
        return replace(meaning, power=meaning.power + (code & 7) - 6)
    if 0x78 <= code <= 0x7B:
        return replace(meaning, plus=(1, (code & 3) - 3))
    if code == 0x7D:
        return replace(meaning, power=meaning.power + 3)
    if code in _DATE_EXTENSIONS:
        return replace(meaning, kind="date", unit="", marks=(*meaning.marks, f"date-{code:02X}"))
    if code == 0x00:
        return meaning
    return replace(meaning, marks=(*meaning.marks, _MARKS.get(code, f"vife-{code:02X}")))
