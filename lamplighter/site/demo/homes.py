"""
Homes and shops, made up but plausible: a quarter-hour load for every day of a year.

Each load is a sum of shapes that a person would recognise: a base load that never sleeps, a morning
and an evening, cooling that follows the afternoon heat of summer, a car that charges at night, a
roof that produces when the sun is up. Chance is drawn from a seed, so every run makes the same.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

ZONE: Final = ZoneInfo("America/New_York")
YEAR: Final = 2025
STEP: Final = timedelta(minutes=15)
STEPS_PER_HOUR: Final = 4
TARIFFS: Final = Path(__file__).parent / "tariffs.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What is switched on in a place, in kW at its highest."""

    name: str
    title: str
    seed: int
    base: float
    morning: float
    evening: float
    cooling: float = 0.0
    car: float = 0.0
    roof: float = 0.0
    opens: tuple[int, int] | None = None
    """Business hours, during which the shop's own load runs."""
    shop: float = 0.0
    offered: tuple[str, ...] = ("HLW-R1", "HLW-R2", "HLW-R3", "HLW-EV")
    """The tariffs that the utility offers to it."""


HOMES: Final = (
    Home(name="terrace", title="A small terraced house", seed=1, base=0.12, morning=0.5,
         evening=0.9),
    Home(name="family", title="A family house with cooling", seed=2, base=0.3,
         morning=1.1, evening=2.2, cooling=2.6),
    Home(name="car", title="A flat with an electric car", seed=3, base=0.15, morning=0.4,
         evening=0.8, car=7.2),
    Home(name="roof", title="A house with solar panels", seed=4, base=0.25, morning=0.8,
         evening=1.6, cooling=1.2, roof=5.5, offered=("HLW-NM", "HLW-NB")),
    Home(name="bakery", title="A corner bakery", seed=5, base=0.8, morning=0.0, evening=0.0,
         opens=(4, 15), shop=14.0, offered=("HLW-G1",)),
)  # fmt: skip


def kilowatts(home: Home) -> tuple[list[datetime], Any]:
    """The start of every quarter of an hour of the year, and the mean power in it (minus: out)."""
    starts = list(_quarters())
    hour = np.array([at.hour + at.minute / 60 for at in starts])
    day = np.array([at.timetuple().tm_yday for at in starts])
    weekend = np.array([at.weekday() >= 5 for at in starts])
    chance = np.random.default_rng(home.seed)
    noise = chance.gamma(6.0, 1 / 6, len(starts))
    summer = np.clip(np.cos(2 * np.pi * (day - 205) / 365), 0, None)
    load = home.base * (0.9 + 0.2 * noise)
    load += home.morning * _bump(hour, 7.5 + 1.5 * weekend, 1.1) * noise
    load += home.evening * _bump(hour, 19.0, 1.8) * noise * (1.15 - 0.3 * summer)
    load += home.cooling * summer**1.5 * _bump(hour, 16.5, 3.5) * (0.6 + 0.4 * noise)
    load += home.car * _charging(chance, hour, day)
    if home.opens is not None:
        is_open = (hour >= home.opens[0]) & (hour < home.opens[1]) & (day % 7 != 0)
        load += home.shop * is_open * (0.55 + 0.45 * _bump(hour, home.opens[0] + 2, 2.5)) * noise
    return starts, load - home.roof * _sun(chance, hour, day)


def _quarters() -> Iterator[datetime]:
    at = datetime.combine(date(YEAR, 1, 1), time.min, ZONE).astimezone(UTC)
    end = datetime.combine(date(YEAR + 1, 1, 1), time.min, ZONE).astimezone(UTC)
    while at < end:
        yield at.astimezone(ZONE)
        at += STEP


def _bump(hour: Any, centre: Any, width: float) -> Any:
    return np.exp(-(((hour - centre) / width) ** 2))


def _charging(chance: Any, hour: Any, day: Any) -> Any:
    """Two nights out of three, from midnight on, for one to four hours."""
    nights = int(day.max()) + 1
    plugged = chance.random(nights) < 2 / 3
    hours = chance.uniform(1, 4, nights)
    return plugged[day] & (hour < hours[day])


def _sun(chance: Any, hour: Any, day: Any) -> Any:
    """The share of its peak that a roof makes: longer and higher in summer, less under clouds."""
    half_day = 6 + 1.6 * np.cos(2 * np.pi * (day - 172) / 365)
    height = 0.75 + 0.25 * np.cos(2 * np.pi * (day - 172) / 365)
    clear = chance.beta(3, 1.6, int(day.max()) + 1)[day]
    elevation = np.cos(np.clip((hour - 12.5) / half_day, -1, 1) * np.pi / 2)
    return clear * height * elevation**1.3


def write_csv(home: Home, folder: Path) -> Path:
    """Write what the home's meter would have counted, in whole watt-hours."""
    starts, kw = kilowatts(home)
    wh = np.rint(kw * 1000 / STEPS_PER_HOUR).astype(int)
    path = folder / f"{home.name}.csv"
    feeds_in = bool((wh < 0).any())
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["usage_point", "start", "import_kwh", *(["export_kwh"] if feeds_in else [])])
        for start, value in zip(starts, wh.tolist(), strict=True):
            counted = [max(value, 0), max(-value, 0)] if feeds_in else [value]
            kwh = (f"{part // 1000}.{part % 1000:03}" for part in counted)
            rows.writerow([home.name, start.isoformat(timespec="minutes"), *kwh])
    return path


def write_tariffs(folder: Path) -> Path:
    """Write what is offered to them, as it was that year."""
    offered = {code for home in HOMES for code in home.offered}
    first = date(YEAR, 1, 1).isoformat()
    every = json.loads(TARIFFS.read_text())
    chosen = [one for one in every if one["code"] in offered and one["startsOn"] == first]
    path = folder / "tariffs.json"
    path.write_text(json.dumps(chosen, indent=2) + "\n")
    return path
