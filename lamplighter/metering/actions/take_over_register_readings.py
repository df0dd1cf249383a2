"""Many readings of registers at once: a round of visits, or what another system knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from lamplighter.customers import queries as customers
from lamplighter.kernel import Place, Refusal, new_id
from lamplighter.metering.actions.installing import check_happened
from lamplighter.metering.actions.reading_registers import RegisterUnknown
from lamplighter.metering.actions.record_register_reading import NotInstalledThen
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import DialReading, Dials, check_between
from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import Installation, Register, RegisterReading
from lamplighter.metering.queries.register_usage import as_dial_reading, dials_of
from lamplighter.platform import audit, outbox
from lamplighter.platform.bulk import insert_rows

_AT_ONCE: Final = 1_000


class ReadLater(Refusal):
    """The register was read later than that already: its readings are corrected one by one."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReading:
    """What a register showed at an instant."""

    meter_id: UUID
    channel: str
    read_at: datetime
    shown: Decimal
    """As it stands on the dials, the multiplier left aside."""
    rolled_over: bool = False
    quality: Quality = Quality.ACTUAL


@transaction.atomic
def take_over_register_readings(
    readings: Sequence[TakenReading], *, source: str, by: str, at: datetime
) -> int:
    """
    Write all of these readings down, or none. Each is later than those of its register before it.

    :param source: who or what read them
    :return: how many there are
    :raises RegisterUnknown, NotInstalledThen, InTheFuture: if one cannot have been read
    :raises ReadLater: if it is not later than what is known of the register
    :raises BadRegisterReading, RegisterRunsBackwards, RegisterDidNotRollOver: if it cannot be shown
    """
    registers = dict(_registers(sorted({new.meter_id for new in readings})))
    for row, new in enumerate(readings, start=1):
        check_happened(new.read_at, at=at, field="read_at", row=row)
        register = registers.get((new.meter_id, new.channel))
        if register is None:
            raise RegisterUnknown(places=(Place(row=row, field="channel"),))
        register.add(new, row=row)
    rows = ((one.register_id, *reading) for one in registers.values() for reading in one.rows)
    insert_rows(
        RegisterReading,
        ("id", "register", "at", "count", "rolled_over", "quality", "source", "recorded_at"),
        ((new_id(), *row, source, at) for row in rows),
    )
    outbox.publish_all([event for one in registers.values() for event in one.changes(at)], at=at)
    audit.record(
        actor=by,
        action="metering.take_over_register_readings",
        subject=f"{len(readings)} readings",
        detail={"count": len(readings), "source": source},
        at=at,
    )
    return len(readings)


@dataclass(slots=True, kw_only=True)
class _Known:
    """A register, where its meter hangs, and what it showed last."""

    register_id: UUID
    channel: str
    dials: Dials
    installations: list[tuple[Installation, ZoneInfo]]
    last: DialReading | None
    rows: list[tuple[datetime, int, bool, int]]
    days: dict[UUID, tuple[datetime, datetime, ZoneInfo]]
    """Of each usage point: from the reading before the first new one to the last new one."""

    def add(self, new: TakenReading, *, row: int) -> None:
        if self.last is not None and new.read_at <= self.last.at:
            raise ReadLater(
                f"It was read at {self.last.at:%Y-%m-%d %H:%M %Z}.",
                places=(Place(row=row, field="read_at"),),
            )
        place = self._place(new.read_at)
        if place is None:
            raise NotInstalledThen(places=(Place(row=row, field="read_at"),))
        installation, zone = place
        reading = DialReading(
            at=new.read_at,
            count=self.dials.count(new.shown),
            rolled_over=new.rolled_over,
            quality=new.quality,
        )
        here = self.last is not None and self.last.at >= installation.installed_at
        before = self.last if here else None
        check_between(reading, before=before, after=None, dials=self.dials)
        first = reading.at if before is None else before.at
        since, _, _ = self.days.get(installation.usage_point_id, (first, first, zone))
        self.days[installation.usage_point_id] = since, reading.at, zone
        self.rows.append((reading.at, reading.count, reading.rolled_over, int(reading.quality)))
        self.last = reading

    def changes(self, at: datetime) -> Iterator[MeterDataChanged]:
        for point, (first, last, zone) in self.days.items():
            yield MeterDataChanged(
                usage_point_id=point,
                channel=self.channel,
                first_day=first.astimezone(zone).date(),
                last_day=last.astimezone(zone).date(),
                recorded_at=at,
            )

    def _place(self, read_at: datetime) -> tuple[Installation, ZoneInfo] | None:
        """The latest one: the last reading at one place may be the first at another."""
        for one, zone in reversed(self.installations):
            if one.installed_at <= read_at and (
                one.removed_at is None or read_at <= one.removed_at
            ):
                return one, zone
        return None


def _registers(meters: list[UUID]) -> Iterator[tuple[tuple[UUID, str], _Known]]:
    for start in range(0, len(meters), _AT_ONCE):
        yield from _some_registers(meters[start : start + _AT_ONCE])


def _some_registers(meters: list[UUID]) -> Iterator[tuple[tuple[UUID, str], _Known]]:
    hanging: dict[UUID, list[Installation]] = {}
    for one in Installation.objects.filter(meter__in=meters).order_by("installed_at"):
        hanging.setdefault(one.meter_id, []).append(one)
    points = customers.usage_points_of_ids(
        {one.usage_point_id for some in hanging.values() for one in some}
    )
    registers = Register.objects.filter(meter__in=meters).select_for_update()
    last = {
        reading.register_id: as_dial_reading(reading)
        for reading in RegisterReading.objects.filter(register__meter__in=meters).order_by(
            "at", "recorded_at"
        )
    }
    for register in registers.order_by("id"):
        yield (
            (register.meter_id, register.channel),
            _Known(
                register_id=register.id,
                channel=register.channel,
                dials=dials_of(register),
                installations=[
                    (one, ZoneInfo(points[one.usage_point_id].time_zone))
                    for one in hanging.get(register.meter_id, ())
                ],
                last=last.get(register.id),
                rows=[],
                days={},
            ),
        )
