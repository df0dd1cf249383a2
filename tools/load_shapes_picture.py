"""
Draws docs/load-shapes.svg, a winter and a summer working day of every kind of customer:
`python -m tools.load_shapes_picture`.
"""

from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from lamplighter.site.demo.archetypes import KINDS, Kind
from lamplighter.site.demo.loads import loads
from lamplighter.site.demo.months import grid

ACCOUNTS: Final = 300
DAYS: Final = {"#3b6ea8": date(2026, 1, 1), "#c8742d": date(2026, 7, 1)}
WIDTH, HEIGHT, COLUMNS = 240, 96, 4
_PAD: Final = 14


def main() -> None:
    rows = -(-len(KINDS) // COLUMNS)
    panels = "\n".join(
        _panel(kind, x=n % COLUMNS * WIDTH, y=n // COLUMNS * HEIGHT + 20)
        for n, kind in enumerate(KINDS)
    )
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT + 24}"'
    legend = "A mean working day of each kind of customer, midnight to midnight: "
    Path("docs/load-shapes.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="6" y="14">{legend}<tspan fill="#3b6ea8">January</tspan>, '
        '<tspan fill="#c8742d">July</tspan>; below the line: fed in</text>\n'
        f"{panels}\n</svg>\n"
    )


def _panel(kind: Kind, *, x: int, y: int) -> str:
    days = {colour: _mean_day(kind, month) for colour, month in DAYS.items()}
    top = max(float(day.max()) for day in days.values())
    low = min(0.0, *(float(day.min()) for day in days.values()))
    across, down = WIDTH - 2 * _PAD, HEIGHT - 34

    def at(n: int, kw: float) -> str:
        high = y + 16 + down * (top - kw) / (top - low)
        return f"{x + _PAD + across * n / (len(day) - 1):.1f},{high:.1f}"

    lines = []
    for colour, day in days.items():
        points = " ".join(at(n, float(kw)) for n, kw in enumerate(day))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        zero = f"{at(0, 0)} {at(len(day) - 1, 0)}"
    unit = "kW" if kind.unit == "kWh" else f"{kind.unit}/h"
    axis = f'<polyline points="{zero}" stroke="#bbb"/>'
    title = f'<text x="{x + _PAD}" y="{y + 10}">{kind.title}, up to {_number(top)} {unit}</text>'
    return "\n".join([title, axis, *lines])


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _mean_day(kind: Kind, month: date) -> Any:
    """The mean of working days, in kW; what is fed in is taken off."""
    on = grid(month, kind.step_s)
    counted = loads(kind, np.arange(1, ACCOUNTS + 1), on)
    kwh = counted["E1"] + counted.get("E2", 0) - counted.get("B1", 0)
    works = (on.rest == 0)[on.day]
    a_day = 86_400 // kind.step_s
    mean = kwh[:, works].mean(axis=0).reshape(-1, a_day).mean(axis=0)
    return mean * 10.0**kind.exponent * 3600 / kind.step_s


if __name__ == "__main__":
    main()
