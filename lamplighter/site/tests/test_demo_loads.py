"""The readings of the made-up utility: plausible, and the same whoever else is asked for."""

import hashlib
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.stored_blocks import check_blocks
from lamplighter.site.demo import gas
from lamplighter.site.demo.archetypes import BY_NAME, HOUR, KINDS, QUARTER, channels_of
from lamplighter.site.demo.loads import loads
from lamplighter.site.demo.months import grid, months
from lamplighter.site.demo.readings import Points, blocks_of, late_blocks
from lamplighter.site.demo.shapes import SHAPES, shapes
from lamplighter.site.demo.stories import FAULTS, Wrong
from lamplighter.site.demo.stories import KINDS as TOLD
from lamplighter.site.demo.weather import weather

SOME = np.arange(1, 201)
JULY, NOVEMBER, MARCH = date(2025, 7, 1), date(2025, 11, 1), date(2026, 3, 1)


def counted(kind: str, month: date, ordinals: Any = SOME) -> Any:
    one = BY_NAME[kind]
    return loads(one, ordinals, grid(month, one.step_s))


def points(*ordinals: int, kinds: tuple[str, ...] = ()) -> Points:
    names = kinds or tuple(TOLD[n - 1] for n in ordinals)
    none = np.zeros(len(ordinals), np.int64)
    return Points(
        np.array(ordinals),
        np.array([KINDS.index(BY_NAME[name]) for name in names]),
        none,
        none,
        pa.array([f"point {n}" for n in ordinals]),
    )


def rows_of(batches: Any, channel: str = "E1") -> dict[date, dict[str, Any]]:
    rows = [row for batch in batches for row in batch.to_pylist()]
    return {row["local_day"]: row for row in rows if row["channel"] == channel}


@pytest.mark.parametrize("kind", BY_NAME)
def test_an_account_is_the_same_in_any_company(kind: str) -> None:
    alone = counted(kind, JULY, np.array([17]))
    for company in (np.arange(1, 40), np.array([900_000, 17, 3])):
        row = int(np.flatnonzero(company == 17)[0])
        together = counted(kind, JULY, company)
        assert all((together[name][row] == alone[name][0]).all() for name in alone)


def test_the_same_month_twice_is_the_same_to_the_byte() -> None:
    def digest() -> str:
        told = hashlib.sha256()
        for batch in blocks_of(points(*range(1, 22)), MARCH):
            for column in batch.columns:
                told.update(str(column.to_pylist()).encode())
        return told.hexdigest()

    first = digest()
    grid.cache_clear()
    weather.cache_clear()
    assert digest() == first


YEARLY_KWH = {
    "flat": (1_500, 7_000),
    "house": (3_500, 15_000),
    "ev": (4_500, 14_000),
    "solar": (1_500, 8_000),
    "storage": (1_500, 7_000),
    "shop": (8_000, 60_000),
    "office": (15_000, 130_000),
    "bakery": (25_000, 140_000),
    "cold-store": (150_000, 1_500_000),
    "plant": (400_000, 5_000_000),
    "lights": (5_000, 80_000),
}


@pytest.mark.parametrize("kind", YEARLY_KWH)
def test_a_year_of_each_kind_is_plausible(kind: str) -> None:
    year = sum(counted(kind, month)["E1"].sum(axis=1) for month in months(12)) / 1000
    low, high = YEARLY_KWH[kind]
    assert low < year.min() < year.max() < high


def test_water_and_gas_are_plausible() -> None:
    water = sum(counted("water", month)["E1"].sum(axis=1) for month in months(12)) / 10_000
    assert 20 < water.min() < water.max() < 130
    heated = sum(gas.usage(SOME, month) for month in months(12))
    assert 300 < heated.min() < heated.max() < 1_000
    assert (gas.usage(SOME, date(2026, 1, 1)) > 3 * gas.usage(SOME, JULY)).all()


def test_gas_meters_only_count_up() -> None:
    ends = np.array([gas.shown(SOME, month) for month in months(18)])
    assert (np.diff(ends, axis=0) > 0).all()
    assert ends.max() < 10**6


def test_a_roof_feeds_in_at_noon_and_never_at_night() -> None:
    on, fed = grid(JULY, HOUR), counted("solar", JULY)["B1"]
    assert (fed.sum(axis=1) > 50_000).all()
    assert not fed[:, (on.hour < 4) | (on.hour > 22)].any()
    winter = counted("solar", date(2026, 1, 1))["B1"].sum()
    assert fed.sum() > 2 * winter


def test_cars_charge_at_night() -> None:
    on = grid(JULY, HOUR)
    with_car, without = counted("ev", JULY)["E1"], counted("flat", JULY)["E1"]
    night = on.hour < 4
    assert with_car[:, night].sum() > 4 * without[:, night].sum()


def test_storage_heaters_run_on_winter_nights_only() -> None:
    on, heat = grid(date(2026, 1, 1), HOUR), counted("storage", date(2026, 1, 1))["E2"]
    assert heat.any(axis=1).all()
    assert not heat[:, (on.hour > 6) & (on.hour < 22)].any()
    assert not counted("storage", JULY)["E2"].any()


def test_plants_rest_on_sundays_and_draw_reactive_energy() -> None:
    on, found = grid(JULY, QUARTER), counted("plant", JULY)
    sunday = (on.rest == 2)[on.day]
    works = (on.rest == 0)[on.day] & (on.hour > 8) & (on.hour < 11)
    assert found["E1"][:, works].mean() > 3 * found["E1"][:, sunday].mean()
    assert (found["Q1"] > 0).all()


def test_air_conditioning_makes_summer_afternoons() -> None:
    assert (
        counted("house", JULY)["E1"].sum() > 1.3 * counted("house", date(2025, 10, 1))["E1"].sum()
    )


def test_lamps_burn_longer_in_winter() -> None:
    january, july = (counted("lights", month)["E1"].sum() for month in (date(2026, 1, 1), JULY))
    assert january > 1.4 * july


def test_days_have_the_hours_that_the_clock_gives_them() -> None:
    november, march = grid(NOVEMBER, HOUR), grid(MARCH, QUARTER)
    assert november.counts[1] == 25
    assert november.hour[24:28].tolist() == [0.5, 1.5, 1.5, 2.5]
    assert march.counts[7] == 92
    assert 2.125 not in march.hour[march.day == 7]
    assert set(november.counts.tolist()) == {24, 25}
    rows = rows_of(blocks_of(points(1), NOVEMBER, gaps=False))
    assert [len(rows[date(2025, 11, day)]["values"]) for day in (1, 2, 3)] == [24, 25, 24]


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_shares(name: str) -> None:
    for month in months(12):
        (shape,) = shapes((name,), grid(month, HOUR))
        assert 0 <= shape.min() <= shape.max() <= 1.31


def test_the_shares_of_kinds_are_a_thousand_together() -> None:
    assert sum(kind.share for kind in KINDS) == 1000
    assert all(sum(kind.tariffs.values()) == 100 for kind in KINDS)


def test_blocks_are_blocks_of_all_channels() -> None:
    told = list(blocks_of(points(4, 6, 11, 13), JULY))
    for batch in told:
        check_blocks(batch)
    channels = {name for batch in told for name in batch["channel"].unique().to_pylist()}
    wanted = {one.name for n in (4, 6, 11, 13) for one in channels_of(BY_NAME[TOLD[n - 1]])}
    assert channels == wanted == {"E1", "E2", "B1", "Q1"}


def test_readings_begin_when_a_customer_comes_in() -> None:
    some = points(100, kinds=("flat",))
    some.since[:] = (date(2025, 7, 15) - date(1970, 1, 1)).days
    rows = rows_of(blocks_of(some, JULY, gaps=False))
    assert (min(rows), len(rows)) == (date(2025, 7, 15), 17)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: f"{one.ordinal} {one.wrong}")
def test_faults_are_where_they_are_documented(fault: Any) -> None:
    month = fault.first_day.replace(day=1)
    some = points(fault.ordinal)
    rows = rows_of(blocks_of(some, month, gaps=False))
    right = rows_of(blocks_of(some, month, (), gaps=False))
    for day, row in right.items():
        inside = fault.first_day <= day <= fault.last_day
        if fault.wrong is Wrong.MISSING:
            assert (day in rows) != inside
        else:
            assert (rows[day] != row) == inside
    found = rows.get(fault.first_day, {})
    match fault.wrong:
        case Wrong.STUCK:
            assert not any(found["values"])
        case Wrong.ESTIMATED:
            assert set(found["quality"]) == {Quality.ESTIMATED}
        case Wrong.SUBSTITUTED:
            assert found["quality"].count(Quality.SUBSTITUTED) == 2
        case Wrong.SPIKE:
            assert found["values"][18] > 2_400_000


def test_what_was_missing_comes_in_late_and_is_right() -> None:
    fault = FAULTS[0]
    late = rows_of(late_blocks(points(1, fault.ordinal), fault))
    right = rows_of(blocks_of(points(fault.ordinal), JULY, (), gaps=False))
    assert list(late) == [date(2025, 7, day) for day in (8, 9, 10)]
    assert all(right[day] == row for day, row in late.items())


def test_few_days_never_come_in() -> None:
    many = points(*range(1001, 3001), kinds=("flat",) * 2000)
    days = sum(batch.num_rows for batch in blocks_of(many, JULY))
    assert 10 < 2000 * 31 - days < 50
