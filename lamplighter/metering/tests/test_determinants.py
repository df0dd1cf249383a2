"""The compiled reduction against the plainest possible one."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.blocks import BLOCKS
from lamplighter.metering.domain.day_plans import BandPlan
from lamplighter.metering.domain.determinants import Bound, Climb, Peak, Request, Sum, determinants
from lamplighter.metering.domain.series import DemandWindowTooOdd, MixedIntervals

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo("UTC"), BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/New_York")]


@dataclass(frozen=True)
class Interval:
    usage_point: str
    day: date
    start: datetime
    value: int


def starts_of(day: date, zone: tzinfo, step_s: int) -> list[datetime]:
    at = datetime.combine(day, time.min, zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(1), time.min, zone).astimezone(UTC)
    starts = []
    while at < end:
        starts.append(at)
        at += timedelta(seconds=step_s)
    return starts


def blocks_of(
    values: dict[tuple[str, date], list[int]],
    *,
    step_s: int,
    flow: str = "import",
    exponent: int = -3,
) -> pa.Table:
    rows = [
        (point, flow, flow, "kWh", day, step_s, exponent, numbers, [1] * len(numbers))
        for (point, day), numbers in values.items()
    ]
    return pa.Table.from_pylist(
        [dict(zip(BLOCKS.names, row, strict=True)) for row in rows], schema=BLOCKS
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[pa.Table, Request, list[Interval]]:
    zone = draw(st.sampled_from(ZONES))
    # Around a change of clocks in every zone on the list.
    changes = ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))
    first = draw(st.sampled_from([date(2025, month, day) for month, day in changes]))
    step_s = draw(st.sampled_from([300, 900, 1800]))
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    days = sum(lengths)
    values, intervals = {}, []
    for point in draw(st.sampled_from([["a"], ["a", "b"], ["b", "c", "a"]])):
        for n in range(days):
            day = first + timedelta(n)
            starts = starts_of(day, zone, step_s)
            seed = draw(st.integers(1, 10**9))
            numbers = [(seed * (i + 7)) % 4001 for i in range(len(starts))]
            values[point, day] = numbers
            intervals += [Interval(point, day, s, v) for s, v in zip(starts, numbers, strict=True)]
    bands = draw(st.integers(1, 3))
    slots = draw(st.sampled_from([24, 48]))
    profile = st.lists(st.integers(0, bands - 1), min_size=slots, max_size=slots).map(tuple)
    plan = BandPlan(
        bands,
        (draw(profile), draw(profile)),
        tuple(draw(st.integers(0, 1)) for _ in range(days)),
    )
    period_starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    tiers = (Bound(Decimal("1.5")), Bound(Decimal(3)))
    measures = (
        Sum(plan),
        Peak(plan),
        Peak(plan, window_s=1800),
        Peak(plan, window_s=3600, rolling=True),
        Climb(plan, (tiers,) * bands),
    )
    request = Request(zone, first, tuple(period_starts), (Fraction(1),) * len(lengths), measures)
    return blocks_of(values, step_s=step_s), request, intervals


def plainly(
    request: Request, intervals: list[Interval], step_s: int
) -> Iterator[tuple[object, ...]]:
    """What `determinants` does, one interval at a time."""
    by_period: dict[tuple[str, int], list[Interval]] = defaultdict(list)
    windows: dict[str, list[int]] = defaultdict(list)
    rolling: dict[tuple[str, datetime], int] = {}
    for one in intervals:
        n = (one.day - request.first_day).days
        period = max(k for k in range(request.periods) if request.period_starts[k] <= n)
        by_period[one.usage_point, period].append(one)
        recent = windows[one.usage_point]
        recent.append(one.value)
        rolling[one.usage_point, one.start] = sum(recent[-3600 // step_s :])
    plan = request.measures[0].plan
    for (point, period), ones in by_period.items():
        sums, peaks, halves, hours = ([0] * plan.bands for _ in range(4))
        tiers = [[0, 0, 0] for _ in range(plan.bands)]
        reached = 0
        half: dict[tuple[date, int], list[tuple[int, int]]] = defaultdict(list)
        for one in ones:
            band = band_at(plan, request, one)
            sums[band] += one.value
            peaks[band] = max(peaks[band], one.value * (3600 // step_s))
            hours[band] = max(hours[band], rolling[point, one.start])
            since_midnight = one.start - starts_of(one.day, request.zone, 86_400)[0]
            slot = int(since_midnight.total_seconds()) // 1800
            half[one.day, slot].append((band, one.value))
            for t, upper in enumerate((1500, 3000, 10**12)):
                part = max(min(reached + one.value, upper) - max(reached, (0, 1500, 3000)[t]), 0)
                tiers[band][t] += part
            reached += one.value
        for parts in half.values():
            band = parts[0][0]
            halves[band] = max(halves[band], sum(v for _, v in parts) * 2)
        yield point, period, sums, peaks, halves, hours, [part for row in tiers for part in row]


def band_at(plan: BandPlan, request: Request, one: Interval) -> int:
    local = one.start.astimezone(request.zone)
    profile = plan.profiles[plan.profile_of_day[(one.day - request.first_day).days]]
    return profile[(local.hour * 60 + local.minute) * len(profile) // 1440]


@settings(max_examples=60, deadline=None)
@given(cases())
def test_sums_peaks_and_tiers_are_those_of_the_plainest_count(
    case: tuple[pa.Table, Request, list[Interval]],
) -> None:
    blocks, request, intervals = case
    step_s = blocks.column("step_s")[0].as_py()
    found = {
        (row["usage_point"], row["period"]): row
        for row in determinants(blocks, request).to_pylist()
    }
    for point, period, *expected in plainly(request, intervals, step_s):
        row = found[point, period]
        tiers = [n // 10**6 for n in row["m4"]]
        assert [row["m0"], row["m1"], row["m2"], row["m3"], tiers] == expected


FLAT = BandPlan(1, ((0,),), (0,))


def request_of(*measures: Sum | Peak | Climb) -> Request:
    return Request(BERLIN, date(2025, 1, 1), (0, 1), (Fraction(1),), measures)


def test_channels_of_one_flow_are_added_up_before_the_peak_is_taken() -> None:
    day = date(2025, 1, 1)
    one = blocks_of({("a", day): [1, 5] + [0] * 22}, step_s=3600)
    two = blocks_of({("a", day): [5, 1] + [0] * 22}, step_s=3600)
    both = pa.concat_tables([one, two])
    row = determinants(both, request_of(Sum(FLAT), Peak(FLAT))).to_pylist()[0]
    assert (row["m0"], row["m1"]) == ([12], [6])


def test_powers_of_ten_may_differ_from_block_to_block() -> None:
    coarse = blocks_of({("a", date(2025, 1, 1)): [1] * 24}, step_s=3600, exponent=0)
    fine = blocks_of({("b", date(2025, 1, 1)): [1] * 24}, step_s=3600, exponent=-3)
    table = determinants(pa.concat_tables([coarse, fine]), request_of(Sum(FLAT)))
    assert table.schema.metadata[b"e0"] == b"-3"
    assert table.column("m0").to_pylist() == [[24_000], [24]]


def test_channels_counted_differently_finely_are_added_up_all_the_same() -> None:
    day = date(2025, 1, 1)
    coarse = blocks_of({("a", day): [1] + [0] * 23}, step_s=3600, exponent=0)
    fine = blocks_of({("a", day): [5] + [0] * 23}, step_s=3600, exponent=-3)
    both = pa.concat_tables([coarse, fine])
    row = determinants(both, request_of(Sum(FLAT), Peak(FLAT))).to_pylist()[0]
    assert (row["m0"], row["m1"]) == ([1005], [1005])


def test_a_part_of_a_table_has_no_rows_of_those_it_leaves_out() -> None:
    day = date(2025, 1, 1)
    blocks = blocks_of({(name, day): [n] * 24 for n, name in enumerate("abc")}, step_s=3600)
    encoded = blocks.set_column(0, "usage_point", blocks["usage_point"].dictionary_encode())
    part = encoded.filter(pa.array([False, False, True]))
    (row,) = determinants(part, request_of(Sum(FLAT))).to_pylist()
    assert (row["usage_point"], row["days"], row["m0"]) == ("c", 1, [48])


def test_channels_that_cannot_be_added_up_are_refused() -> None:
    day = date(2025, 1, 1)
    hours = blocks_of({("a", day): [1] * 24}, step_s=3600)
    halves = blocks_of({("a", day): [1] * 48}, step_s=1800)
    with pytest.raises(MixedIntervals):
        determinants(pa.concat_tables([hours, halves]), request_of(Sum(FLAT)))


def test_a_meter_may_change_its_interval_from_one_day_to_the_next() -> None:
    plan = BandPlan(1, ((0,),), (0, 0))
    climb = Climb(plan, ((Bound(Decimal("0.030")),),))
    request = Request(
        BERLIN, date(2025, 1, 1), (0, 2), (Fraction(1),), (Sum(plan), Peak(plan), climb)
    )
    halves_first = pa.concat_tables(
        [
            blocks_of({("a", date(2025, 1, 2)): [1] * 24}, step_s=3600),
            blocks_of({("a", date(2025, 1, 1)): [1] * 48}, step_s=1800),
        ]
    )
    row = determinants(halves_first, request).to_pylist()[0]
    assert (row["m0"], row["m1"], row["days"]) == ([72], [2], 2)
    assert row["m2"] == [30 * 10**6, 42 * 10**6]


def test_a_window_that_intervals_do_not_fill_is_refused() -> None:
    blocks = blocks_of({("a", date(2025, 1, 1)): [1] * 72}, step_s=1200)
    with pytest.raises(DemandWindowTooOdd):
        determinants(blocks, request_of(Peak(FLAT, window_s=1800)))


def test_intervals_longer_than_an_hour_have_sums_but_no_demand() -> None:
    blocks = blocks_of({("a", date(2025, 1, 1)): [1] * 12}, step_s=7200)
    assert determinants(blocks, request_of(Sum(FLAT))).to_pylist()[0]["m0"] == [12]
    with pytest.raises(DemandWindowTooOdd):
        determinants(blocks, request_of(Peak(FLAT)))


def test_a_day_of_the_wrong_length_is_never_billed() -> None:
    blocks = blocks_of({("a", date(2025, 1, 1)): [1] * 23}, step_s=3600)
    with pytest.raises(ValueError, match="local day"):
        determinants(blocks, request_of(Sum(FLAT)))


def test_tier_bounds_follow_demand_days_and_months() -> None:
    plan = BandPlan(2, ((0,) * 12 + (1,) * 12,), (0,))
    peak = Peak(BandPlan(1, ((0,),), (0,)))
    bounds = (
        (Bound(Decimal(3), by_peak=True),),
        (Bound(Decimal(30), by_days=True, within=Decimal(5)),),
    )
    blocks = blocks_of({("a", date(2025, 1, 1)): [1000] * 23 + [2000]}, step_s=3600)
    row = determinants(blocks, request_of(peak, Climb(plan, bounds, peak=peak))).to_pylist()[0]
    # Demand is 2 kW: band 0 ends its first tier at 6 kWh, band 1 at min(30, 5 x 2) = 10 kWh, which
    # the twelve hours before have already passed.
    assert row["m0"] == [2000]
    assert row["m1"] == [n * 10**9 for n in (6, 6, 0, 13)]
