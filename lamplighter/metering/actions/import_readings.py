"""A file of interval readings is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from lamplighter.customers import queries as customers
from lamplighter.kernel import Place, Refusal
from lamplighter.metering.actions.storing_readings import (
    ImportedReadings,
    Source,
    UsagePointsUnknown,
    check_channels,
    listed,
    stored_from,
    written_down,
)
from lamplighter.metering.ports.interval_plane import interval_plane


class SeveralUsagePoints(Refusal):
    """The file has readings of several usage points, and was imported as of one."""


class DaysOfAnotherZone(Refusal):
    """Days begin by the clocks of the usage point, and these begin by others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsFile:
    """What a file is, apart from what it says."""

    name: str
    sha256: str
    format: str
    time_zone: str
    """In which its readings were cut into days."""


def import_readings(
    *,
    blocks: Iterable[Any],
    file: ReadingsFile,
    usage_point: str | None = None,
    by: str,
    at: datetime,
) -> ImportedReadings:
    """
    Store what a file says, all of it or, if it is refused anywhere, nothing.

    It is read and laid ready before the transaction, so that nobody waits for it.

    :param blocks: RecordBatches (BLOCKS), in which usage points are named as the file does
    :param usage_point: the reference of the one that all of it is about; by default the names in
        the file are the references
    :raises UsagePointsUnknown, SeveralUsagePoints: if it is not clear whose readings these are
    :raises DaysOfAnotherZone: if the days are not those of the usage point
    :raises ChannelMalformed: if the name of a channel cannot be kept
    :raises NothingToStore: if it has no interval reading
    :raises Refusal: whatever reading the blocks raises, and `IntervalPlane.prepare`
    """
    whose = _Whose(usage_point, file)
    placed = (whose.placed(batch) for batch in blocks)
    with interval_plane().prepare(placed, at=at) as prepared, transaction.atomic():
        stored = stored_from(prepared, source=file.name, at=at)
        return written_down(
            stored,
            Source(name=file.name, sha256=file.sha256, format=file.format),
            action="metering.import_readings",
            usage_points=len(whose.ids),
            by=by,
            at=at,
        )


class _Whose:
    """Finds the usage points that a file names."""

    def __init__(self, only: str | None, file: ReadingsFile) -> None:
        self.ids: dict[str, str] = {}
        """By the name in the file."""
        self._file = file
        self._only = None if only is None else customers.usage_point(only)

    def placed(self, batch: Any) -> Any:
        """The same batch, with the ids of usage points in the place of their names."""
        check_channels(batch, source=self._file.name)
        names = batch["usage_point"].dictionary_encode()
        self._find([name for name in names.dictionary.to_pylist() if name not in self.ids])
        ids = pa.array([self.ids[name] for name in names.dictionary.to_pylist()], pa.string())
        at = batch.schema.get_field_index("usage_point")
        return batch.set_column(at, batch.schema.field(at), ids.take(names.indices))

    def _find(self, names: list[str]) -> None:
        if self._only is not None:
            found = dict.fromkeys(names, self._only)
            if len(found.keys() | self.ids.keys()) > 1:
                raise SeveralUsagePoints(
                    f"It names {listed(sorted(found.keys() | self.ids.keys()))}.",
                    remedy="Leave the usage point out, and each is found by its own reference.",
                    places=(Place(source=self._file.name),),
                )
        else:
            found = customers.usage_points_of(names)
            self._refuse_unknown(sorted(set(names) - found.keys()))
        for name, point in found.items():
            if point.time_zone != self._file.time_zone:
                raise DaysOfAnotherZone(
                    f"{point.reference} is in {point.time_zone}, and the file was read in"
                    f" {self._file.time_zone}.",
                    remedy=f"Read it in {point.time_zone}.",
                    places=(Place(source=self._file.name),),
                )
            self.ids[name] = str(point.id)

    def _refuse_unknown(self, names: list[str]) -> None:
        if names == [""]:
            raise UsagePointsUnknown(
                "It does not say whose readings these are.",
                remedy="Say it: --usage-point REFERENCE.",
                places=(Place(source=self._file.name),),
            )
        if names:
            raise UsagePointsUnknown(
                f"There is no usage point {listed(names)}.",
                remedy="Add it: lamplighter usage-points add REFERENCE."
                " Or name the one that it is: --usage-point REFERENCE.",
                places=(Place(source=self._file.name),),
            )
