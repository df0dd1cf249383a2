"""Loads of gas: metered by volume, billed by energy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from decimal import Decimal

from lamplighter.billing.domain.loads import PricedLoad
from lamplighter.billing.domain.periods import BillingPeriod
from lamplighter.kernel import Refusal
from lamplighter.tariffs.domain.measures import EnergyMeasure, Measure, Usage


class NotGasByVolume(Refusal):
    """A calorific value is for gas that was metered in m3."""


class GasBilledBySumsOnly(Refusal):
    """Gas becomes energy for a whole billing period, so demand and tiers by the clock have none."""


@dataclass(frozen=True, slots=True)
class GasLoad:
    """The energy of a load in m3. A volume becomes kWh once a period and price band."""

    volume: PricedLoad
    energy_of: Callable[[Decimal], Decimal]
    """kWh of m3, as `metering.domain.gas` has it for each country."""

    @property
    def zone(self) -> tzinfo:
        return self.volume.zone

    @property
    def periods(self) -> tuple[BillingPeriod, ...]:
        return self.volume.periods

    @property
    def units(self) -> Mapping[str, str]:
        return dict.fromkeys(self.volume.units, "kWh")

    @property
    def missing(self) -> int:
        return self.volume.missing

    def usages(self, measures: Sequence[Measure]) -> list[Usage]:
        """:raises GasBilledBySumsOnly: if a measure asks for more than sums"""
        if not all(isinstance(measure, EnergyMeasure) for measure in measures):
            raise GasBilledBySumsOnly(remedy="Choose a tariff that bills sums of kWh.")
        return [self._as_energy(usage) for usage in self.volume.usages(measures)]

    def _as_energy(self, usage: Usage) -> Usage:
        energy = {
            measure: tuple(self.energy_of(volume) for volume in volumes)
            for measure, volumes in usage.energy.items()
        }
        return replace(usage, energy=energy)


def gas_load_of(volume: PricedLoad, energy_of: Callable[[Decimal], Decimal]) -> GasLoad:
    """:raises NotGasByVolume: if anything in the load is not in m3"""
    if others := {*volume.units.values()} - {"m3"}:
        raise NotGasByVolume(
            f"The load is in {', '.join(sorted(others))}.",
            remedy="Leave the calorific value out, or give a load in m3.",
        )
    return GasLoad(volume, energy_of)
