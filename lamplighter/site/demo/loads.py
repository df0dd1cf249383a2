"""The readings of many usage points of one kind over a month, all at once."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from lamplighter.site.demo.archetypes import Kind
from lamplighter.site.demo.chance import between, draws
from lamplighter.site.demo.months import Grid
from lamplighter.site.demo.shapes import shapes
from lamplighter.site.demo.weather import weather

Loads = Mapping[str, Any]
"""By channel: whole numbers x 10^exponent, an account a row and an interval a column: (A, T)."""

_NOISE: Final = 1 << 16
_LONGEST: Final = 31 * 96 + 4


def loads(kind: Kind, ordinals: Any, grid: Grid) -> Loads:
    """
    What the meters of some accounts count in the intervals of a month.

    No account's readings depend on which others are asked for: sums go shape by shape, in order.

    :param ordinals: the numbers of the accounts in the town, from 1 on: (A,)
    """
    drawn = _drawn(kind, ordinals, grid)
    if kind.car:
        drawn += _charging(ordinals, grid)
    found = {"E1": drawn}
    if kind.apart:
        found["E2"] = _size(kind, kind.apart, ordinals) * shapes((kind.apart,), grid)[0]
    if kind.roof is not None:
        made = between(*kind.roof, draws("roof", ordinals))[:, None] * weather(grid).sun
        net = drawn - made.astype(np.float32) * _unsteady(0.06, "cloud", ordinals, grid)
        found = {"E1": np.maximum(net, 0), "B1": np.maximum(-net, 0)}
    if kind.reactive:
        found["Q1"] = drawn * _tangent(ordinals, drawn)
    scale = np.float32(grid.step_s / 3600 * 10.0**-kind.exponent)
    return {name: np.rint(kw * scale).astype(np.int64) for name, kw in found.items()}


def _drawn(kind: Kind, ordinals: Any, grid: Grid) -> Any:
    """The sum of all shapes, in kW."""
    names = tuple(name for name in kind.sizes if name != kind.apart)
    every = shapes(names, grid)
    total = np.zeros((len(ordinals), grid.size), np.float32)
    for name, shape in zip(names, every, strict=True):
        if name != "base":
            total += _size(kind, name, ordinals) * shape
    if kind.lives:
        total *= _at_home(ordinals, grid)
    if "base" in names:
        total += _size(kind, "base", ordinals)
    total *= _unsteady(kind.noise, "noise", ordinals, grid)
    return total


def _size(kind: Kind, name: str, ordinals: Any) -> Any:
    """How much of a shape each account has: (A, 1). A large home is larger in all of it."""
    low, high = kind.sizes[name]
    large = between(0.75, 1.25, draws("large", ordinals))
    own = between(low, high, draws(f"size of {name}", ordinals))
    return (large * own).astype(np.float32)[:, None]


def _at_home(ordinals: Any, grid: Grid) -> Any:
    """One account in sixteen is away for four to ten days of a month: (A, T)."""
    month = int(grid.days_since_1970[0])
    away = draws("away", ordinals, month) < 1 / 16
    first = between(0, 20, draws("away from", ordinals, month))
    last = first + between(4, 10, draws("away until", ordinals, month))
    days = np.arange(grid.days)
    gone = away[:, None] & (days >= first[:, None]) & (days <= last[:, None])
    return np.where(gone, np.float32(0.06), np.float32(1))[:, grid.day]


def _unsteady(share: float, name: str, ordinals: Any, grid: Grid) -> Any:
    """Chance around 1, a part of which stays from one interval to the next: (A, T)."""
    month = int(grid.days_since_1970[0])
    start = (draws(name, ordinals, month) * _NOISE).astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(_noise(), grid.size)[start]
    windows *= np.float32(share)
    windows += np.float32(1)
    return np.maximum(windows, np.float32(0.02), out=windows)


@lru_cache(maxsize=1)
def _noise() -> Any:
    """Numbers of mean 0 and standard deviation 1, skewed to the right; neighbours are alike."""
    drawn = draws("table", np.arange(_NOISE + _LONGEST + 1))
    skewed = -np.log(1 - drawn) - 1
    return ((skewed[1:] + 0.5 * skewed[:-1]) / np.sqrt(1.25)).astype(np.float32)


def _charging(ordinals: Any, grid: Grid) -> Any:
    """
    The car, in kW: (A, T). On three nights of five it takes 5 to 26 kWh; three homes of four wait
    for midnight, the others begin when somebody comes home.
    """
    nights = np.concatenate([grid.days_since_1970[:1] - 1, grid.days_since_1970])
    of, who = nights[None, :], ordinals[:, None]
    kw = np.array([3.6, 7.2, 11.0])[(draws("charger", who) * 3).astype(int)]
    waits = draws("timer", who) < 0.75
    begins = np.where(waits, 24.1, between(17.5, 21.0, draws("home at", who, of)))
    takes = between(5, 26, draws("kWh", who, of)) * (draws("plugged", who, of) < 0.6)
    ends = begins + takes / kw
    half = grid.step_s / 7200
    total = np.zeros((len(ordinals), grid.size))
    for since, night in ((0, grid.day + 1), (24, grid.day)):
        low, high = grid.hour + since - half, grid.hour + since + half
        share = np.minimum(high, ends[:, night]) - np.maximum(low, begins[:, night])
        total += np.maximum(share, 0) / (2 * half)
    return (total * kw).astype(np.float32)


def _tangent(ordinals: Any, drawn: Any) -> Any:
    """Reactive per active energy: motors at part load have more of it."""
    least = between(0.22, 0.5, draws("tangent", ordinals)).astype(np.float32)[:, None]
    part = 1 - drawn / drawn.max(axis=1, keepdims=True)
    return least + np.float32(0.35) * part
