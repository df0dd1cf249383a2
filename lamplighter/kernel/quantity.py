"""Quantities: an exact number and the unit it is in."""

from dataclasses import dataclass
from decimal import Decimal

from lamplighter.kernel.refusal import Refusal


class UnitMismatch(Refusal):
    """Quantities of different units cannot be put together."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value in a unit, such as `Quantity(Decimal("412.5"), "kWh")`."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        if not self.value.is_finite():
            msg = f"a quantity is finite, and this is {self.value}"
            raise ValueError(msg)

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.value + self._same(other).value, self.unit)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.value - self._same(other).value, self.unit)

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}"

    def _same(self, other: "Quantity") -> "Quantity":
        if other.unit != self.unit:
            raise UnitMismatch(f"{self} and {other} have different units.")
        return other
