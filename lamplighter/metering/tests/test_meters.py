from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from lamplighter.customers.queries import UsagePointUnknown
from lamplighter.kernel import Period, Quantity
from lamplighter.metering import actions
from lamplighter.metering.actions.add_meter import BadMeter, MeterAlreadyKnown
from lamplighter.metering.actions.exchange_meter import ExchangeNotRead
from lamplighter.metering.actions.installing import (
    ChannelAlreadyMeasured,
    CommodityDiffers,
    InTheFuture,
    MeterAlreadyInstalled,
    MeterNotInstalled,
    ReadAfterRemoval,
    RemovedBeforeInstalled,
)
from lamplighter.metering.actions.reading_registers import RegisterUnknown
from lamplighter.metering.actions.record_register_reading import NotInstalledThen
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.registers import Dials, RegisterPlan, RegisterRunsBackwards
from lamplighter.metering.events import MeterDataChanged
from lamplighter.metering.models import Installation, Meter, Register, RegisterReading
from lamplighter.metering.queries.meter_lists import MeterUnknown
from lamplighter.metering.queries.meters import meters_at
from lamplighter.metering.queries.register_usage import register_usage
from lamplighter.metering.tests.conftest import NewUsagePoint
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = Period(datetime(2025, 1, 1, tzinfo=UTC), NOW)
NewMeter = Callable[..., UUID]


def on(month: int, day: int = 1) -> datetime:
    return datetime(2025, month, day, tzinfo=UTC)


@pytest.fixture
def new_meter() -> NewMeter:
    count = 0

    def add(
        *channels: str, commodity: str = "electricity", unit: str = "kWh", **dials: Any
    ) -> UUID:
        nonlocal count
        count += 1
        registers = [
            RegisterPlan(
                channel=channel,
                flow="export" if channel.startswith("B") else "import",
                unit=unit,
                dials=Dials(**{"dials": 5, "decimals": 0, **dials}),
            )
            for channel in channels or ("E1",)
        ]
        return actions.add_meter(
            serial=f"{count:06}",
            make="Aster",
            commodity=commodity,
            registers=registers,
            by="test",
            at=NOW,
        )

    return add


def install(meter: UUID, point: UUID, when: datetime, **readings: str) -> UUID:
    return actions.install_meter(
        meter_id=meter,
        usage_point_id=point,
        installed_at=when,
        readings={channel: Decimal(shown) for channel, shown in readings.items()},
        by="test",
        at=NOW,
    )


def remove(meter: UUID, when: datetime, **readings: str) -> None:
    actions.remove_meter(
        meter_id=meter,
        removed_at=when,
        readings={channel: Decimal(shown) for channel, shown in readings.items()},
        by="test",
        at=NOW,
    )


def read(meter: UUID, when: datetime, shown: str, **more: Any) -> UUID:
    return actions.record_register_reading(
        **{
            "meter_id": meter,
            "channel": "E1",
            "read_at": when,
            "shown": Decimal(shown),
            "source": "visit",
            "by": "test",
            "at": NOW,
            **more,
        }
    )


def used(point: UUID, *, channel: str = "E1", **more: Any) -> list[Quantity]:
    usage = register_usage(**{"usage_point_id": point, "channel": channel, "period": YEAR, **more})
    return [one.used for one in usage]


def kwh(value: str) -> Quantity:
    return Quantity(Decimal(value), "kWh")


def test_usage_between_readings_over_a_rollover_and_an_exchange(
    home: UUID, new_meter: NewMeter
) -> None:
    old, new = new_meter(), new_meter(decimals=1, multiplier=Decimal(40))
    install(old, home, on(1), E1="99700")
    read(old, on(2), "99950")
    read(old, on(3), "00050", rolled_over=True)
    actions.exchange_meter(
        old_meter_id=old,
        new_meter_id=new,
        exchanged_at=on(3, 15),
        final_readings={"E1": Decimal(110)},
        first_readings={"E1": Decimal("3.5")},
        by="test",
        at=NOW,
    )
    read(new, on(4), "5.0")
    # 99,950 - 99,700; over the rollover 100; up to the exchange 60; then (5.0 - 3.5) x 40.
    assert used(home) == [kwh("250"), kwh("100"), kwh("60"), kwh("60")]
    assert [meter.serial for meter in meters_at(usage_point_id=home, period=YEAR)] == [
        "000001",
        "000002",
    ]


def test_import_and_export_are_counted_apart(home: UUID, new_meter: NewMeter) -> None:
    meter = new_meter("E1", "B1")
    install(meter, home, on(1), E1="100", B1="10")
    read(meter, on(2), "150")
    read(meter, on(2), "75", channel="B1")
    assert used(home) == [kwh("50")]
    [back] = register_usage(usage_point_id=home, channel="B1", period=YEAR)
    assert (back.flow, back.used) == ("export", kwh("65"))


def test_water_is_counted_in_cubic_metres(
    new_usage_point: NewUsagePoint, new_meter: NewMeter
) -> None:
    tap = new_usage_point("water")
    meter = new_meter("W1", commodity="water", unit="m3", decimals=3)
    install(meter, tap, on(1), W1="12.345")
    read(meter, on(2), "20", channel="W1")
    assert used(tap, channel="W1") == [Quantity(Decimal("7.655"), "m3")]


def test_a_corrected_reading_is_a_new_version(home: UUID, new_meter: NewMeter) -> None:
    meter = new_meter()
    install(meter, home, on(1), E1="100")
    first = read(meter, on(2), "190", quality=Quality.ESTIMATED)
    assert read(meter, on(2), "190", quality=Quality.ESTIMATED, at=NOW + timedelta(1)) == first
    assert read(meter, on(2), "180", at=NOW + timedelta(days=2)) != first
    assert used(home) == [kwh("80")]
    assert used(home, as_of=NOW + timedelta(days=1)) == [kwh("90")]
    [before] = register_usage(usage_point_id=home, channel="E1", period=YEAR, as_of=NOW)
    assert before.quality is Quality.ESTIMATED


def test_readings_tell_which_days_they_change(
    new_usage_point: NewUsagePoint, new_meter: NewMeter
) -> None:
    sydney, meter = new_usage_point(time_zone="Australia/Sydney"), new_meter()
    install(meter, sydney, on(1), E1="100")
    read(meter, on(3), "300")
    read(meter, on(2).replace(hour=14), "200")
    told = OutboxEvent.objects.filter(name=MeterDataChanged.name).order_by("id").last()
    assert told is not None
    event = MeterDataChanged.from_json(told.data)
    assert (event.first_day, event.last_day) == (date(2025, 1, 1), date(2025, 3, 1))
    assert (event.usage_point_id, event.channel) == (sydney, "E1")


def test_each_action_leaves_one_line(home: UUID, new_meter: NewMeter) -> None:
    meter = new_meter()
    before = AuditLine.objects.count()
    install(meter, home, on(1), E1="100")
    read(meter, on(2), "200")
    remove(meter, on(3), E1="300")
    assert AuditLine.objects.count() == before + 3


def test_a_reading_that_cannot_be_is_refused(home: UUID, new_meter: NewMeter) -> None:
    meter = new_meter()
    install(meter, home, on(2), E1="100")
    with pytest.raises(NotInstalledThen):
        read(meter, on(1), "50")
    with pytest.raises(InTheFuture):
        read(meter, NOW + timedelta(seconds=1), "200")
    with pytest.raises(RegisterRunsBackwards):
        read(meter, on(3), "99")
    with pytest.raises(RegisterUnknown):
        read(meter, on(3), "200", channel="E2")
    with pytest.raises(MeterUnknown):
        read(uuid4(), on(3), "200")
    assert RegisterReading.objects.count() == 1


def test_a_meter_cannot_be_installed_where_it_does_not_belong(
    home: UUID, new_usage_point: NewUsagePoint, new_meter: NewMeter
) -> None:
    meter, second, gas = new_meter(), new_meter(), new_meter(commodity="gas")
    install(meter, home, on(2))
    with pytest.raises(MeterAlreadyInstalled):
        install(meter, new_usage_point(), on(3))
    with pytest.raises(MeterAlreadyInstalled):
        install(meter, new_usage_point(), on(1))
    with pytest.raises(ChannelAlreadyMeasured):
        install(second, home, on(3))
    with pytest.raises(CommodityDiffers):
        install(gas, home, on(3))
    with pytest.raises(InTheFuture):
        install(second, new_usage_point(), NOW + timedelta(1))
    with pytest.raises(UsagePointUnknown):
        install(second, uuid4(), on(3))
    with pytest.raises(MeterUnknown):
        install(uuid4(), home, on(3))
    assert Installation.objects.count() == 1


def test_a_second_meter_of_another_channel_may_hang_beside_the_first(
    home: UUID, new_meter: NewMeter
) -> None:
    install(new_meter("E1"), home, on(1))
    install(new_meter("B1"), home, on(2))
    assert len(meters_at(usage_point_id=home, period=YEAR)) == 2


def test_a_meter_moves_at_an_instant(
    home: UUID, new_usage_point: NewUsagePoint, new_meter: NewMeter
) -> None:
    meter, elsewhere = new_meter(), new_usage_point()
    install(meter, home, on(1), E1="100")
    remove(meter, on(3), E1="300")
    install(meter, elsewhere, on(3), E1="300")
    read(meter, on(4), "400")
    assert used(home) == [kwh("200")]
    assert used(elsewhere) == [kwh("100")]
    assert meters_at(usage_point_id=home, period=Period(on(3), on(4))) == ()


def test_a_meter_cannot_be_removed_when_it_is_not_there(home: UUID, new_meter: NewMeter) -> None:
    meter = new_meter()
    with pytest.raises(MeterNotInstalled):
        remove(meter, on(3))
    install(meter, home, on(2), E1="100")
    with pytest.raises(RemovedBeforeInstalled):
        remove(meter, on(2))
    with pytest.raises(InTheFuture):
        remove(meter, NOW + timedelta(1))
    read(meter, on(4), "200")
    with pytest.raises(ReadAfterRemoval):
        remove(meter, on(3))
    remove(meter, on(4), E1="200")
    with pytest.raises(MeterNotInstalled):
        remove(meter, on(5))


def test_an_exchange_reads_every_register_or_does_not_happen(
    home: UUID, new_meter: NewMeter
) -> None:
    old, new = new_meter("E1", "B1"), new_meter("E1", "B1")
    install(old, home, on(1))
    both = {"E1": Decimal(1), "B1": Decimal(1)}
    for final, first in ((both, {"E1": Decimal(1)}), ({"B1": Decimal(1)}, both)):
        with pytest.raises(ExchangeNotRead):
            actions.exchange_meter(
                old_meter_id=old,
                new_meter_id=new,
                exchanged_at=on(2),
                final_readings=final,
                first_readings=first,
                by="test",
                at=NOW,
            )
    [there] = meters_at(usage_point_id=home, period=YEAR)
    assert (there.meter_id, there.removed_at) == (old, None)


def test_an_exchange_that_is_refused_leaves_the_old_meter(home: UUID, new_meter: NewMeter) -> None:
    old, gas = new_meter(), new_meter(commodity="gas")
    install(old, home, on(1), E1="100")
    with pytest.raises(CommodityDiffers):
        actions.exchange_meter(
            old_meter_id=old,
            new_meter_id=gas,
            exchanged_at=on(2),
            final_readings={"E1": Decimal(200)},
            first_readings={"E1": Decimal(0)},
            by="test",
            at=NOW,
        )
    [there] = meters_at(usage_point_id=home, period=YEAR)
    assert there.removed_at is None
    assert RegisterReading.objects.count() == 1


def test_a_meter_is_entered_once_and_as_it_is(new_meter: NewMeter) -> None:
    new_meter()
    again: dict[str, Any] = {
        "serial": "000001",
        "make": "Aster",
        "commodity": "electricity",
        "registers": [],
    }
    with pytest.raises(MeterAlreadyKnown):
        actions.add_meter(**again, by="test", at=NOW)
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=0))
    wrong: list[dict[str, Any]] = [
        {"serial": ""},
        {"make": "x" * 65},
        {"commodity": "steam"},
        {"registers": [plan, plan]},
        {"registers": [RegisterPlan(channel="", flow="import", unit="kWh", dials=plan.dials)]},
        {"registers": [RegisterPlan(channel="E1", flow="up", unit="kWh", dials=plan.dials)]},
        {"registers": [RegisterPlan(channel="E1", flow="import", unit="", dials=plan.dials)]},
        *(
            {"registers": [RegisterPlan(channel="E1", flow="import", unit="kWh", dials=dials)]}
            for dials in (
                Dials(dials=0, decimals=0),
                Dials(dials=10, decimals=6),
                Dials(dials=5, decimals=0, multiplier=Decimal(0)),
                Dials(dials=5, decimals=0, multiplier=Decimal("0.0000001")),
                Dials(dials=5, decimals=0, multiplier=Decimal("NaN")),
            )
        ),
    ]
    for one in wrong:
        with pytest.raises(BadMeter):
            actions.add_meter(**{**again, "serial": "9", **one}, by="test", at=NOW)
    assert Meter.objects.count() == 1


def refused_by_the_database(change: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_the_database_itself_refuses_what_must_never_be(
    home: UUID, new_usage_point: NewUsagePoint, new_meter: NewMeter
) -> None:
    meter, second, other = new_meter(), new_meter(), new_usage_point()
    install(meter, home, on(2), E1="100")
    there = Installation.objects.all()
    register = Register.objects.get(meter=meter)
    refused_by_the_database(
        lambda: there.create(meter_id=meter, usage_point_id=other, installed_at=on(3))
    )
    refused_by_the_database(
        lambda: there.create(meter_id=second, usage_point_id=home, installed_at=on(1))
    )
    there.create(meter_id=second, usage_point_id=home, installed_at=on(1), removed_at=on(2))
    refused_by_the_database(lambda: there.filter(meter_id=second).update(removed_at=on(4)))
    refused_by_the_database(lambda: there.filter(meter_id=second).update(removed_at=on(1)))
    refused_by_the_database(
        lambda: Register.objects.create(
            meter_id=meter, channel="E2", flow="import", unit="kWh", dials=5
        )
    )
    refused_by_the_database(
        lambda: RegisterReading.objects.create(
            register=register, at=on(3), count=100_000, quality=1, source="x", recorded_at=NOW
        )
    )
    refused_by_the_database(lambda: RegisterReading.objects.update(count=1))
    refused_by_the_database(lambda: RegisterReading.objects.all()._raw_delete("default"))  # noqa: SLF001
    assert RegisterReading.objects.get().count == 100
