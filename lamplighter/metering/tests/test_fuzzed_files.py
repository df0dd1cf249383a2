"""Whatever happens to a meter file, it is read or refused, and nothing is lost on the way."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.decimals import decimal_of
from lamplighter.metering.queries.files import SeriesSummary, blocks_in, inspect
from lamplighter.metering.tests import samples

NASTY = [
    "NaN", "inf", "-inf", "1e308", "1E5", "-1", "-0.5", "1_000", "1,5", "1.234,56", "٣", "０", "",
    " ", "0x1F", "99999999999999999999", "0." + "1" * 40, "--1", ".", "1.2.3", "\x00", "\ufeff",
    "=1+1", "<!DOCTYPE a>", "&amp;", "&x;", "'", '"', "2024-02-30T00:00Z", "20240230", "\r", "\n\n",
    "2024-03-31T02:30", "9" * 300,
]  # fmt: skip

EXAMPLES = settings(max_examples=120, deadline=None)


def text_samples() -> dict[str, bytes]:
    named = {
        "nem12": samples.nem12(
            [range(48)], quality="V", after_days="400,1,20,A,,\n400,21,48,S14,1,"
        ),
        "nem13": samples.nem13(),
        "csv": samples.csv_file(30),
        "labelled": "usage_point,start,end,value,unit,quality\n"
        "A,2024-07-01 00:00,2024-07-01 01:00,1.5,kWh,actual\n"
        "B,2024-07-01 00:00,2024-07-01 01:00,2,m3,estimated\n"
        "A,2024-07-01 01:00,2024-07-01 02:00,,kWh,missing\n",
        "green-button": samples.green_button([samples.reading(n, n) for n in range(4)]),
        "mbus": samples.mbus_frame(),
        "log": samples.mbus_frame() + samples.mbus_frame("0D 7C 03 41 42 43 02 61 62"),
    }
    return {name: text.encode() for name, text in named.items()} | {
        "dsmr": samples.telegram() + samples.telegram(version=0)
    }


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """A file with a few things done to it."""
    data = good
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        to = min(len(data), at + draw(st.integers(0, 12)))
        action = draw(st.sampled_from(["cut", "end", "put", "swap", "byte", "line"]))
        if action == "cut":
            data = data[:at] + data[to:]
        elif action == "end":
            data = data[:at]
        elif action == "put":
            data = data[:at] + draw(st.sampled_from(NASTY)).encode() + data[to:]
        elif action == "byte":
            data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        else:
            data = _shuffled(data, draw(st.integers(0, 40)), twice=action == "line")
    return data


def _shuffled(data: bytes, which: int, *, twice: bool) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    line = lines[which % len(lines)]
    rest = lines if twice else [one for one in lines if one is not line]
    return b"".join([*rest[: len(rest) // 2], line, *rest[len(rest) // 2 :]])


def read_or_refused(path: Path, **how: str) -> list[SeriesSummary] | None:
    try:
        return inspect(path, **how)  # type: ignore[arg-type]
    except Refusal:
        return None


def conserved(path: Path, found: list[SeriesSummary], **how: str) -> bool:
    """Whether blocks, where they can be made, hold exactly what the inspection counted."""
    sums: dict[tuple[str, str], Decimal] = {}
    known = 0
    try:
        for batch in blocks_in(path, time_zone="UTC", **how):  # type: ignore[arg-type]
            for block in batch.to_pylist():
                key = block["usage_point"], block["channel"]
                amount = decimal_of(sum(block["values"]), block["exponent"])
                sums[key] = sums.get(key, Decimal(0)) + amount
                known += sum(flag != Quality.MISSING for flag in block["quality"])
    except Refusal:
        return True
    totals = {
        (one.usage_point, one.channel): one.total
        for one in found
        if (one.usage_point, one.channel) in sums
    }
    counted = sum(
        one.count - one.quality.get("missing", 0)
        for one in found
        if (one.usage_point, one.channel) in sums
    )
    return totals == sums and counted == known


@pytest.mark.parametrize("name", text_samples())
def test_a_spoilt_text_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"

    @EXAMPLES
    @given(spoilt(text_samples()[name]))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = read_or_refused(path, time_zone="Europe/Berlin")
        assert found is None or conserved(path, found)
        for format_name in ("csv", "mbus", "dsmr", "nem12", "nem13", "green-button", "parquet"):
            read_or_refused(path, format=format_name)

    check()


def test_any_records_in_a_sound_mbus_frame_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "frame.hex"

    @EXAMPLES
    @given(st.binary(max_size=60))
    def check(data: bytes) -> None:
        path.write_text(samples.mbus_frame(data.hex(" ")))
        found = read_or_refused(path, format="mbus")
        assert found is None or all(one.count for one in found)

    check()


def test_a_spoilt_parquet_file_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    starts = pa.array(range(0, 86_400, 900), pa.timestamp("s", "UTC"))
    pq.write_table(pa.table({"start": starts, "kwh": [0.25] * 96}), path)

    @EXAMPLES
    @given(spoilt(path.read_bytes()))
    def check(data: bytes) -> None:
        broken = tmp_path / "broken.parquet"
        broken.write_bytes(data)
        read_or_refused(broken)

    check()


def test_a_zip_archive_that_was_spoilt_is_read_or_refused(
    tmp_path: Path, zipped: Callable[[dict[str, bytes]], Path]
) -> None:
    good = zipped({"a.csv": samples.nem12().encode(), "b.csv": samples.nem13().encode()})

    @EXAMPLES
    @given(spoilt(good.read_bytes()))
    def check(data: bytes) -> None:
        broken = tmp_path / "broken.zip"
        broken.write_bytes(data)
        read_or_refused(broken)

    check()


def test_what_was_not_spoilt_is_read(tmp_path: Path) -> None:
    for name, data in text_samples().items():
        path = tmp_path / name
        path.write_bytes(data)
        found = inspect(path, time_zone="UTC")
        assert found, name
        assert conserved(path, found), name
