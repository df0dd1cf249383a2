"""Opening what may hold meter readings: a file, or the members of a zip archive, within bounds."""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from lamplighter.kernel import Place
from lamplighter.metering.domain.refusals import (
    Encrypted,
    NoReadings,
    Truncated,
    UnreadableReadings,
    UnsafeArchive,
)
from lamplighter.metering.ports.reading_formats import HEAD_BYTES

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have been read."""

MOST_MEMBERS: Final = 10_000
MOST_UNPACKED_BYTES: Final = 20 * 2**30
UNSUSPICIOUS_BYTES: Final = 64 * 2**20
"""Up to this size, a member may be packed as tightly as it likes."""
MOST_RATIO: Final = 250

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on disk."""

    path: Path
    told: "Told"

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> "Counted":
        return Counted(self.path.open("rb"), self.told)

    def advance(self, n: int) -> None:
        self.told.read(n)


@dataclass(frozen=True, slots=True)
class MemberSource:
    """A file inside a zip archive."""

    archive: Path
    member: str
    size: int
    told: "Told"
    path: None = None

    @property
    def name(self) -> str:
        return f"{self.archive.name}/{self.member}"

    def open(self) -> "Counted":
        with _unpacking(self.name), ExitStack() as opened:
            archive = opened.enter_context(zipfile.ZipFile(self.archive))
            stream = opened.enter_context(archive.open(self.member))
            return Counted(stream, self.told, unpacking=self.name, opened=opened.pop_all())

    def advance(self, n: int) -> None:
        self.told.read(n)


class Told:
    """Adds up what is read over all passes and members, and tells it on."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._read = 0
        self.total = 0

    def read(self, n: int) -> None:
        self._read += n
        if self._progress:
            self._progress(min(self._read, self.total), self.total)


class Counted:
    """A stream that tells how far it has been read, and what is wrong with its archive."""

    def __init__(
        self,
        stream: IO[bytes],
        told: Told,
        *,
        unpacking: str = "",
        opened: ExitStack | None = None,
    ) -> None:
        self._stream = stream
        self._told = told
        self._unpacking = unpacking
        self._opened = opened or ExitStack()

    def read(self, n: int = -1) -> bytes:
        with _unpacking(self._unpacking) if self._unpacking else nullcontext():
            data = self._stream.read(n)
        self._told.read(len(data))
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._opened.close()


@contextmanager
def _unpacking(name: str) -> Iterator[None]:
    """Whatever zip files can be wrong in becomes a refusal."""
    place = (Place(source=name),)
    try:
        yield
    except NotImplementedError as no:
        raise UnsafeArchive(
            "The archive is packed in a way that cannot be unpacked here.",
            remedy="Pack it with deflate.",
            places=place,
        ) from no
    except RuntimeError as no:  # zipfile's way to say that a password is needed
        raise Encrypted("The archive is encrypted.", places=place) from no
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError) as no:
        # A directory that lies sends zipfile to places that do not exist.
        raise Truncated(f"The archive is damaged: {no}.", places=place) from no


def sources_in(path: Path, told: Told) -> list[FileSource | MemberSource]:
    """
    The file itself, or what is in it if it is a zip archive.

    :raises NoReadings: if it is empty
    :raises UnsafeArchive: if it would unpack to more than is safe
    :raises UnreadableReadings: if it is no file
    """
    if _begin_of(path) not in _ZIP:
        told.total = path.stat().st_size
        return [FileSource(path, told)]
    with _unpacking(path.name), zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if _is_content(info)]
    for info in members:
        _refuse_bombs(path, info)
        _refuse_link(path, info)
    _refuse_same_names(path, [info.filename for info in members])
    told.total = sum(info.file_size for info in members)
    _refuse_too_much(path, len(members), told.total)
    return [MemberSource(path, info.filename, info.file_size, told) for info in members]


def _begin_of(path: Path) -> bytes:
    """The first bytes of a file, which tell an archive. Of what is no file, nothing is read."""
    place = (Place(source=str(path)[-255:]),)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "This is a folder" if stat.S_ISDIR(mode) else "This is a device or a pipe"
            raise UnreadableReadings(f"{what}.", remedy="Name a file.", places=place)
        with path.open("rb") as stream:
            return stream.read(4)
    except FileNotFoundError as no:
        raise UnreadableReadings("There is no such file.", places=place) from no
    except OSError as no:
        raise UnreadableReadings(f"It cannot be opened: {no.strerror}.", places=place) from no


def _is_content(info: zipfile.ZipInfo) -> bool:
    is_folder = info.is_dir() and not info.file_size
    return not is_folder and not info.filename.startswith("__MACOSX/")


def _refuse_link(path: Path, info: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeArchive(
            "This is a link, and links are not followed.",
            remedy="Put the file itself into the archive.",
            places=(Place(source=f"{path.name}/{info.filename}"),),
        )


def _refuse_same_names(path: Path, names: list[str]) -> None:
    """A member is opened by its name: of two that share it, only one would be read."""
    name, times = Counter(names).most_common(1)[0] if names else ("", 0)
    if times > 1:
        raise UnsafeArchive(
            f"There are {times:,} files of this name.",
            remedy="Unpack it, and pack it anew with a name for each.",
            places=(Place(source=f"{path.name}/{name}"),),
        )


def _refuse_bombs(path: Path, info: zipfile.ZipInfo) -> None:
    if (
        info.file_size > UNSUSPICIOUS_BYTES
        and info.file_size > max(info.compress_size, 1) * MOST_RATIO
    ):
        raise UnsafeArchive(
            f"{info.compress_size:,} bytes would unpack to {info.file_size:,}.",
            remedy="If this is what it seems to be, unpack it yourself.",
            places=(Place(source=f"{path.name}/{info.filename}"),),
        )


def _refuse_too_much(path: Path, members: int, unpacked: int) -> None:
    place = (Place(source=path.name),)
    if not members:
        raise NoReadings("There is no file in this archive.", places=place)
    tight = unpacked > UNSUSPICIOUS_BYTES and unpacked > path.stat().st_size * MOST_RATIO
    if tight or members > MOST_MEMBERS or unpacked > MOST_UNPACKED_BYTES:
        raise UnsafeArchive(
            f"It would unpack to {members:,} files and {unpacked:,} bytes.",
            remedy="If this is what it seems to be, unpack it yourself.",
            places=place,
        )


def head_of(source: FileSource | MemberSource) -> bytes:
    """
    The beginning of a file.

    :raises NoReadings: if it is empty
    :raises UnsafeArchive: if it is an archive inside an archive
    """
    with source.open() as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip():
        raise NoReadings("This file is empty.", places=(Place(source=source.name),))
    if isinstance(source, MemberSource) and head.startswith(_ZIP):
        raise UnsafeArchive(
            "An archive inside an archive is not opened.", places=(Place(source=source.name),)
        )
    return head
