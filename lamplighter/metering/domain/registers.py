"""Registers: what the dials show, and what was used between two readings of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality

MOST_DIGITS: Final = 15
"""Dials and decimals together. More are on no meter, and a float of SQLite holds no more."""


class BadRegisterReading(Refusal):
    """This reading cannot be what the register shows."""


class RegisterRunsBackwards(Refusal):
    """A register does not run backwards."""


class RegisterDidNotRollOver(Refusal):
    """The reading is no lower than the one before, so the dials have not rolled over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dials:
    """How a register counts: `dials` digits, then `decimals` behind the point."""

    dials: int
    decimals: int
    multiplier: Decimal = Decimal(1)
    """What one on the dials stands for, in the register's unit: 40 behind a 200/5 A transformer."""

    @property
    def capacity(self) -> int:
        """How many steps of the last digit bring all the dials around."""
        return int(10 ** (self.dials + self.decimals))

    def count(self, shown: Decimal) -> int:
        """
        Turn what the dials show into steps of the last digit.

        :raises BadRegisterReading: if these dials cannot show that
        """
        if not shown.is_finite() or shown < 0:
            raise BadRegisterReading(f"{shown} is not a reading.", remedy="Give what is shown.")
        steps = shown.scaleb(self.decimals)
        if steps != steps.to_integral_value():
            raise BadRegisterReading(
                f"{shown} has more than {self.decimals} digits behind the point.",
                remedy="Give as many as the register has.",
            )
        if steps >= self.capacity:
            raise BadRegisterReading(f"{shown} has more than {self.dials} digits.")
        return int(steps)

    def shown(self, count: int) -> Decimal:
        """Undo `count`."""
        return Decimal(count).scaleb(-self.decimals)

    def quantity(self, steps: int) -> Decimal:
        """What so many steps of the last digit stand for, in the register's unit. Not rounded."""
        return self.shown(steps) * self.multiplier


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPlan:
    """A register as it is entered with its meter."""

    channel: str
    """Its name at the usage point, the same on the meter that comes after: E1, B1, 1.8.0."""
    flow: str
    """One of `blocks.FLOWS`."""
    unit: str
    dials: Dials


@dataclass(frozen=True, slots=True, kw_only=True)
class DialReading:
    """What a register showed at an instant."""

    at: datetime
    count: int
    """Steps of the last digit: 12,345.67 on a register with two decimals is 1,234,567."""
    rolled_over: bool
    """Whether the dials passed from all nines to all zeros since the reading before."""
    quality: Quality


def steps_between(earlier: DialReading, later: DialReading, *, dials: Dials) -> int:
    """
    How far the register ran from one reading to the next one.

    A register that passes 99,999 starts again at 00,000: whoever reads it says so, since 99,950
    and then 00,050 may as well be a digit misread.

    :raises RegisterRunsBackwards: if the later one is lower and nobody said that it rolled over
    """
    if later.count >= earlier.count:
        return later.count - earlier.count
    if not later.rolled_over:
        around = dials.quantity(later.count - earlier.count + dials.capacity)
        raise RegisterRunsBackwards(
            f"{dials.shown(later.count)} at {later.at:%Y-%m-%d %H:%M} is lower than"
            f" {dials.shown(earlier.count)} at {earlier.at:%Y-%m-%d %H:%M}.",
            remedy=f"If the dials rolled over, say so: the usage is then {around.normalize():f}.",
        )
    return later.count - earlier.count + dials.capacity


def check_between(
    reading: DialReading, *, before: DialReading | None, after: DialReading | None, dials: Dials
) -> None:
    """
    Hold a new reading against its neighbours in time.

    :raises RegisterRunsBackwards: if it is lower than the one before, or higher than the next one
    :raises RegisterDidNotRollOver: if it is said to have rolled over and is not lower
    """
    if before is not None:
        steps_between(before, reading, dials=dials)
    if reading.rolled_over and (before is None or reading.count >= before.count):
        raise RegisterDidNotRollOver(
            remedy="Leave out that it rolled over, or correct the reading before."
        )
    if after is not None:
        steps_between(reading, after, dials=dials)
