"""What an append is told, kept by bucket until it is worked through; on disk where it is much."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.buckets import bucket_of
from lamplighter.metering.domain.stored_blocks import check_blocks

_BYTES_IN_MEMORY: Final = 256 << 20


class Told:
    """Blocks by bucket, to be read any number of times until it is closed."""

    def __init__(self, blocks: Iterable[Any], *, bytes_in_memory: int = _BYTES_IN_MEMORY) -> None:
        self.channels: set[tuple[UUID, str]] = set()
        """Every channel that something is told about."""
        self._open = ExitStack()
        self._in_memory: dict[int, list[Any]] = {}
        self._on_disk: dict[int, tuple[IO[bytes], Any]] = {}
        waiting = 0
        for batch in blocks:
            check_blocks(batch)
            self._add(batch)
            waiting += batch.nbytes
            if waiting > bytes_in_memory:
                self._put_on_disk()
                waiting = 0

    def close(self) -> None:
        self._open.close()

    def buckets(self) -> Iterator[tuple[int, Any]]:
        """Each bucket that something is told about, with its blocks as one Table."""
        for bucket in sorted({*self._in_memory, *self._on_disk}):
            yield bucket, self._table(bucket)

    def _add(self, batch: Any) -> None:
        names = pa.Table.from_batches([batch.select(["usage_point", "channel"])])
        for name in names.group_by(["usage_point", "channel"]).aggregate([]).to_pylist():
            self.channels.add((UUID(name["usage_point"]), name["channel"]))
        encoded = batch["usage_point"].dictionary_encode()
        bucket = np.array([bucket_of(UUID(name.as_py())) for name in encoded.dictionary], np.int16)
        of_row = bucket[encoded.indices.to_numpy()]
        for one in np.unique(of_row).tolist():
            mine = of_row == one
            rows = batch if mine.all() else batch.filter(pa.array(mine))
            self._in_memory.setdefault(one, []).append(rows)

    def _put_on_disk(self) -> None:
        for bucket, batches in self._in_memory.items():
            if bucket not in self._on_disk:
                file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with all the others
                self._open.enter_context(file)
                self._on_disk[bucket] = file, pa.ipc.new_stream(file, BLOCKS)
            for batch in batches:
                self._on_disk[bucket][1].write_batch(batch)
        self._in_memory.clear()

    def _table(self, bucket: int) -> Any:
        batches = list(self._in_memory.get(bucket, ()))
        if bucket in self._on_disk:
            file, writer = self._on_disk[bucket]
            writer.close()
            file.seek(0)
            batches += pa.ipc.open_stream(file)
        return pa.Table.from_batches(batches, schema=BLOCKS)
