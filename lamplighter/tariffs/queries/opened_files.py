"""Opening a file, packed by gzip or not, within bounds, and telling how far it has been read."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from lamplighter.kernel import Place
from lamplighter.tariffs.domain.refusals import (
    NotJson,
    TooLarge,
    Truncated,
    UnreadableTariffs,
)

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have been read."""

UNSUSPICIOUS_BYTES: Final = 64 * 2**20
"""Up to this size, a file may be packed as tightly as it likes."""
MOST_RATIO: Final = 250

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 2**18


@contextmanager
def opened(path: Path, progress: Progress | None) -> Iterator[IO[bytes]]:
    """
    The unpacked bytes of a file.

    :raises UnreadableTariffs: if it is no file, or one that cannot be unpacked
    """
    place = (Place(source=path.name),)
    try:
        with path.open("rb") as raw:
            head = raw.read(4)
            raw.seek(0)
            if head == _ZIP:
                raise NotJson("This is a zip archive.", remedy="Unpack it.", places=place)
            unpacking = _Unpacking(raw, path, progress, packed=head.startswith(_GZIP))
            yield io.BufferedReader(unpacking, _CHUNK)
    except (EOFError, gzip.BadGzipFile, zlib.error) as no:
        raise Truncated(f"It cannot be unpacked: {no}.", places=place) from no
    except (FileNotFoundError, IsADirectoryError, PermissionError) as no:
        detail = (no.strerror or "It cannot be opened") + "."
        raise UnreadableTariffs(detail, places=(Place(source=str(path)),)) from no


class _Unpacking(io.RawIOBase):
    """What a file unpacks to, read within bounds."""

    def __init__(
        self, raw: IO[bytes], path: Path, progress: Progress | None, *, packed: bool
    ) -> None:
        super().__init__()
        self._raw = raw
        self._bytes = gzip.GzipFile(fileobj=raw) if packed else raw
        self._path = path
        self._size = path.stat().st_size
        self._progress = progress
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._bytes.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        if self._progress:
            self._progress(min(self._raw.tell(), self._size), self._size)
        if self._read > max(UNSUSPICIOUS_BYTES, MOST_RATIO * self._size):
            raise TooLarge(
                f"{self._size:,} bytes unpack to more than {self._read:,}.",
                remedy="If this is what it seems to be, unpack it yourself.",
                places=(Place(source=self._path.name),),
            )
        return len(data)
