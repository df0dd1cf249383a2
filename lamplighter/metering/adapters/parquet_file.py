"""Parquet: interval blocks as Lamplighter itself keeps them, or one reading a row (`columns`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lamplighter.kernel import Place
from lamplighter.metering.adapters.columns import Columns, columns_named
from lamplighter.metering.adapters.tables import Cells, Table
from lamplighter.metering.domain.blocks import BLOCKS, FLOWS, Quality
from lamplighter.metering.domain.decimals import MOST_DIGITS
from lamplighter.metering.domain.local_days import DAY_S, LocalDays
from lamplighter.metering.domain.readings import Bools, Int64s, Notes, Reading, Series, Usage
from lamplighter.metering.domain.refusals import (
    Faults,
    IntervalsDoNotFitTheDay,
    Malformed,
    NegativeUsage,
    NoReadings,
    TimeZoneNeeded,
    TooManyDigits,
    Truncated,
    UnknownUnit,
    UnreadableReadings,
    UnsafeArchive,
    WrongColumns,
)
from lamplighter.metering.domain.units import UNITS, flows_one_way
from lamplighter.metering.ports.reading_formats import Opened, Source, Surroundings

_BATCH_ROWS: Final = 65_536
_BATCH_BLOCKS: Final = 4096
_MAGIC: Final = b"PAR1"
_OF_BLOCKS: Final = {"local_day", "step_s", "values"}
_FURTHEST_DAY: Final = 84_000


class ParquetFile:
    """Parquet, in blocks or row by row."""

    name = "parquet"
    title = "Parquet, as interval blocks or with columns such as start and kwh"
    passes = 1

    def recognises(self, head: bytes, file_name: str) -> bool:
        return head.startswith(_MAGIC) or file_name.casefold().endswith(".parquet")

    def opened(self, source: Source, surroundings: Surroundings) -> Opened:
        if source.path is None:
            raise UnsafeArchive(
                "Parquet is not read inside an archive.",
                remedy="It is packed already: take it out.",
                places=(Place(source=source.name),),
            )
        with _damage_refused(source):
            file = pq.ParquetFile(source.path)
            names = file.schema_arrow.names
        zone = surroundings.time_zone
        days = None if zone is None else LocalDays(zone)
        if set(names) >= _OF_BLOCKS:
            return Opened(readings=_blocks(source, file, days), time_zone=zone)
        return Opened(readings=_rows(source, file, days, surroundings.notes), time_zone=zone)


@contextmanager
def _damage_refused(source: Source) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as no:
        first_line = str(no).split("\n", 1)[0][:200]
        raise Truncated(
            f"This Parquet file is damaged: {first_line}", places=(Place(source=source.name),)
        ) from no


def _batches(source: Source, file: Any, size: int, columns: list[str]) -> Iterator[Any]:
    """Arrow batches, and how far they are."""
    for group in range(file.metadata.num_row_groups):
        batches = file.iter_batches(batch_size=size, row_groups=[group], columns=columns)
        while True:
            with _damage_refused(source):
                batch = next(batches, None)
            if batch is None:
                break
            yield batch
        source.advance(file.metadata.row_group(group).total_byte_size)


def _rows(source: Source, file: Any, days: LocalDays | None, notes: Notes) -> Iterator[Reading]:
    faults = Faults(source.name)
    columns = columns_named(file.schema_arrow.names, source.name)
    for name in columns.unread:
        notes.add(f"The column {name[:40]!r} is not read.")
    table = Table(columns, source.name, days, faults)
    row = 1
    for batch in _batches(source, file, _BATCH_ROWS, list(columns.names)):
        cells = Cells(
            [_texts(source, columns, batch, index) for index in range(batch.num_columns)],
            np.arange(row, row + batch.num_rows, dtype=np.int64),
        )
        row += batch.num_rows
        for usage in table.usage(cells):
            if not faults:
                yield usage
    table.end()
    faults.check()
    _refuse_empty(source, row - 1)


def _texts(source: Source, columns: Columns, batch: Any, index: int) -> Any:
    """A column as text, as exact as it is. Numbers in floating point are taken as they print."""
    column, name = batch.column(index), columns.names[index]
    if name in columns.unread:
        return pa.array([""] * len(column), pa.string())
    try:
        texts = pc.cast(column, pa.string())
    except pa.ArrowException as no:
        raise WrongColumns(
            f"A column of {column.type} cannot be read.",
            places=(Place(source=source.name, field=name),),
        ) from no
    texts = pc.fill_null(texts, "")
    if pa.types.is_floating(column.type):
        return pa.array([_without_exponent(text) for text in texts.to_pylist()], pa.string())
    return texts


def _without_exponent(text: str) -> str:
    return f"{Decimal(text):f}" if "e" in text else text


def _refuse_empty(source: Source, rows: int) -> None:
    if not rows:
        raise NoReadings("This table has no rows.", places=(Place(source=source.name),))


def _blocks(source: Source, file: Any, days: LocalDays | None) -> Iterator[Reading]:
    missing = [name for name in BLOCKS.names if name not in file.schema_arrow.names]
    if missing:
        raise WrongColumns(
            "A column of interval blocks is missing.",
            places=tuple(Place(source=source.name, field=name) for name in missing),
        )
    if days is None:
        raise TimeZoneNeeded(
            "Interval blocks are by local days.",
            remedy="Say in which time zone they are, such as --timezone Europe/Berlin.",
            places=(Place(source=source.name, field="local_day"),),
        )
    faults = Faults(source.name)
    row = 1
    for batch in _batches(source, file, _BATCH_BLOCKS, BLOCKS.names):
        usage = _of_blocks(source, batch, row, days, faults)
        row += batch.num_rows
        if not faults and usage is not None:
            yield usage
    faults.check()
    _refuse_empty(source, row - 1)


def _of_blocks(
    source: Source, batch: Any, row: int, days: LocalDays, faults: Faults
) -> Usage | None:
    """The readings of some blocks, or None if one of them is wrong."""
    columns = {one.name: _as_written(source, batch.column(one.name), one) for one in _AS_WRITTEN}
    rows = np.arange(row, row + batch.num_rows, dtype=np.int64)
    if _wrong_cells(columns, rows, faults):
        return None
    counts = pc.list_value_length(columns["values"]).to_numpy().astype(np.int64)
    step = columns["step_s"].to_numpy().astype(np.int64)
    day = columns["local_day"].cast(pa.int32()).to_numpy().astype(np.int64)
    known, which = np.unique(day, return_inverse=True)
    bounds = np.array([days.starts(int(d), int(d) + 1) for d in known], np.int64).reshape(-1, 2)
    begin, length = bounds[which, 0], bounds[which, 1] - bounds[which, 0]
    for i in np.flatnonzero(counts * step != length):
        faults.add(
            IntervalsDoNotFitTheDay,
            f"{counts[i]} intervals of {step[i]} s are not this day of {length[i]} s.",
            row=int(rows[i]),
            field="values",
        )
    first = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.arange(int(counts.sum())) - first
    quality = columns["quality"].flatten().to_numpy().astype(np.int8)
    series, of = _series(columns)
    return Usage(
        series=series,
        of=np.repeat(of, counts).astype(np.int32),
        start_s=np.repeat(begin, counts) + place * np.repeat(step, counts),
        duration_s=np.repeat(step, counts),
        value=np.where(quality == Quality.MISSING, 0, columns["values"].flatten().to_numpy()),
        exponent=np.repeat(columns["exponent"].to_numpy(), counts).astype(np.int8),
        quality=quality,
        row=np.repeat(rows, counts),
        version=np.zeros(int(counts.sum()), np.int64),
    )


def _wrong_cells(columns: dict[str, Any], rows: Int64s, faults: Faults) -> bool:
    """Whether a cell is wrong in itself, which then is noted."""

    def refuse(wrong: Any, field: str, what: str) -> bool:
        found: Bools = np.asarray(wrong, np.bool_)
        for i in np.flatnonzero(found):
            faults.add(Malformed, what, row=int(rows[i]), field=field)
        return bool(found.any())

    empty = [refuse(column.is_null(), name, "This is empty.") for name, column in columns.items()]
    if any(empty) or any(refuse(_holes(columns[n]), n, "A part is empty.") for n in _LISTS):
        return True
    values, quality = (pc.list_value_length(columns[name]).to_numpy() for name in _LISTS)
    day = columns["local_day"].cast(pa.int32()).to_numpy()
    flags = columns["quality"].flatten().to_numpy()
    known = [flow in FLOWS for flow in columns["flow"].to_pylist()]
    step = columns["step_s"].to_numpy()
    return any(
        (
            refuse(values != quality, "quality", "It is not as long as the values."),
            refuse((step <= 0) | (step > DAY_S), "step_s", "This is no step."),
            refuse(abs(day) > _FURTHEST_DAY, "local_day", "This is no day to expect."),
            refuse(abs(columns["exponent"].to_numpy()) > 18, "exponent", "This is too far."),
            refuse(np.logical_not(known), "flow", f"A flow is one of {', '.join(FLOWS)}."),
            refuse(
                _spread((flags < 0) | (flags >= len(Quality)), quality),
                "quality",
                "There is no such quality.",
            ),
        )
    ) or _wrong_values(columns, rows, faults)


def _wrong_values(columns: dict[str, Any], rows: Int64s, faults: Faults) -> bool:
    """Whether a block has an unknown unit, or a value that cannot be, which then is noted."""
    flows, units = columns["flow"].to_pylist(), columns["unit"].to_pylist()
    counts = pc.list_value_length(columns["values"]).to_numpy()
    values = columns["values"].flatten().to_numpy()
    known = columns["quality"].flatten().to_numpy() != Quality.MISSING
    limit = 10**MOST_DIGITS
    one_way = [flows_one_way(*one) for one in zip(flows, units, strict=True)]
    wrong: tuple[tuple[Any, type[UnreadableReadings], str, str], ...] = (
        ([one not in UNITS for one in units], UnknownUnit, "unit", "There is no such unit."),
        (_spread(known & ((values <= -limit) | (values >= limit)), counts), TooManyDigits,
         "values", "A value has too many digits."),
        (_spread(known & (values < 0), counts) & one_way, NegativeUsage,
         "values", "A value is negative in a channel of one direction."),
    )  # fmt: skip
    for where, reason, field, what in wrong:
        for i in np.flatnonzero(where):
            faults.add(reason, what, row=int(rows[i]), field=field)
    return any(np.any(where) for where, *_ in wrong)


def _as_written(source: Source, column: Any, one: Any) -> Any:
    try:
        return pc.cast(column, one.type)
    except pa.ArrowException as no:
        raise WrongColumns(
            f"A column of {column.type} does not fit into {one.type}: {no}.",
            places=(Place(source=source.name, field=one.name),),
        ) from no


_LISTS: Final = ("values", "quality")
_AS_WRITTEN: Final = pa.schema(
    [
        pa.field(one.name, pa.list_(one.type.value_type) if one.name in _LISTS else one.type)
        for one in BLOCKS
    ]
)
"""Interval blocks that may have holes, which are named and not stumbled over."""


def _holes(column: Any) -> list[bool]:
    """Where a list has an element that is null."""
    if not column.flatten().null_count:
        return [False] * len(column)
    return [value is not None and None in value for value in column.to_pylist()]


def _spread(wrong: Bools, counts: Any) -> Bools:
    """Of each block, whether one of its elements is wrong."""
    block = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(block[wrong], minlength=len(counts)) > 0


def _series(columns: dict[str, Any]) -> tuple[tuple[Series, ...], Int64s]:
    names = [columns[name].to_pylist() for name in ("usage_point", "channel", "flow", "unit")]
    numbers: dict[Series, int] = {}
    of = [numbers.setdefault(Series(*one), len(numbers)) for one in zip(*names, strict=True)]
    return tuple(numbers), np.array(of, np.int64)


FORMAT: Final = ParquetFile()
