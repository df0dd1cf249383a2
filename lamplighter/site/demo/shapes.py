"""
Load shapes: how much of a thing is switched on, interval by interval, as a share of its own size.

A load is a sum of shapes, each times the kW that the account has of it. docs/demo.md shows them
all with their formulas.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from lamplighter.site.demo.months import Grid
from lamplighter.site.demo.weather import Weather, weather

Shape = Callable[[Grid, Weather], Any]


def base(grid: Grid, _: Weather) -> Any:
    """What never sleeps: refrigerators, routers, pumps."""
    return np.ones(grid.size)


def morning(grid: Grid, _: Weather) -> Any:
    """Breakfast, at weekends an hour and a half later."""
    return _bump(grid.hour, 7.2 + 1.5 * (grid.rest[grid.day] > 0), 1.2)


def midday(grid: Grid, _: Weather) -> Any:
    """Somebody at home around lunch, more so at weekends."""
    return _bump(grid.hour, 13.0, 2.5) * (0.5 + 0.5 * (grid.rest[grid.day] > 0))


def evening(grid: Grid, seen: Weather) -> Any:
    """Cooking, light and screens: more of it when it is dark."""
    return _bump(grid.hour, 19.2, 2.0) * (0.85 + 0.3 * seen.dark)


def cooling(grid: Grid, seen: Weather) -> Any:
    """Air conditioning: by how far it is above 21 °C, most in the late afternoon."""
    heat = np.clip((seen.temperature - 21) / 10, 0, 1.3)
    return heat * (0.45 + 0.55 * _bump(grid.hour, 17.0, 4.0))


def heating(_: Grid, seen: Weather) -> Any:
    """A heat pump, or fans of a furnace: by how far it is below 14 °C."""
    return np.clip((14 - seen.temperature) / 22, 0, 1.2)


def storage(grid: Grid, seen: Weather) -> Any:
    """Storage heaters: from 22 to 6 o'clock, the longer the colder it is."""
    need = np.clip((15 - _daily(grid, seen.temperature)) / 18, 0, 1)
    since_22 = (grid.hour - 22) % 24
    return np.clip(8 * need - since_22, 0, 1) * (since_22 < 8)


def trade(grid: Grid, _: Weather) -> Any:
    """A shop or an office: open from 9 to 18 o'clock, on Saturdays until 14, not on Sundays."""
    closes = np.array([18.0, 14.0, 9.0])[grid.rest[grid.day]]
    return _open(grid.hour, 9.0, closes)


def baking(grid: Grid, _: Weather) -> Any:
    """Ovens from 2 to 8 o'clock, less until 14; not on Sundays."""
    works = grid.rest[grid.day] < 2
    return works * (_open(grid.hour, 2.0, 8.0) + 0.35 * _open(grid.hour, 8.0, 14.0))


def chilling(grid: Grid, seen: Weather) -> Any:
    """A cold store: a little at all times, more with the heat outside and when doors open."""
    heat = np.clip((seen.temperature - 4) / 24, 0, 1.3)
    doors = _open(grid.hour, 5.0, 15.0) * (grid.rest[grid.day] < 2)
    return 0.35 + 0.45 * heat + 0.2 * doors


def shifts(grid: Grid, _: Weather) -> Any:
    """A plant: two shifts from 6 to 22 o'clock, one on Saturdays, none on Sundays."""
    ends = np.array([22.0, 14.0, 6.0])[grid.rest[grid.day]]
    lunch = 1 - 0.25 * _bump(grid.hour, 12.0, 0.4)
    return _open(grid.hour, 6.0, ends) * lunch


def lamps(_: Grid, seen: Weather) -> Any:
    """Street lamps: from dusk to dawn."""
    return seen.dark


def irrigation(grid: Grid, seen: Weather) -> Any:
    """Lawns, from 4 to 6 o'clock, on dry summer days."""
    dry = np.clip((_daily(grid, seen.temperature) - 17) / 8, 0, 1)
    return dry * ((grid.hour > 4) & (grid.hour < 6))


SHAPES: Final[Mapping[str, Shape]] = {
    shape.__name__: shape
    for shape in (
        base, morning, midday, evening, cooling, heating, storage, trade, baking, chilling,
        shifts, lamps, irrigation,
    )
}  # fmt: skip


def shapes(names: tuple[str, ...], grid: Grid) -> Any:
    """These shapes over a grid, one a row: (names, T)."""
    seen = weather(grid)
    return np.array([SHAPES[name](grid, seen) for name in names], np.float32)


def _bump(hour: Any, centre: Any, width: float) -> Any:
    return np.exp(-(((hour - centre) / width) ** 2))


def _open(hour: Any, opens: float, closes: Any) -> Any:
    """1 between two hours, with half an hour to start and to end."""
    return np.clip((hour - opens) * 2, 0, 1) * np.clip((closes - hour) * 2, 0, 1)


def _daily(grid: Grid, values: Any) -> Any:
    """The mean of each interval's day."""
    sums = np.bincount(grid.day, values, minlength=grid.days)
    return (sums / grid.counts)[grid.day]
