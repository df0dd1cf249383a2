"""The weather of the town: one for all, so that its loads rise and fall together."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lamplighter.site.demo.chance import between, draws
from lamplighter.site.demo.months import Grid


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Of every interval of a grid: (T,)."""

    temperature: Any
    """In °C."""
    sun: Any
    """What a roof makes, as a share of its peak."""
    dark: Any
    """1 while the street lamps burn, else 0."""


@lru_cache(maxsize=8)
def weather(grid: Grid) -> Weather:
    """See docs/demo.md for the formulas."""
    since = grid.days_since_1970
    mean = 11 + 12 * _season(since, warmest=200) + 3.5 * _spell(since)
    temperature = mean[grid.day] + 5 * np.cos(2 * np.pi * (grid.hour - 16) / 24)
    noon = np.where(grid.summer_time, 12.75, 11.75)[grid.day]
    half_day = (6 + 1.55 * _season(since, warmest=172))[grid.day]
    away = np.abs(grid.hour - noon) / half_day
    height = (0.72 + 0.28 * _season(since, warmest=172))[grid.day]
    elevation = np.cos(np.clip(away, 0, 1) * np.pi / 2) ** 1.3
    clear = between(0.2, 1.0, draws("clear", since) ** 0.6)[grid.day]
    return Weather(temperature, clear * height * elevation, (away > 1.02).astype(float))


def _season(since: Any, *, warmest: int) -> Any:
    """1 on the warmest day of the year, -1 half a year later."""
    return np.cos(2 * np.pi * ((since - 10_957) % 365.25 - warmest) / 365.25)


def _spell(since: Any) -> Any:
    """Warmer or colder than usual, for some days: mean 0, mostly from -1.5 to 1.5."""
    last = sum(draws("spell", since - n) for n in range(4))
    return (last - 2) * np.sqrt(3.0)
