"""
NEM13: accumulated metering data of the Australian market.

Each 250 record brings two readings of a register and the quantity used between them; the quantity
is what counts. See `mdff` for the source.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from lamplighter.metering.adapters import mdff
from lamplighter.metering.adapters.lines import lines
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.decimals import MOST_DIGITS, NUMBER, exact
from lamplighter.metering.domain.readings import Reading, Series, Usage
from lamplighter.metering.domain.refusals import (
    Faults,
    Malformed,
    NegativeUsage,
    NotANumber,
    TooManyDigits,
    UnknownQuality,
    UnknownUnit,
    UnreadableReadings,
    WrongTime,
)
from lamplighter.metering.domain.units import usual_flow
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_FIELDS: Final = (
    "RecordIndicator", "NMI", "NMIConfiguration", "RegisterID", "NMISuffix",
    "MDMDataStreamIdentifier", "MeterSerialNumber", "DirectionIndicator", "PreviousRegisterRead",
    "PreviousRegisterReadDateTime", "PreviousQualityMethod", "PreviousReasonCode",
    "PreviousReasonDescription", "CurrentRegisterRead", "CurrentRegisterReadDateTime",
    "CurrentQualityMethod", "CurrentReasonCode", "CurrentReasonDescription", "Quantity", "UOM",
    "NextScheduledReadDate", "UpdateDateTime", "MSATSLoadDateTime",
)  # fmt: skip
_REQUIRED: Final = 20
_BATCH: Final = 50_000

_Row = tuple[int, int, int, int, int, int, int, int]
"""As in `Usage`: series, start, duration, value, exponent, quality, row, version."""


class Nem13:
    """The format NEM13."""

    name = "nem13"
    title = "NEM13 accumulated data (AEMO)"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002
        begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:10].upper()
        return begin.startswith((b"100,NEM13", b"250,"))

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:  # noqa: ARG002
        return Opened(readings=_readings(source), time_zone=mdff.NEM_TIME)


def _readings(source: Source) -> Iterator[Reading]:
    faults = Faults(source.name)
    envelope = mdff.Envelope("NEM13", faults)
    numbers: dict[Series, int] = {}
    rows: list[_Row] = []
    last_row = 1
    for row, line in lines(source):
        last_row = row if line else last_row
        fields = [text.strip() for text in line.strip().split(",")]
        if _record(row, fields, envelope, faults):
            accumulation = _accumulation(row, fields, numbers, faults)
            if accumulation:
                rows.append(accumulation)
        if len(rows) >= _BATCH and not faults:
            yield _usage(rows, numbers)
            rows = []
    if rows and not faults:
        yield _usage(rows, numbers)
    envelope.check(last_row)


def _record(row: int, fields: list[str], envelope: mdff.Envelope, faults: Faults) -> bool:
    """Whether this is a record of readings; the others are checked here."""
    kind = fields[0]
    if fields == [""]:
        return False
    if kind == "100":
        envelope.header(row, fields)
    elif kind == "900":
        envelope.end(row)
    elif kind in ("250", "550"):
        envelope.content(row)
        envelope.readings += kind == "250"
    else:
        faults.add(
            Malformed,
            f"{mdff.quoted(kind)} is no record of NEM13: they are 100, 250, 550 and 900.",
            row=row,
            field="RecordIndicator",
        )
    return kind == "250"


class _WrongField(Exception):  # noqa: N818 - it becomes a fault where the row is known
    def __init__(self, reason: type[UnreadableReadings], name: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason
        self.name = name


def _accumulation(
    row: int, fields: list[str], numbers: dict[Series, int], faults: Faults
) -> _Row | None:
    # Spreadsheets make all rows as long as the longest, with commas and nothing between.
    beyond = any(fields[len(_FIELDS) :])
    if len(fields) < _REQUIRED or beyond:
        faults.add(
            Malformed,
            f"A 250 record has {_REQUIRED} to {len(_FIELDS)} fields; this one has {len(fields)}.",
            row=row,
        )
        return None
    named = dict(zip(_FIELDS, fields, strict=False))
    try:
        series = _series(named)
        start, end = _period(named)
        digits, places, quality = _quantity(named)
        version = _version(named.get("UpdateDateTime", ""))
    except _WrongField as wrong:
        text = named.get(wrong.name, "")
        faults.add(wrong.reason, f"{mdff.quoted(text)} {wrong}.", row=row, field=wrong.name)
        return None
    number = numbers.setdefault(series, len(numbers))
    return number, start, end - start, digits, -places, quality, row, version


def _series(named: dict[str, str]) -> Series:
    for name in ("NMI", "NMISuffix"):
        if not named[name]:
            raise _WrongField(Malformed, name, "is empty")
    unit = mdff.unit_of(named["UOM"])
    if unit is None:
        raise _WrongField(UnknownUnit, "UOM", "is not a unit")
    if named["DirectionIndicator"] not in ("I", "E"):
        raise _WrongField(Malformed, "DirectionIndicator", "is neither I nor E")
    return Series(named["NMI"], named["NMISuffix"], _flow(named["DirectionIndicator"], unit), unit)


def _period(named: dict[str, str]) -> tuple[int, int]:
    instants = []
    for name in ("PreviousRegisterReadDateTime", "CurrentRegisterReadDateTime"):
        instant = mdff.instant_s(named[name])
        if instant is None:
            raise _WrongField(WrongTime, name, "is not a date and time")
        instants.append(instant)
    start, end = instants
    if start >= end:
        raise _WrongField(WrongTime, name, "is not after the previous reading")
    return start, end


def _quantity(named: dict[str, str]) -> tuple[int, int, Quality]:
    """Digits, number of decimals and quality of what was used."""
    quality = mdff.quality_of(named["CurrentQualityMethod"])
    if quality is None:
        raise _WrongField(UnknownQuality, "CurrentQualityMethod", "is not a quality method")
    quantity = named["Quantity"]
    if not quantity:
        return 0, 0, Quality.MISSING
    if not NUMBER.fullmatch(quantity):
        raise _WrongField(NotANumber, "Quantity", "is not a plain decimal number")
    if len(quantity) > MOST_DIGITS:
        raise _WrongField(TooManyDigits, "Quantity", "has too many digits")
    # What flows back to the network is written with a minus sign by some meter data providers.
    if quantity.startswith("-") and named["DirectionIndicator"] == "E":
        raise _WrongField(NegativeUsage, "Quantity", "is negative, and the direction is E")
    return *exact(quantity), quality


def _version(text: str) -> int:
    instant = mdff.instant_s(text) if text else 0
    if instant is None:
        raise _WrongField(WrongTime, "UpdateDateTime", "is not a date and time")
    return instant


def _flow(direction: str, unit: str) -> str:
    """The indicator speaks from the market's side: E leaves the network, towards the customer."""
    flow = usual_flow(unit)
    if direction == "I":
        return {"import": "export", "reactive-import": "reactive-export"}.get(flow, flow)
    return flow


def _usage(rows: list[_Row], numbers: dict[Series, int]) -> Usage:
    of, start, duration, value, exponent, quality, row, version = map(list, zip(*rows, strict=True))
    return Usage(
        series=tuple(numbers),
        of=np.array(of, np.int32),
        start_s=np.array(start, np.int64),
        duration_s=np.array(duration, np.int64),
        value=np.array(value, np.int64),
        exponent=np.array(exponent, np.int8),
        quality=np.array(quality, np.int8),
        row=np.array(row, np.int64),
        version=np.array(version, np.int64),
    )


FORMAT: Final = Nem13()
