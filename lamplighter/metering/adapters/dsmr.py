"""
DSMR P1 telegrams, versions 2.2 to 5, and their relatives in Belgium, Ireland, Luxembourg, Sweden,
Switzerland and Germany: one telegram, or a log of many.

Sources: Netbeheer Nederland, "Dutch Smart Meter Requirements: P1 Companion Standard" v5.0.2;
Fluvius, "e-MUCS-P1" v1.7.1; EN 62056-21 for the data lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from lamplighter.metering.adapters.lines import chunks
from lamplighter.metering.adapters.obis import device_of, flow_of, identity_rank, is_bare_number
from lamplighter.metering.domain.decimals import MOST_DIGITS, NUMBER
from lamplighter.metering.domain.readings import Notes, Reading, RegisterReading, Series
from lamplighter.metering.domain.refusals import (
    ChecksumWrong,
    Faults,
    Malformed,
    NegativeUsage,
    NotANumber,
    Truncated,
    UnknownUnit,
    WrongTime,
)
from lamplighter.metering.domain.units import flows_one_way, unit_named
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_HOME: Final = ZoneInfo("Europe/Amsterdam")
_MOST_TELEGRAM_BYTES: Final = 64 * 1024

_START: Final = re.compile(rb"/[!-~]{3}[^\n]*")
_END: Final = re.compile(rb"!([0-9A-Fa-f]{0,4})[ \t]*\r?")
_OBJECT: Final = re.compile(
    r"([0-9]{1,3}-[0-9]{1,3}:[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?:\*[0-9]{1,3})?"
)
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_VALUE: Final = re.compile(r"([^*]*)\*([^*]+)")
_TIME: Final = re.compile(r"([0-9]{12})([SW]?)", re.ASCII)


class Dsmr:
    """DSMR P1 telegrams."""

    name = "dsmr"
    title = "DSMR P1 telegrams"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002
        begun = any(_START.fullmatch(line) for line in head.split(b"\n")[:40])
        return begun and re.search(rb"\n[0-9]{1,3}-[0-9]{1,3}:[0-9]", head) is not None

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        zone = surroundings.time_zone or _HOME
        return Opened(readings=_readings(source, zone, surroundings.notes), time_zone=zone)


def _readings(source: Source, zone: tzinfo, notes: Notes) -> Iterator[Reading]:
    faults = Faults(source.name)
    for telegram in _telegrams(source, faults, notes):
        found = _Telegram(telegram, zone, faults).readings()
        if not faults:
            yield from found
    faults.check()


@dataclass(slots=True)
class _Lines:
    """The lines of one telegram."""

    row: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0


def _telegrams(source: Source, faults: Faults, notes: Notes) -> Iterator[_Lines]:
    """Every telegram of a log, its checksum checked. What is between them is left out."""
    telegram: _Lines | None = None
    last_row = 1
    for chunk in chunks(source, any_bytes=True):
        for row, line in enumerate(chunk.data.removesuffix(b"\n").split(b"\n"), chunk.first_row):
            last_row = row
            if _START.fullmatch(line):
                if telegram is not None:
                    faults.add(Truncated, "This telegram has no end.", row=telegram.row)
                telegram = _Lines(row)
            elif telegram is None:
                notes.add("{n} lines between telegrams left out", times=bool(line.strip()))
                continue
            telegram.lines.append(line)
            telegram.size += len(line)
            end = _END.fullmatch(line)
            if end:
                if _checksum_holds(telegram, end[1].decode(), faults):
                    yield telegram
                telegram = None
            elif telegram.size > _MOST_TELEGRAM_BYTES:
                faults.add(Truncated, "This telegram does not end.", row=telegram.row)
                telegram = None
    if telegram is not None:
        faults.add(Truncated, "The file ends within this telegram.", row=last_row)


def _checksum_holds(telegram: _Lines, stated: str, faults: Faults) -> bool:
    """Check the CRC16 of a telegram, which comes with version 4."""
    row = telegram.row + len(telegram.lines) - 1
    if not stated:
        needs_one = any(re.match(rb"1-3:0\.2\.8\((?:4|5)", line) for line in telegram.lines)
        if needs_one:
            faults.add(ChecksumWrong, "The checksum of this telegram is missing.", row=row)
        return not needs_one
    as_sent = b"\n".join(telegram.lines[:-1]) + b"\n!"
    # Logs often lose the carriage returns on their way through an editor or a repository.
    mended = b"\r\n".join(line.rstrip(b"\r") for line in telegram.lines[:-1]) + b"\r\n!"
    if int(stated, 16) in (crc16(as_sent), crc16(mended)):
        return True
    faults.add(ChecksumWrong, f"The checksum should be {crc16(as_sent):04X}.", row=row)
    return False


def _crc_table() -> tuple[int, ...]:
    """The polynomial x^16 + x^15 + x^2 + 1, least significant bit first (CRC-16/ARC)."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC: Final = _crc_table()


def crc16(data: bytes) -> int:
    """The checksum of P1 telegrams, from `/` up to and including `!`."""
    crc = 0
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


@dataclass(frozen=True, slots=True)
class _Object:
    """One data line: an OBIS code and what stands in brackets behind it."""

    obis: str
    groups: list[str]
    row: int


class _Telegram:
    """One telegram, taken apart."""

    def __init__(self, telegram: _Lines, zone: tzinfo, faults: Faults) -> None:
        self._zone = zone
        self._faults = faults
        self._objects = list(self._taken_apart(telegram))
        self._at = self._sent_at()
        self._meters = self._identities()

    def readings(self) -> list[RegisterReading]:
        return [reading for one in self._objects for reading in self._of(one)]

    def _taken_apart(self, telegram: _Lines) -> Iterator[_Object]:
        """The objects, a value that stands on the next line (version 3 gas) put to its object."""
        found: list[_Object] = []
        for row, line in enumerate(telegram.lines[1:-1], telegram.row + 1):
            text = line.decode("latin-1").strip()
            code = _OBJECT.match(text)
            groups = _GROUP.findall(text)
            rest = text[code.end() :] if code else text
            if not text:
                continue
            if not text.isascii() or rest != "".join(f"({group})" for group in groups) or not rest:
                self._faults.add(Malformed, "This is no data line of a telegram.", row=row)
            elif code:
                found.append(_Object(code[1], groups, row))
            elif found:
                found[-1].groups.extend(groups)
        return iter(found)

    def _sent_at(self) -> datetime | None:
        for one in self._objects:
            if one.obis == "0-0:1.0.0":
                return self._time(one.groups[0], one)
        return None

    def _identities(self) -> dict[int, str]:
        """The serial number of the meter itself (0) and of those behind it, by their number."""
        found: dict[int, tuple[int, str]] = {}
        for one in self._objects:
            rank = identity_rank(one.obis)
            name = _serial(one.groups[0])
            device = device_of(one.obis)
            if rank is not None and name and rank < found.get(device, (9, ""))[0]:
                found[device] = (rank, name)
        return {device: name for device, (_, name) in found.items()}

    def _series(self, obis: str, unit: str) -> Series:
        device = device_of(obis)
        own = self._meters.get(0, "")
        usage_point = self._meters.get(device) or (f"{own}/{device}" if device else own)
        return Series(usage_point, obis, flow_of(obis, unit), unit)

    def _of(self, one: _Object) -> Iterator[RegisterReading]:
        groups = one.groups
        if one.obis in ("1-0:99.97.0", "0-0:98.1.0"):
            yield from self._profile(one)
        elif len(groups) >= 6 and _TIME.fullmatch(groups[0]) and _OBJECT.fullmatch(groups[4]):
            # Version 3 gas: time, status, period, number of values, their code and unit, values.
            for value in groups[6:]:
                named = _Object(groups[4], [f"{value}*{groups[5]}"], one.row)
                yield self._reading(named, named.groups[0], self._time(groups[0], one))
        elif len(groups) == 2 and _TIME.fullmatch(groups[0]):
            yield self._reading(one, groups[1], self._time(groups[0], one))
        else:
            for group in groups:
                yield self._reading(one, group, self._at)

    def _profile(self, one: _Object) -> Iterator[RegisterReading]:
        """A list of past values, each after its time or times: power failures, monthly peaks."""
        at = None
        for group in one.groups[1:]:
            if _TIME.fullmatch(group):
                at = self._time(group, one)
            elif not _OBJECT.fullmatch(group):
                yield self._reading(one, group, at)

    def _reading(self, one: _Object, group: str, at: datetime | None) -> RegisterReading:
        value = _VALUE.fullmatch(group)
        number, unit = (value[1], unit_named(value[2])) if value else (group, "")
        if unit is None:
            self._faults.add(
                UnknownUnit, f"{group[:40]!r} has no known unit.", row=one.row, field=one.obis
            )
        counts = value is not None or is_bare_number(one.obis)
        if value and (not NUMBER.fullmatch(number) or len(number) > MOST_DIGITS):
            self._faults.add(
                NotANumber, f"{number[:40]!r} is not a plain number.", row=one.row, field=one.obis
            )
            number, counts = "0", True
        series = self._series(one.obis, unit or "")
        if number.startswith("-") and flows_one_way(series.flow, series.unit):
            self._faults.add(
                NegativeUsage, f"{number[:40]} is negative.", row=one.row, field=one.obis
            )
        plain = counts and NUMBER.fullmatch(number) is not None and len(number) <= MOST_DIGITS
        return RegisterReading(
            series=series,
            at=at,
            value=Decimal(number) if plain else None,
            text="" if plain else group,
            row=one.row,
        )

    def _time(self, text: str, one: _Object) -> datetime | None:
        """A local time; S and W tell summer from winter in the hour that the clocks repeat."""
        match = _TIME.fullmatch(text)
        if match is None:
            if text:
                self._faults.add(
                    WrongTime, f"{text[:40]!r} is no time.", row=one.row, field=one.obis
                )
            return None
        try:
            at = datetime.strptime("20" + match[1], "%Y%m%d%H%M%S")  # noqa: DTZ007
        except ValueError:
            self._faults.add(WrongTime, f"{text!r} is no time.", row=one.row, field=one.obis)
            return None
        # 70 to 99: the clock of a meter that was never set starts in 1970.
        year = at.year - 100 if at.year >= 2070 else at.year
        return at.replace(year=year, tzinfo=self._zone, fold=int(match[2] == "W"))


def _serial(text: str) -> str:
    """A serial number, which newer meters send as the hexadecimal codes of its characters."""
    if len(text) >= 8 and re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        plain = bytes.fromhex(text)
        if all(0x20 < byte < 0x7F for byte in plain):
            return plain.decode()
    return text.strip()


FORMAT: Final = Dsmr()
