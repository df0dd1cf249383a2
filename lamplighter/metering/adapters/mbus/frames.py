"""
M-Bus frames out of hexadecimal text.

Source: EN 13757-2 for the frame, EN 13757-3 for what is in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lamplighter.metering.adapters.lines import lines
from lamplighter.metering.domain.refusals import (
    ChecksumWrong,
    Encrypted,
    Faults,
    Malformed,
    MeterReportsError,
    NoReadings,
    Truncated,
)
from lamplighter.metering.ports.reading_formats import Source

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_LONG, _SHORT, _ACKNOWLEDGED, _STOP = 0x68, 0x10, 0xE5, 0x16

_ENCRYPTION_MODES: Final = frozenset((4, 5, 7, 8, 9, 13))
_ERRORS: Final = {
    0x00: "unspecified error", 0x01: "unimplemented control information field",
    0x02: "buffer too long", 0x03: "too many records", 0x04: "premature end of record",
    0x05: "more than ten data information extensions",
    0x06: "more than ten value information extensions", 0x08: "application too busy",
    0x09: "too many readouts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """The user data of one long frame, its checksum right."""

    address: int
    control_information: int
    data: bytes
    row: int


def frames(source: Source, faults: Faults) -> Iterator[Frame]:
    """
    Every long frame in a text of hexadecimal bytes. Blanks and line ends may stand anywhere
    between bytes; lines that begin with # are comments.
    """
    waiting, row, found = bytearray(), 1, 0
    for number, line in lines(source):
        text = "".join(line.split())
        if text.startswith("#") or not text:
            continue
        if not _HEX.fullmatch(text):
            faults.add(Malformed, "This is not a line of hexadecimal bytes.", row=number)
            return
        row = row if waiting else number
        waiting += bytes.fromhex(text)
        for data in _cut_off(waiting):
            found += 1
            yield from _checked(data, row, faults)
            row = number
        if waiting and _length(waiting) == 0:
            faults.add(Malformed, f"No frame begins with {waiting[:4].hex(' ')}.", row=row)
            return
    if waiting:
        faults.add(Truncated, "The last frame breaks off.", row=row)
    elif not found:
        faults.add(NoReadings, "There is no frame in this file.")


def _cut_off(waiting: bytearray) -> Iterator[bytes]:
    """Take whole frames from the front, as long as there are any."""
    while waiting:
        length = _length(waiting)
        if not length or len(waiting) < length:
            return
        yield bytes(waiting[:length])
        del waiting[:length]


def _length(waiting: bytearray) -> int | None:
    """How long the frame is that begins here; 0 if none does, None if that can't be told yet."""
    if waiting[0] == _ACKNOWLEDGED:
        return 1
    if waiting[0] == _SHORT:
        return 5
    if waiting[0] != _LONG:
        return 0
    if len(waiting) < 4:
        return None
    same = waiting[1] == waiting[2] and waiting[3] == _LONG and waiting[1] >= 3
    return waiting[1] + 6 if same else 0


def _checked(data: bytes, row: int, faults: Faults) -> Iterator[Frame]:
    """A frame, if it is one that brings readings, and is whole."""
    if data[0] != _LONG:
        return
    body, checksum, stop = data[4:-2], data[-2], data[-1]
    if stop != _STOP:
        faults.add(Malformed, f"The frame ends with {stop:02X} instead of 16.", row=row)
    elif sum(body) & 0xFF != checksum:
        faults.add(ChecksumWrong, f"The checksum should be {sum(body) & 0xFF:02X}.", row=row)
    else:
        yield Frame(address=body[1], control_information=body[2], data=body[3:], row=row)


def refuse_error(frame: Frame, faults: Faults) -> bool:
    """Whether the meter answered with an application error, which then is noted."""
    if frame.control_information != 0x70:
        return False
    said = _ERRORS.get(frame.data[0], "an unknown error") if frame.data else "an error"
    faults.add(MeterReportsError, f"The meter says: {said}.", row=frame.row)
    return True


def refuse_encrypted(configuration: int, data: bytes, row: int, faults: Faults) -> bool:
    """
    Whether the records are encrypted, which then is noted. Plain text begins with two fillers
    under encryption; older meters fill the configuration word with something else.
    """
    if configuration >> 8 & 0x1F not in _ENCRYPTION_MODES or data.startswith(b"\x2f\x2f"):
        return False
    faults.add(Encrypted, "The records of this frame are encrypted.", row=row)
    return True
