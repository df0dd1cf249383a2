"""Any rate schedule that can be written down, for property tests."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lamplighter.kernel import Currency
from lamplighter.tariffs.adapters.native_words import ROUNDING_MODES
from lamplighter.tariffs.domain.clock import ALWAYS, Clock, Holidays, SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.schedule import (
    CREDIT,
    DEMAND_UNITS,
    ENERGY_UNITS,
    FLOWS,
    Component,
    DemandCharge,
    EnergyCharge,
    Export,
    ExportRule,
    FixedCharge,
    FixedTimes,
    Handover,
    Late,
    LatePolicy,
    MinimumCharge,
    MonthlyRider,
    Order,
    Per,
    Percentage,
    PowerFactorCharge,
    Ratchet,
    RateSchedule,
    ReactiveCharge,
    Rider,
    Rounding,
    Tier,
    TierUnit,
)

TEXTS = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
RATES = st.decimals(-999_999, 999_999, places=6)
POSITIVE = st.decimals("0.001", 999_999, places=3)
NEVER_NEGATIVE = st.decimals(0, 999_999, places=3)
SHARES = st.decimals("0.01", 1, places=2)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
FLOW = st.sampled_from(FLOWS)


@st.composite
def day_patterns(draw: st.DrawFn, bands: int) -> tuple[int, ...]:
    """A day in slots of five minutes, with up to four changes of band."""
    edges = draw(st.lists(st.integers(1, 287), max_size=4, unique=True).map(sorted))
    pattern: list[int] = []
    for start, end in zip([0, *edges], [*edges, 288], strict=True):
        pattern += [draw(st.integers(0, bands - 1))] * (end - start)
    return tuple(pattern)


@st.composite
def clocks(draw: st.DrawFn) -> SeasonalClock:
    bands = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
    starts = draw(st.lists(st.dates(date(2024, 1, 1), date(2024, 12, 31)), min_size=1, max_size=4))
    seasons = []
    for start in sorted(set(starts)):
        usual = draw(st.lists(day_patterns(len(bands)), min_size=1, max_size=3))
        days = tuple(draw(st.sampled_from(usual)) for _ in range(8))
        name = draw(st.sampled_from(["", "summer", "winter"]))
        seasons.append(SeasonDays(start.month, start.day, days, name))
    holidays = draw(
        st.just(Holidays())
        | st.builds(Holidays, st.just("DE"), st.sampled_from([None, "BY"]))
        | st.builds(Holidays, named=st.frozensets(DAYS, min_size=1, max_size=3))
    )
    return SeasonalClock.of(bands, seasons, holidays)


@st.composite
def tier_lists(draw: st.DrawFn, *, energy: bool) -> tuple[Tier, ...]:
    uppers = draw(st.lists(POSITIVE, max_size=3, unique=True).map(sorted))
    unit = draw(st.sampled_from(TierUnit)) if energy else TierUnit.PLAIN
    tiers = []
    for upper in [*uppers, None]:
        extra: dict[str, Any] = {}
        if energy:
            extra["sell"] = draw(st.none() | RATES)
        if energy and upper is not None:
            extra |= {"unit": unit, "within_hours": draw(st.none() | POSITIVE)}
        adjustment = draw(st.just(Decimal(0)) | RATES)
        tiers.append(Tier(rate=draw(RATES), upper=upper, adjustment=adjustment, **extra))
    return tuple(tiers[:-1]) if len(tiers) > 1 and draw(st.booleans()) else tuple(tiers)


ratchets = st.builds(
    Ratchet,
    share=SHARES,
    months_back=st.integers(1, 36),
    counted=st.lists(st.booleans(), min_size=12, max_size=12).filter(any).map(tuple),
    further_into_last_year=st.integers(0, 1),
)


@st.composite
def energy_charges(draw: st.DrawFn, name: str) -> EnergyCharge:
    clock: Clock = draw(st.just(ALWAYS) | clocks())
    return EnergyCharge(
        name=name,
        bands=tuple(draw(tier_lists(energy=True)) for _ in clock.bands),
        clock=clock,
        flow=draw(FLOW),
        channel=draw(st.none() | TEXTS),
        unit=draw(st.sampled_from(ENERGY_UNITS)),
        order=draw(st.sampled_from(Order)),
        hours_use_ratchet=draw(st.none() | ratchets),
        prorated=draw(st.booleans()),
    )


@st.composite
def demand_charges(draw: st.DrawFn, name: str) -> DemandCharge:
    clock: Clock = draw(st.just(ALWAYS) | clocks())
    window = draw(st.none() | st.sampled_from([5, 15, 30, 60, 120]))
    return DemandCharge(
        name=name,
        bands=tuple(draw(tier_lists(energy=False)) for _ in clock.bands),
        clock=clock,
        flow=draw(FLOW),
        by_band=draw(st.booleans()),
        unit=draw(st.sampled_from(DEMAND_UNITS)),
        daily=draw(st.booleans()),
        window_minutes=window,
        rolling=window is not None and draw(st.booleans()),
        ratchet=draw(st.none() | ratchets),
        coincident=draw(st.booleans()),
        least=draw(st.none() | NEVER_NEGATIVE),
    )


def _usage_component(name: str) -> st.SearchStrategy[Component]:
    named = st.just(name)
    return st.one_of(
        energy_charges(name),
        demand_charges(name),
        st.builds(
            FixedCharge,
            name=named,
            amount=RATES,
            per=st.sampled_from(Per),
            times=st.sampled_from(FixedTimes),
        ),
        st.builds(ReactiveCharge, name=named, rate=NEVER_NEGATIVE, free_share=SHARES),
        st.builds(
            Rider,
            name=named,
            rate=RATES,
            start=st.none() | st.dates(date(2000, 1, 1), date(2020, 1, 1)),
            end=st.none() | st.dates(date(2021, 1, 1), date(2040, 1, 1)),
            flow=FLOW,
            unit=st.sampled_from(ENERGY_UNITS),
        ),
        st.builds(
            MonthlyRider,
            name=named,
            rates=st.lists(RATES, min_size=12, max_size=12).map(tuple),
            unit=st.sampled_from(ENERGY_UNITS),
        ),
    )


def _closing_component(name: str, above: list[str]) -> st.SearchStrategy[Component]:
    some = st.lists(st.sampled_from(above), min_size=1, unique=True).map(tuple)
    named = st.just(name)
    return st.one_of(
        st.builds(
            MinimumCharge,
            name=named,
            amount=POSITIVE,
            per=st.sampled_from(Per),
            on=st.none() | some,
        ),
        st.builds(
            Percentage,
            name=named,
            percent=st.decimals(-100, 100, places=3),
            on=st.none() | some,
            tax=st.booleans(),
        ),
        st.builds(
            PowerFactorCharge,
            name=named,
            target=SHARES,
            percent_per_hundredth=NEVER_NEGATIVE,
            on=some,
        ),
    )


@st.composite
def components(draw: st.DrawFn) -> tuple[Component, ...]:
    names = draw(
        st.lists(TEXTS.filter(lambda text: text != CREDIT), min_size=1, max_size=6, unique=True)
    )
    first_closing = draw(st.integers(1, len(names)))
    return tuple(
        draw(_usage_component(name) if n < first_closing else _closing_component(name, names[:n]))
        for n, name in enumerate(names)
    )


@st.composite
def schedules(draw: st.DrawFn) -> RateSchedule:
    """A schedule that the native format can say, its clocks in their shortest form."""
    starts_on = draw(st.none() | DAYS)
    longest = st.integers(1, 5000).map(lambda n: (starts_on or date(2000, 1, 1)) + timedelta(n))
    return RateSchedule(
        code=draw(TEXTS),
        name=draw(TEXTS),
        currency=Currency(draw(st.sampled_from(["EUR", "JPY", "KWD", "INR"]))),
        components=draw(components()),
        starts_on=starts_on,
        ends_on=draw(st.none() | longest),
        time_zone=draw(st.sampled_from([None, "Europe/Berlin", "Asia/Kolkata"])),
        rounding=Rounding(
            mode=draw(st.sampled_from(list(ROUNDING_MODES.values()))), lines=draw(st.booleans())
        ),
        export=Export(
            rule=draw(st.none() | st.sampled_from(ExportRule)),
            handover=draw(st.sampled_from(Handover)),
            year_end_rate=draw(st.none() | NEVER_NEGATIVE),
        ),
        late=Late(policy=draw(st.sampled_from(LatePolicy)), below=draw(NEVER_NEGATIVE)),
        settles_in=draw(st.integers(1, 12)),
        notes=tuple(draw(st.lists(TEXTS, max_size=2))),
    )
