"""Reading text files piece by piece: whole lines, in UTF-8, none of them endless."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from lamplighter.kernel import Place
from lamplighter.metering.domain.refusals import LineTooLong, WrongEncoding
from lamplighter.metering.ports.reading_formats import Source

CHUNK_BYTES: Final = 2 * 1024 * 1024
MOST_LINE_BYTES: Final = 64 * 1024
"""A NEM12 day of one-minute intervals takes a quarter of this."""

_BOM: Final = b"\xef\xbb\xbf"


class Chunk(NamedTuple):
    """Some whole lines of a file."""

    first_row: int
    """The number of the first of them, counted from 1."""
    data: bytes
    last: bool
    """Whether the file ends here."""


def chunks(source: Source, *, any_bytes: bool = False) -> Iterator[Chunk]:
    """
    A text file in pieces that end at the end of a line, without its byte order mark.

    :param any_bytes: whether there may be noise between what is to be read
    :raises LineTooLong: if a line does not end
    :raises WrongEncoding: if the text is not UTF-8
    """
    row, rest, first = 1, b"", True
    with source.open() as stream:
        while True:
            new = stream.read(CHUNK_BYTES)
            data = rest + new
            if first:
                data, first = data.removeprefix(_BOM), False
            last = not new
            cut = len(data) if last else data.rfind(b"\n") + 1
            whole, rest = data[:cut], data[cut:]
            _refuse_endless(source, row, whole, rest)
            if whole or last:
                if not any_bytes:
                    refuse_other_encodings(source, row, whole)
                yield Chunk(row, whole, last)
                row += whole.count(b"\n")
            if last:
                return


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """Every line with its number, without its end."""
    for chunk in chunks(source):
        text = chunk.data.decode()
        yield from enumerate(text.removesuffix("\n").split("\n") if text else [], chunk.first_row)


def _refuse_endless(source: Source, row: int, whole: bytes, rest: bytes) -> None:
    if len(rest) > MOST_LINE_BYTES:
        raise LineTooLong(
            f"A line has more than {MOST_LINE_BYTES:,} bytes.",
            places=(Place(source=source.name, row=row + whole.count(b"\n")),),
        )
    begin = 0
    # Only a stretch without a line end can hide a long line: look there, not at every line.
    while begin + MOST_LINE_BYTES < len(whole):
        end = whole.rfind(b"\n", begin, begin + MOST_LINE_BYTES)
        if end < 0:
            raise LineTooLong(
                f"A line has more than {MOST_LINE_BYTES:,} bytes.",
                places=(Place(source=source.name, row=row + whole.count(b"\n", 0, begin)),),
            )
        begin = end + 1


def refuse_other_encodings(source: Source, row: int, data: bytes) -> None:
    """
    :raises WrongEncoding: if this piece of text is not UTF-8, naming the line
    """
    zero = max(data.find(b"\x00"), 0)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[zero : zero + 1] == b"\x00":
        raise WrongEncoding(
            "This is UTF-16, or holds zero bytes.",
            remedy="Save it as UTF-8.",
            places=(Place(source=source.name, row=row + data.count(b"\n", 0, zero)),),
        )
    try:
        data.decode()
    except UnicodeDecodeError as no:
        raise WrongEncoding(
            f"The byte 0x{data[no.start]:02x} is not UTF-8.",
            remedy="Save it as UTF-8.",
            places=(Place(source=source.name, row=row + data.count(b"\n", 0, no.start)),),
        ) from no
