"""What kinds of customers the town has, how many of each, and of which size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOUR: Final = 3_600
QUARTER: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of usage point: what hangs on it, and how it is metered and billed."""

    name: str
    title: str
    share: int
    """So many of a thousand accounts."""
    sizes: Mapping[str, tuple[float, float]]
    """Of each load shape, from how much to how much: kW, or ccf an hour of water."""
    noise: float
    """How unsteady: the standard deviation of chance, as a share of the load."""
    tariffs: Mapping[str, int]
    """Which ones are chosen, and by how many of a hundred."""
    step_s: int = HOUR
    unit: str = "kWh"
    exponent: int = -3
    roof: tuple[float, float] | None = None
    """kW of solar panels: then there is a channel B1 of what is fed in."""
    car: bool = False
    apart: str = ""
    """A load shape with a channel of its own, E2."""
    reactive: bool = False
    """Whether reactive energy is metered, in channel Q1."""
    lives: bool = True
    """Whether people live there, who are away now and then."""


def _home(**more: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return {
        "base": (0.10, 0.26), "morning": (0.2, 0.6), "midday": (0.1, 0.4), "evening": (0.4, 1.1),
        **more,
    }  # fmt: skip


_COOLED: Final = (1.4, 3.4)

KINDS: Final = (
    Kind(name="flat", title="A flat", share=290, noise=0.45, sizes=_home(cooling=(0.2, 1.0)),
         tariffs={"HLW-R1": 70, "HLW-R4": 30}),
    Kind(name="house", title="A house with air conditioning", share=265, noise=0.4,
         sizes=_home(base=(0.2, 0.45), evening=(0.8, 1.9), cooling=_COOLED, heating=(0.2, 0.9)),
         tariffs={"HLW-R1": 60, "HLW-R2": 25, "HLW-R3": 15}),
    Kind(name="ev", title="A home with an electric car", share=110, noise=0.4, car=True,
         sizes=_home(base=(0.15, 0.35), cooling=(0.6, 2.4)), tariffs={"HLW-EV": 85, "HLW-R2": 15}),
    Kind(name="solar", title="A house with solar panels", share=60, noise=0.4, roof=(3.5, 9.0),
         sizes=_home(base=(0.2, 0.4), evening=(0.7, 1.6), cooling=_COOLED),
         tariffs={"HLW-NM": 60, "HLW-NB": 40}),
    Kind(name="storage", title="A home with storage heaters", share=50, noise=0.4, apart="storage",
         sizes=_home(cooling=(0.1, 0.6), storage=(4.0, 9.0)), tariffs={"HLW-R5": 100}),
    Kind(name="shop", title="A shop", share=95, noise=0.15, lives=False,
         sizes={"base": (0.5, 1.6), "trade": (2.0, 9.0), "cooling": (1.0, 5.0)},
         tariffs={"HLW-G2": 100}),
    Kind(name="office", title="An office", share=50, noise=0.12, lives=False,
         sizes={"base": (0.8, 3.0), "trade": (4.0, 18.0), "cooling": (2.0, 9.0),
                "heating": (1.0, 4.0)},
         tariffs={"HLW-G2": 100}),
    Kind(name="bakery", title="A bakery", share=25, noise=0.15, lives=False, step_s=QUARTER,
         sizes={"base": (0.6, 1.4), "baking": (12.0, 34.0), "cooling": (0.5, 2.0)},
         tariffs={"HLW-G1": 100}),
    Kind(name="cold-store", title="A cold store", share=10, noise=0.08, lives=False,
         step_s=QUARTER, reactive=True, sizes={"base": (2.0, 6.0), "chilling": (40.0, 160.0)},
         tariffs={"HLW-P2": 100}),
    Kind(name="plant", title="A plant", share=10, noise=0.07, lives=False, step_s=QUARTER,
         reactive=True, tariffs={"HLW-P1": 70, "HLW-P2": 30},
         sizes={"base": (15.0, 60.0), "shifts": (90.0, 600.0), "cooling": (5.0, 40.0)}),
    Kind(name="lights", title="Street lamps", share=5, noise=0.02, lives=False,
         sizes={"lamps": (2.0, 12.0)}, tariffs={"HLW-L1": 100}),
    Kind(name="water", title="Water alone", share=30, noise=0.8, unit="ccf", exponent=-4,
         sizes={"base": (0.0, 0.002), "morning": (0.01, 0.04), "evening": (0.008, 0.03),
                "irrigation": (0.0, 0.12)},
         tariffs={"HLW-W1": 100}),
)  # fmt: skip
"""In the order in which chance takes them; their shares are a thousand together."""

BY_NAME: Final = {kind.name: kind for kind in KINDS}

WATER: Final = "water"
"""The kind of usage point that a home has besides, where the town brings water to it."""
GAS_TARIFF: Final = "HLW-F1"

WITH_WATER: Final = {"flat": 0.10, "house": 0.16, "ev": 0.12, "solar": 0.12}
"""Which share of homes pays for water on the same account."""
WITH_GAS: Final = {"flat": 0.03, "house": 0.06}
"""And for gas, which somebody reads at the end of each month."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A register of a meter, and what it counts."""

    name: str
    flow: str
    unit: str


def channels_of(kind: Kind) -> tuple[Channel, ...]:
    """The channels of a kind's meters."""
    channels = [Channel("E1", "import", kind.unit)]
    if kind.apart:
        channels.append(Channel("E2", "import", kind.unit))
    if kind.roof is not None:
        channels.append(Channel("B1", "export", kind.unit))
    if kind.reactive:
        channels.append(Channel("Q1", "reactive-import", "kVArh"))
    return tuple(channels)
