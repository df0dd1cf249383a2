import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.refusals import (
    Encrypted,
    NoReadings,
    Truncated,
    UnknownFormat,
    UnreadableReadings,
    UnsafeArchive,
    WrongEncoding,
)
from lamplighter.metering.queries.files import blocks_in, inspect
from lamplighter.metering.tests.samples import csv_file, green_button, nem12

Look = Callable[..., Any]
Write = Callable[..., Path]
Zip = Callable[..., Path]


def test_an_archive_is_read_as_one_file(zipped: Zip) -> None:
    path = zipped({"a.csv": nem12().encode(), "b/b.csv": nem12(nmi="4103000009").encode(),
                   "c.xml": green_button().encode(), "__MACOSX/a.csv": b"?"})  # fmt: skip
    assert [one.usage_point for one in inspect(path)] == [
        "4103000001", "4103000009", "RetailCustomer/1/UsagePoint/7",
    ]  # fmt: skip


def test_the_same_file_twice_in_an_archive_counts_once(zipped: Zip) -> None:
    (found,) = inspect(zipped({"a.csv": nem12().encode(), "b.csv": nem12().encode()}))
    assert found.count == 96


def test_a_wrong_member_is_named_with_its_archive(zipped: Zip) -> None:
    path = zipped({"a.csv": nem12().encode(), "b.csv": nem12(unit="ells").encode()})
    with pytest.raises(Refusal) as no:
        inspect(path)
    assert no.value.places[0].source == "archive.zip/b.csv"


def test_a_zip_bomb_is_not_unpacked(zipped: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped({"a.csv": b"start,kwh\n" + b"0" * 1_000_000})
    with pytest.raises(Refusal) as plain:
        inspect(path)
    assert plain.value.code == "LineTooLong"
    monkeypatch.setattr("lamplighter.metering.queries.sources.UNSUSPICIOUS_BYTES", 100_000)
    with pytest.raises(UnsafeArchive):
        inspect(path)


def test_an_archive_of_too_much_is_not_unpacked(
    zipped: Zip, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped({f"{n}.csv": nem12().encode() for n in range(3)})
    monkeypatch.setattr("lamplighter.metering.queries.sources.MOST_MEMBERS", 2)
    with pytest.raises(UnsafeArchive):
        inspect(path)
    monkeypatch.setattr("lamplighter.metering.queries.sources.MOST_MEMBERS", 3)
    monkeypatch.setattr("lamplighter.metering.queries.sources.MOST_UNPACKED_BYTES", 100)
    with pytest.raises(UnsafeArchive):
        inspect(path)


def test_an_archive_inside_an_archive_is_not_opened(zipped: Zip) -> None:
    inner = zipped({"a.csv": nem12().encode()}).read_bytes()
    with pytest.raises(UnsafeArchive):
        inspect(zipped({"inner.zip": inner}))


def test_a_damaged_archive_is_refused(zipped: Zip, written: Write) -> None:
    data = zipped({"a.csv": nem12().encode()}).read_bytes()
    with pytest.raises(Truncated):
        inspect(written(data[: len(data) // 2]))
    at = data.index(b"300,") if b"300," in data else 60
    with pytest.raises(Truncated):
        inspect(written(data[:at] + b"\xff\xff\xff" + data[at + 3 :]))


def test_an_encrypted_archive_is_refused(zipped: Zip, written: Write) -> None:
    data = bytearray(zipped({"a.csv": nem12().encode()}).read_bytes())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + flags] |= 1
    with pytest.raises(Encrypted):
        inspect(written(bytes(data)))


def test_an_archive_packed_in_another_way_is_refused(tmp_path: Path, written: Write) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", nem12())
    data = bytearray(path.read_bytes())
    for magic, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(magic) + method] = 19
    with pytest.raises(UnsafeArchive):
        inspect(written(bytes(data)))


def test_what_is_not_there_or_empty_is_refused(tmp_path: Path, written: Write, zipped: Zip) -> None:
    with pytest.raises(UnreadableReadings):
        inspect(tmp_path / "nothing")
    with pytest.raises(UnreadableReadings):
        inspect(tmp_path)
    with pytest.raises(NoReadings):
        inspect(written(""))
    with pytest.raises(NoReadings):
        inspect(zipped({}))


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"hello", b"<html></html>", b"{}"])
def test_what_is_no_meter_file_is_refused(written: Write, data: bytes) -> None:
    with pytest.raises(UnknownFormat):
        inspect(written(data))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [csv_file(), nem12(), green_button()])
def test_utf_16_is_refused_by_name(written: Write, text: str, encoding: str) -> None:
    with pytest.raises(WrongEncoding):
        inspect(written(text.encode(encoding)))


def test_a_byte_order_mark_is_no_obstacle(written: Write) -> None:
    for text in (csv_file(), nem12(), green_button()):
        assert inspect(written("\ufeff" + text)) == inspect(written(text))


def test_a_format_can_be_named(written: Write) -> None:
    path = written(csv_file())
    assert inspect(path, format="csv") == inspect(path)
    with pytest.raises(UnknownFormat):
        inspect(path, format="clay-tablet")


@pytest.mark.parametrize("packed", [False, True])
def test_progress_is_told_up_to_the_end(written: Write, zipped: Zip, *, packed: bool) -> None:
    told: list[tuple[int, int]] = []
    path = zipped({"a.csv": nem12().encode(), "b.csv": nem12().encode()})
    inspect(
        path if packed else written(nem12()),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1][0] == told[-1][1] > 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_readings_can_be_given_to_a_usage_point(written: Write) -> None:
    (batch,) = list(blocks_in(written(nem12([(1,) * 48])), usage_point="our-own"))
    assert batch["usage_point"].to_pylist() == ["our-own"]
    second = nem12(nmi="B").split("\r\n")[1:4]
    text = nem12(after_days="\n".join(second))
    with pytest.raises(UnreadableReadings):
        list(blocks_in(written(text), usage_point="our-own"))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "twins.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", nem12())
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", nem12(nmi="4103000009"))
    with pytest.raises(UnsafeArchive) as no:
        inspect(path)
    assert no.value.places[0].source == "twins.zip/a.csv"


def test_a_member_called_like_a_folder_is_read_all_the_same(zipped: Zip) -> None:
    path = zipped({"a.csv": nem12().encode(), "b/": nem12(nmi="4103000009").encode(), "c/": b""})
    assert len(inspect(path)) == 2


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("july.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "links.zip", "w") as archive:
        archive.writestr(link, "/etc/hosts")
    with pytest.raises(UnsafeArchive, match="link"):
        inspect(tmp_path / "links.zip")


def test_many_members_that_are_each_just_small_enough_are_too_much_together(zipped: Zip) -> None:
    with pytest.raises(UnsafeArchive, match="3 files"):
        inspect(zipped(dict.fromkeys(("a", "b", "c"), b"\n" * 30 * 2**20)))


def test_what_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path, "folder"),
        (tmp_path / "pipe", "pipe"),
        (Path("/dev/zero"), "device"),
        (tmp_path / "none", "no such file"),
        (tmp_path / ("x" * 5000), "too long"),
    ):
        with pytest.raises(UnreadableReadings, match=what):
            inspect(path)
