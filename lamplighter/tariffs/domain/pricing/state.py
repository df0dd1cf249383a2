"""What pricing needs to know besides usage: the past, and the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest demand of a month, in kW, kept for ratchets."""

    year: int
    month: int
    kw: tuple[Decimal, ...]
    """By band of the demand charge it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What one bill hands to the next of the same agreement."""

    surplus: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    """Energy set off later, in kWh by band of the energy charge of that name."""
    credit: Decimal = Decimal(0)
    """Money earned by export and not yet used, in major units."""
    peaks: Mapping[str, tuple[MonthPeak, ...]] = field(default_factory=dict)
    """Past peaks by demand charge, oldest first."""
    billed_this_year: Decimal = Decimal(0)
    """What yearly minimum charges compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an agreement says of its customer."""

    connected_kw: Decimal | None = None
    """Sanctioned or contracted load."""
    meters: int = 1
    power_factor: Decimal | None = None
    """To turn kW into kVA where only active power is measured; None: taken as 1."""
