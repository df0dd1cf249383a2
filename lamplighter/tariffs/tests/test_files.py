"""Reading files of tariffs: any of the forms, record by record, within bounds."""

import gzip
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamplighter.kernel import Place
from lamplighter.tariffs.domain.refusals import UnreadableTariffs
from lamplighter.tariffs.domain.schedule import EnergyCharge, RateSchedule
from lamplighter.tariffs.queries import json_records, opened_files
from lamplighter.tariffs.queries.files import Refused, schedules_in

URDB: dict[str, Any] = {
    "label": "U",
    "name": "From the rate database",
    "energyratestructure": [[{"rate": 0.1}]],
    "energyweekdayschedule": [[0] * 24] * 12,
    "energyweekendschedule": [[0] * 24] * 12,
}
NATIVE: dict[str, Any] = {
    "format": "lamplighter-tariff/1",
    "code": "N",
    "name": "Our own",
    "currency": "EUR",
    "components": [{"type": "energy", "name": "Usage", "rate": "0.30"}],
}
BROKEN = {**URDB, "label": "B", "surcharge": 1}


def written(path: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def codes(path: Path) -> list[str]:
    return [result.code for result in schedules_in(path)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", lines(URDB, NATIVE)),
        ("t.jsonl.gz", lines(URDB, NATIVE)),
        ("t.ndjson", "\n" + lines(URDB) + "\r\n  \n" + lines(NATIVE)),
        ("t.json", lines(URDB, NATIVE)),
        ("t.json", json.dumps([URDB, NATIVE])),
        ("t.json", json.dumps([URDB, NATIVE], indent=2)),
        ("t.json.gz", json.dumps({"items": [URDB, NATIVE]})),
        ("t.txt", json.dumps({"items": [URDB, NATIVE]}, indent="\t")),
    ],
)
def test_records_come_in_many_wrappings(tmp_path: Path, name: str, content: str) -> None:
    assert codes(written(tmp_path / name, content)) == ["U", "N"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_may_be_one_record(tmp_path: Path, indent: int | None) -> None:
    assert codes(written(tmp_path / "t.json", json.dumps(NATIVE, indent=indent))) == ["N"]


def test_numbers_are_exactly_those_of_the_file(tmp_path: Path) -> None:
    text = json.dumps(URDB).replace("0.1", "0.1000000000000000055511151231257827")
    refused, accepted = schedules_in(
        written(tmp_path / "t.jsonl", f"{text}\n" + text.replace("5511151231257827", ""))
    )
    assert isinstance(refused, Refused)
    assert isinstance(accepted, RateSchedule)
    (energy,) = accepted.components
    assert isinstance(energy, EnergyCharge)
    assert energy.bands[0][0].rate == Decimal("0.100000000000000005")


def test_a_wrong_record_does_not_lose_the_others(tmp_path: Path) -> None:
    content = lines(URDB, BROKEN) + '{"label": "T", \n[1]\n7\n' + lines({"code": "?"}, NATIVE)
    results = list(schedules_in(written(tmp_path / "t.jsonl", content)))
    refused = [result for result in results if isinstance(result, Refused)]
    assert [result.code for result in results] == ["U", "B", "row 3", "row 4", "row 5", "?", "N"]
    assert [(no.row, no.refusal.code) for no in refused] == [
        (2, "UnknownField"),
        (3, "Truncated"),
        (4, "UnknownTariffFormat"),
        (5, "UnknownTariffFormat"),
        (6, "UnknownTariffFormat"),
    ]
    assert refused[0].places == (Place(source="t.jsonl", row=2, field="surcharge"),)
    assert refused[0].detail == "surcharge: not of URDB versions 3 to 8."


def test_rows_of_a_list_are_its_items(tmp_path: Path) -> None:
    (refused,) = schedules_in(written(tmp_path / "t.json", json.dumps({"items": [BROKEN]})))
    assert isinstance(refused, Refused)
    assert refused.row == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"label": "U", "label": "V"}', "DuplicateKey"),
        ('{"rate": NaN}', "NotJson"),
        ('{"rate": -Infinity}', "NotJson"),
        ('{"rate": 1.' + "0" * 200 + "}", "TooLarge"),
        ('{"rate": 1' + "0" * 5000 + "}", "TooLarge"),
        ('{"rate": 1e99999999999999999999}', "TooLarge"),
        ('{"a":' * 40 + "1" + "}" * 40, "TooLarge"),
        ("[" * 100_000, "TooLarge"),
        ('{"name": "' + "x" * 5_000_000 + '"}', "TooLarge"),
        ('{"name": "abc', "Truncated"),
        ("{'name': 1}", "NotJson"),
        ('{"name": 1} x', "NotJson"),
        ("nonsense", "NotJson"),
        (b'{"name": "\xe9"}', "WrongEncoding"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_itself(
    tmp_path: Path, line: str | bytes, code: str
) -> None:
    data = line if isinstance(line, bytes) else line.encode()
    path = written(
        tmp_path / "t.jsonl", lines(URDB).encode() + data + b"\n" + lines(NATIVE).encode()
    )
    before, refused, after = schedules_in(path)
    assert isinstance(refused, Refused)
    assert (refused.row, refused.refusal.code, refused.places[0].row) == (2, code, 2)
    assert (before.code, after.code) == ("U", "N")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "NoTariffs"),
        (b" \n\n", "NoTariffs"),
        (b"[]", "NoTariffs"),
        (b"label,rate\nA,0.1\n", "NotJson"),
        (b"%PDF-1.7", "NotJson"),
        (b"PK\x03\x04....", "NotJson"),
        (b'{"label": "U", "energy', "Truncated"),
        (b'[\n{"label": "U"},\n', "Truncated"),
        (b"[{'label': 1}]", "NotJson"),
        (b'{"items": [{"a": 1, "a": 2}]}', "DuplicateKey"),
        (b"\xef\xbb\xbf{}", "WrongEncoding"),
        ("{}".encode("utf-16"), "WrongEncoding"),
        ("{}".encode("utf-16-le"), "WrongEncoding"),
        (b"\x1f\x8b\x08\x00broken", "Truncated"),
        (gzip.compress(lines(URDB).encode() * 100)[:-20], "Truncated"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableTariffs) as no:
        list(schedules_in(path))
    assert no.value.code == code
    assert no.value.places[0].source == "t.json"


def test_a_mistake_in_a_long_text_is_told_with_its_line(tmp_path: Path) -> None:
    text = json.dumps([URDB], indent=1).replace('"label": "U",', '"label": "U"')
    with pytest.raises(UnreadableTariffs) as no:
        list(schedules_in(written(tmp_path / "t.json", text)))
    assert no.value.places == (Place(source="t.json", row=4),)


def test_a_line_of_gigabytes_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_records, "MOST_TEXT_BYTES", 10_000)
    for content in ("[" + " " * 10_000, "[\n" + "\n" * 10_000 + "]"):
        with pytest.raises(UnreadableTariffs) as no:
            list(schedules_in(written(tmp_path / "t.json", content)))
        assert no.value.code == "TooLarge"


def test_what_unpacks_to_more_than_is_safe_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_files, "UNSUSPICIOUS_BYTES", 100_000)
    path = written(tmp_path / "t.jsonl.gz", lines(URDB) + "\n" * 50_000_000)
    with pytest.raises(UnreadableTariffs) as no:
        list(schedules_in(path))
    assert no.value.code == "TooLarge"


@pytest.mark.parametrize("name", ["none.json", "."])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableTariffs):
        list(schedules_in(tmp_path / name))


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", lines(*[URDB] * 500))
    told: list[tuple[int, int]] = []
    list(schedules_in(path, progress=lambda done, total: told.append((done, total))))
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert len(told) > 2
    assert told == sorted(told)


def test_reading_needs_no_django(tmp_path: Path) -> None:
    path = written(tmp_path / "t.json", json.dumps([URDB, NATIVE]))
    script = (
        "import sys; from pathlib import Path\n"
        "from lamplighter.tariffs.queries.files import schedules_in\n"
        f"print(len(list(schedules_in(Path({str(path)!r})))), 'django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "2 False\n"


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 2000), at=st.integers(0, 2000), junk=st.binary(max_size=8))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, cut: int, at: int, junk: bytes) -> None:
    data = lines(NATIVE, URDB).encode()
    path = tmp_path / "t.json"
    path.write_bytes((data[:at] + junk + data[at:])[: len(data) - cut or None])
    try:
        results = list(schedules_in(path))
    except UnreadableTariffs:
        return
    assert results
