"""CSV with documented columns: see `columns` for what they may be called."""

import csv
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from lamplighter.kernel import Place
from lamplighter.metering.adapters.columns import Columns, columns_named, looks_like_readings
from lamplighter.metering.adapters.lines import Chunk, chunks
from lamplighter.metering.adapters.tables import Cells, Table
from lamplighter.metering.domain.local_days import LocalDays
from lamplighter.metering.domain.readings import Int64s, Reading
from lamplighter.metering.domain.refusals import Faults, Malformed, NoReadings
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_DELIMITERS: Final = ",;\t|"


class CsvFile:
    """A table of readings as CSV."""

    name = "csv"
    title = "CSV with columns such as start and kwh"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:
        try:
            line = head.split(b"\n", 1)[0].decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            return file_name.casefold().endswith(".csv")
        names = _cells(line, _delimiter(line))
        return looks_like_readings(names) or file_name.casefold().endswith(".csv")

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        return Opened(readings=_readings(source, surroundings))


def _readings(source: Source, surroundings: Surroundings) -> Iterator[Reading]:
    faults = Faults(source.name)
    days = None if surroundings.time_zone is None else LocalDays(surroundings.time_zone)
    table: Table | None = None
    read = 0
    for chunk in chunks(source):
        if table is None:
            line, chunk = _header(chunk)  # noqa: PLW2901
            delimiter = _delimiter(line)
            columns = columns_named(_cells(line, delimiter), source.name)
            _mention_unread(columns, surroundings)
            table = Table(columns, source.name, days, faults)
        if chunk.last and chunk.data and not chunk.data.endswith(b"\n"):
            surroundings.notes.add("The last line has no end: the file may be cut off.")
        cells = _parsed(chunk, columns, delimiter, faults)
        read += len(cells.rows)
        for usage in table.usage(cells):
            if not faults:
                yield usage
    if table is not None:
        table.end()
    faults.check()
    if not read:
        raise NoReadings(
            "There is a header and nothing below it.", places=(Place(source=source.name),)
        )


def _header(chunk: Chunk) -> tuple[str, Chunk]:
    """The first line that is not empty, and the rest."""
    row, data = chunk.first_row, chunk.data
    while True:
        line, _, data = data.partition(b"\n")
        row += 1
        text = line.decode().strip("\r")
        if text.strip() or not data:
            return text, Chunk(row, data, chunk.last)


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _cells(line: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([line.replace("\r", " ")], delimiter=delimiter), [])
    return [cell.strip() for cell in cells]


def _mention_unread(columns: Columns, surroundings: Surroundings) -> None:
    for name in columns.unread:
        surroundings.notes.add(f"The column {name[:40]!r} is not read.")


def _parsed(chunk: Chunk, columns: Columns, delimiter: str, faults: Faults) -> Cells:
    """The cells of some lines. Rows with too few or too many cells are wrong."""
    names = [str(index) for index in range(len(columns.names))]
    data = _with_plain_line_ends(chunk, faults)
    wrong: list[Any] = []

    def remember(row: Any) -> str:
        wrong.append(row)
        return "skip"

    if not data.strip():
        return _no_cells(names)
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, column_names=names, block_size=len(data) + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, invalid_row_handler=remember, ignore_empty_lines=True
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    filled = _filled_rows(chunk.first_row, data, table.num_rows + len(wrong))
    if len(filled) != table.num_rows + len(wrong):
        _refuse_open_quotes(chunk.first_row, data, faults)
        return _no_cells(names)
    for row in wrong:
        faults.add(
            Malformed,
            f"There are {len(names)} columns, and this row has {row.actual_columns} cells.",
            row=int(filled[row.number - 1]),
        )
    rows = np.delete(filled, [row.number - 1 for row in wrong])
    return Cells([column.combine_chunks() for column in table.columns], rows)


def _no_cells(names: list[str]) -> Cells:
    return Cells([pa.array([], pa.string()) for _ in names], np.zeros(0, np.int64))


def _with_plain_line_ends(chunk: Chunk, faults: Faults) -> bytes:
    """The lines, ended by a line feed only: Arrow would end them at a lone carriage return too."""
    if b"\r" not in chunk.data:
        return chunk.data
    data = chunk.data.replace(b"\r\n", b"\n")
    if b"\r" in data:
        for row, line in enumerate(data.split(b"\n"), chunk.first_row):
            if b"\r" in line.removesuffix(b"\r"):
                faults.add(Malformed, "There is a carriage return within this line.", row=row)
    return data.replace(b"\r", b" ")


def _filled_rows(first_row: int, data: bytes, expected: int) -> Int64s:
    """The numbers of the lines that are not empty."""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if lines == expected:
        return np.arange(first_row, first_row + lines, dtype=np.int64)
    filled = [row for row, line in enumerate(data.split(b"\n"), first_row) if line]
    return np.array(filled, np.int64)


def _refuse_open_quotes(first_row: int, data: bytes, faults: Faults) -> None:
    for row, line in enumerate(data.split(b"\n"), first_row):
        if line.count(b'"') % 2:
            faults.add(Malformed, "A quotation mark is opened and not closed.", row=row)
            return
    faults.add(Malformed, "The lines of this file cannot be told apart.", row=first_row)


FORMAT: Final = CsvFile()
