"""Lists of meters, of what they showed, and of files that came in."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import RegisterPlan
from lamplighter.metering.models import (
    Installation,
    Meter,
    ReadingImport,
    Register,
    RegisterReading,
)
from lamplighter.metering.queries.register_usage import dials_of
from lamplighter.platform.paging import Asked, Page, order_of, page_of

METERS: Final = ("id", "make", "serial", "commodity")
SORTS: Final = {"serial": "serial", "make": "make", "id": "id"}
IMPORTS: Final = (
    "id", "name", "sha256", "format", "usage_points", "intervals_new", "intervals_changed",
    "intervals_unchanged", "recorded_at",
)  # fmt: skip


class MeterUnknown(Refusal):
    """There is no such meter."""

    status = 404


class ImportUnknown(Refusal):
    """No such file came in."""

    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersWanted:
    """Which meters somebody looks for."""

    serial: str | None = None
    usage_point: str | None = None
    """The reference of the point where they hang, or hung."""
    commodity: str | None = None
    only: UUID | None = None
    """The one meter that somebody may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hung:
    """Where a meter hangs, or hung."""

    usage_point: str
    installed_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMeter:
    """A meter with its registers and places."""

    id: UUID
    make: str
    serial: str
    commodity: str
    registers: tuple[RegisterPlan, ...]
    installations: tuple[Hung, ...]
    """The latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReading:
    """What a register showed at an instant."""

    id: UUID
    channel: str
    unit: str
    read_at: datetime
    shown: Decimal
    rolled_over: bool
    quality: str
    source: str
    recorded_at: datetime


def meters_page(wanted: MetersWanted, *, asked: Asked) -> Page:
    """A page of meters, by serial number if no other order is asked for: rows of `METERS`."""
    found = Meter.objects.all()
    if wanted.only is not None:
        found = found.filter(id=wanted.only)
    if wanted.serial is not None:
        found = found.filter(serial=wanted.serial)
    if wanted.commodity is not None:
        found = found.filter(commodity=wanted.commodity)
    if wanted.usage_point is not None:
        there = Installation.objects.filter(usage_point__reference=wanted.usage_point)
        found = found.filter(id__in=there.values("meter_id"))
    order = order_of(asked.sort or "serial", SORTS, tie="id")
    return page_of(found, METERS, order=order, asked=asked)


def whole_meter(meter_id: UUID) -> WholeMeter:
    """
    A meter with its registers and places.

    :raises MeterUnknown: if there is none of this id
    """
    meter = _meter(meter_id)
    places = Installation.objects.filter(meter=meter).order_by("-installed_at", "-id")
    registers = Register.objects.filter(meter=meter).order_by("channel")
    return WholeMeter(
        id=meter.id,
        make=meter.make,
        serial=meter.serial,
        commodity=meter.commodity,
        registers=tuple(
            RegisterPlan(channel=one.channel, flow=one.flow, unit=one.unit, dials=dials_of(one))
            for one in registers
        ),
        installations=tuple(
            Hung(usage_point=reference, installed_at=installed_at, removed_at=removed_at)
            for reference, installed_at, removed_at in places.values_list(
                "usage_point__reference", "installed_at", "removed_at"
            )
        ),
    )


def readings_of_meter(
    meter_id: UUID, *, channel: str | None = None, asked: Asked
) -> tuple[list[ShownReading], str | None]:
    """
    A page of what a meter's registers showed, the latest first, corrections and what they correct
    included; and the next page's cursor.

    :raises MeterUnknown: if there is none of this id
    """
    meter = _meter(meter_id)
    found = RegisterReading.objects.filter(register__meter=meter)
    if channel is not None:
        found = found.filter(register__channel=channel)
    page = page_of(found, ("id",), order=("-at", "-recorded_at", "-id"), asked=asked)
    ids = [row[0] for row in page.rows]
    rows = RegisterReading.objects.select_related("register").in_bulk(ids)
    return [_shown(rows[one]) for one in ids], page.next


def imports_page(*, asked: Asked) -> Page:
    """A page of the files that were stored, the latest first: rows of `IMPORTS`."""
    return page_of(ReadingImport.objects.all(), IMPORTS, order=("-recorded_at", "-id"), asked=asked)


def import_row(import_id: UUID) -> tuple[object, ...]:
    """
    One file that was stored: a row of `IMPORTS`.

    :raises ImportUnknown: if there is none of this id
    """
    found: QuerySet[ReadingImport] = ReadingImport.objects.filter(id=import_id)
    row: tuple[object, ...] | None = found.values_list(*IMPORTS).first()
    if row is None:
        raise ImportUnknown(places=(Place(field="import_id"),))
    return row


def _meter(meter_id: UUID) -> Meter:
    meter = Meter.objects.filter(id=meter_id).first()
    if meter is None:
        raise MeterUnknown(places=(Place(field="meter_id"),))
    return meter


def _shown(row: RegisterReading) -> ShownReading:
    return ShownReading(
        id=row.id,
        channel=row.register.channel,
        unit=row.register.unit,
        read_at=row.at,
        shown=dials_of(row.register).shown(row.count),
        rolled_over=row.rolled_over,
        quality=Quality(row.quality).name.lower(),
        source=row.source,
        recorded_at=row.recorded_at,
    )
