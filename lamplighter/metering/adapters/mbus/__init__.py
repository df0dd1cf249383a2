"""
M-Bus: what heat, water, gas and electricity meters answer on a meter bus, as hexadecimal text.

Each data record of a frame is a register of its own. See `frames`, `records` and
`value_information` for the sources.
"""

import re
from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from lamplighter.metering.adapters.mbus.frames import (
    Frame,
    frames,
    refuse_encrypted,
    refuse_error,
)
from lamplighter.metering.adapters.mbus.records import (
    Record,
    RecordsBreakOff,
    fixed_records,
    records,
)
from lamplighter.metering.domain.readings import Reading, RegisterReading, Series
from lamplighter.metering.domain.refusals import Faults, Malformed, Truncated
from lamplighter.metering.domain.units import usual_flow
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_BEGINS: Final = re.compile(
    rb"(?:68 *([0-9A-F]{2}) *\1 *68|E5|10 *[0-9A-F]{2} *[0-9A-F]{2})", re.IGNORECASE
)
_HEX_TEXT: Final = b"0123456789abcdefABCDEF \t\r\n"


class MBus:
    """M-Bus frames as hexadecimal text."""

    name = "mbus"
    title = "M-Bus frames as hexadecimal text"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002
        text = re.sub(rb"(?m)^[ \t]*#.*$", b"", head.removeprefix(b"\xef\xbb\xbf")).lstrip()
        line = text.split(b"\n", 1)[0]
        begins = _BEGINS.match(b" ".join(text[:64].split())) is not None
        return begins and not line.translate(None, _HEX_TEXT)

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        return Opened(
            readings=_readings(source, surroundings.time_zone), time_zone=surroundings.time_zone
        )


def _readings(source: Source, zone: tzinfo | None) -> Iterator[Reading]:
    faults = Faults(source.name)
    for frame in frames(source, faults):
        if refuse_error(frame, faults):
            continue
        try:
            meter, found = _meter_and_records(frame, faults)
        except RecordsBreakOff:
            faults.add(Truncated, "A record goes on after the end of its frame.", row=frame.row)
            continue
        if not faults:
            yield from _registers(meter, found, frame.row, zone)
    faults.check()


def _meter_and_records(frame: Frame, faults: Faults) -> tuple[str, list[Record]]:
    """
    The meter's name, and what it says.

    :raises RecordsBreakOff: if the frame is too short
    """
    data, kind = frame.data, frame.control_information
    if kind == 0x72:
        header, rest = _cut(data, 12)
        if refuse_encrypted(int.from_bytes(header[10:12], "little"), rest, frame.row, faults):
            return "", []
        return f"{_maker(header[4:6])}-{_number(header[:4])}", list(records(rest))
    if kind == 0x7A:
        header, rest = _cut(data, 4)
        if refuse_encrypted(int.from_bytes(header[2:4], "little"), rest, frame.row, faults):
            return "", []
        return f"address-{frame.address}", list(records(rest))
    if kind == 0x78:
        return f"address-{frame.address}", list(records(data))
    if kind == 0x73:
        header, rest = _cut(data, 16)
        counters = (header[8:12], header[12:16])
        return _number(header[:4]), list(fixed_records(header[5], header[6:8], counters))
    faults.add(
        Malformed,
        f"Frames with control information {kind:02X} bring no readings that can be read here.",
        row=frame.row,
        remedy="72, 73, 78 and 7A do.",
    )
    return "", []


def _cut(data: bytes, length: int) -> tuple[bytes, bytes]:
    if len(data) < length:
        raise RecordsBreakOff
    return data[:length], data[length:]


def _number(identification: bytes) -> str:
    return identification[::-1].hex().upper()


def _maker(code: bytes) -> str:
    """Three letters, five bits each, A being 1."""
    value = int.from_bytes(code, "little")
    return "".join(chr((value >> shift & 0x1F) + 64) for shift in (10, 5, 0))


def _registers(
    meter: str, found: list[Record], row: int, zone: tzinfo | None
) -> Iterator[RegisterReading]:
    clock = next((one.is_time for one in found if one.is_time is not None), None)
    at = clock.replace(tzinfo=zone) if clock is not None and zone is not None else None
    seen: dict[str, int] = {}
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        channel = one.name if seen[one.name] == 1 else f"{one.name}#{seen[one.name]}"
        yield RegisterReading(
            series=Series(meter, channel, _flow(one), one.unit),
            at=at,
            value=one.value,
            text=one.text,
            row=row,
        )


def _flow(record: Record) -> str:
    flow = usual_flow(record.unit) if record.unit else "other"
    return "export" if flow == "import" and "/backward" in record.name else flow


FORMAT: Final = MBus()
