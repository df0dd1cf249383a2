"""Interval readings of many usage points, and how complete they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.scaling import in_billed_units
from lamplighter.metering.queries import intervals


@dataclass(frozen=True, slots=True)
class Readings:
    """Interval blocks, in the units that tariffs bill."""

    blocks: pa.Table
    codes: Any
    """Of each row: the number of its usage point in `names`."""
    names: list[str]

    @classmethod
    def read(
        cls, points: Collection[UUID], days: tuple[date, date], *, as_of: datetime
    ) -> "Readings":
        """Those that were known at an instant."""
        if not points:
            return cls.of(intervals.nothing())
        blocks = intervals.blocks(usage_points=points, days=days)
        # Mostly nothing is newer, and to read all as it is costs less. Asked afterwards, so that
        # what arrives meanwhile is noticed.
        newest = intervals.newest(points)
        if newest is not None and newest > as_of:
            blocks = intervals.blocks(usage_points=points, days=days, as_of=as_of)
        return cls.of(blocks)

    @classmethod
    def of(cls, blocks: pa.Table) -> "Readings":
        table = in_billed_units(blocks)
        column = table.column("usage_point")
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        encoded = column.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
        return cls(table, encoded.indices.to_numpy(), encoded.dictionary.to_pylist())

    def part(self, points: Collection[UUID], days: tuple[date, date]) -> "Readings":
        """Those of some usage points, on some days: the first, and the one after the last."""
        wanted = {str(point) for point in points}
        chosen = np.array([name in wanted for name in self.names], bool)
        mask = chosen[self.codes] if len(self.codes) else np.zeros(0, bool)
        day = self.blocks.column("local_day").cast(pa.int32()).to_numpy()
        first, after = ((one - date(1970, 1, 1)).days for one in days)
        mask &= (day >= first) & (day < after)
        if mask.all():
            return self
        return Readings(self.blocks.filter(pa.array(mask)), self.codes[mask], self.names)

    def qualities(self) -> Any:
        """How many intervals of each usage point have each quality: [names, qualities]."""
        result = np.zeros((len(self.names), len(Quality)), np.int64)
        if not len(self.codes):
            return result
        column = self.blocks.column("quality").combine_chunks()
        counts = pc.list_value_length(column).to_numpy(zero_copy_only=False)
        flat = column.flatten().to_numpy(zero_copy_only=False)
        if (flat == Quality.ACTUAL).all():
            sums = np.bincount(self.codes, weights=counts, minlength=len(self.names))
            result[:, Quality.ACTUAL] = sums.astype(np.int64)
            return result
        cells = np.repeat(self.codes.astype(np.int64), counts) * len(Quality) + flat
        return np.bincount(cells, minlength=result.size).reshape(result.shape)

    def even(self, days: int) -> Any:
        """Of each usage point, whether each channel that it has was read on so many days."""
        channels = self.blocks.column("channel").cast(pa.string()).dictionary_encode()
        encoded = channels.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.chunk(0)
        several = max(len(encoded.dictionary), 1)
        pairs = np.unique(self.codes.astype(np.int64) * several + encoded.indices.to_numpy())
        channels_of = np.bincount(pairs // several, minlength=len(self.names))
        return np.bincount(self.codes, minlength=len(self.names)) == channels_of * days

    def units(self) -> dict[str, set[str]]:
        """The units of each flow."""
        pairs = self.blocks.select(["flow", "unit"])
        flows = pairs.column("flow").cast(pa.string())
        units = pairs.column("unit").cast(pa.string())
        table = pa.table({"flow": flows, "unit": units}).group_by(["flow", "unit"]).aggregate([])
        result: dict[str, set[str]] = {}
        for pair in table.to_pylist():
            result.setdefault(pair["flow"], set()).add(pair["unit"])
        return result
