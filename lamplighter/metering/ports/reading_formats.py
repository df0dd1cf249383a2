"""
The port behind which every file format of meter readings stands.

A new format is one module of `adapters` that ends in `FORMAT = …`, a line in `FORMATS`, and its
cases. Formats are found by name and loaded when they are needed, so that this port does not import
what stands behind it.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Final, Protocol, Self

from lamplighter.metering.domain.readings import Notes, Reading

HEAD_BYTES: Final = 65_536
"""So much of the beginning of a file is shown to `recognises`."""


class Stream(Protocol):
    """Bytes, once, from the beginning to the end."""

    def read(self, n: int = -1, /) -> bytes: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Source(Protocol):
    """A file, or a member of an archive, that can be read any number of times."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int:
        """In bytes, unpacked."""

    @property
    def path(self) -> Path | None:
        """Where it lies, for formats that are read from the end; None inside an archive."""

    def open(self) -> Stream:
        """
        :raises UnsafeArchive: while it is read, if it unpacks to more than is safe
        :raises Truncated: while it is read, if the archive breaks off
        """

    def advance(self, n: int) -> None:
        """Tell that so many bytes have been read by other means than `open`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a reader is told besides the file."""

    time_zone: tzinfo | None = None
    """Of local times without an offset."""
    notes: Notes = field(default_factory=Notes)
    strict: bool = True
    """False: look only. What can be told apart as broken may be left out, and noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that turned out to be of a format."""

    readings: Iterator[Reading]
    """
    Everything the file says, in batches, in constant memory. It raises UnreadableReadings, naming
    every wrong row, possibly after some batches: whoever stores a file stores it whole or not.
    """
    time_zone: tzinfo | None = None
    """The zone in which the format, or this file, counts its days, if it says."""


class ReadingFormat(Protocol):
    """One file format of meter readings."""

    name: str
    title: str
    passes: int
    """How many times a file is read from end to end."""

    def recognises(self, head: bytes, file_name: str) -> bool:
        """Whether a file that begins so is of this format, or was meant to be."""

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        """:raises UnreadableReadings: if it cannot be read at all"""


_ADAPTERS: Final = "lamplighter.metering.adapters"
FORMATS: Final = {
    "nem12": f"{_ADAPTERS}.nem12",
    "nem13": f"{_ADAPTERS}.nem13",
    "dsmr": f"{_ADAPTERS}.dsmr",
    "mbus": f"{_ADAPTERS}.mbus",
    "green-button": f"{_ADAPTERS}.green_button",
    "parquet": f"{_ADAPTERS}.parquet_file",
    "csv": f"{_ADAPTERS}.csv_file",
}
"""The formats, in the order in which they are asked whether they recognise a file."""


def format_named(name: str) -> ReadingFormat:
    reading_format: ReadingFormat = importlib.import_module(FORMATS[name]).FORMAT
    return reading_format
