"""
Gas: from the volume that a meter counts to the energy that a bill charges.

Each convention is exact up to the end and rounds once, there, half away from zero.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

GB_CORRECTION: Final = Decimal("1.02264")
"""
Temperature and pressure, for British meters without a corrector of their own (Gas (Calculation of
Thermal Energy) Regulations 1996).
"""

M3_PER_HUNDRED_CUBIC_FEET: Final = Decimal("2.83")
"""As British bills convert the units of imperial meters."""

_MJ_PER_KWH: Final = Decimal("3.6")


def gb_energy_kwh(
    volume_m3: Decimal,
    *,
    calorific_value_mj_per_m3: Decimal,
    correction: Decimal = GB_CORRECTION,
    decimals: int = 2,
) -> Decimal:
    """
    Great Britain: volume x correction x calorific value / 3.6, rounded to `decimals` places.

    :param calorific_value_mj_per_m3: as the bill states it, to a tenth of a megajoule
    """
    energy = volume_m3 * correction * calorific_value_mj_per_m3 / _MJ_PER_KWH
    return _rounded(energy, decimals)


def de_energy_kwh(
    volume_m3: Decimal, *, state_number: Decimal, calorific_value_kwh_per_m3: Decimal
) -> Decimal:
    """
    Germany: volume x Zustandszahl x Brennwert, in whole kilowatt-hours (DVGW G 685).

    :param state_number: Zustandszahl, to four decimals: from operating to standard conditions
    :param calorific_value_kwh_per_m3: Brennwert, to three decimals, at standard conditions
    """
    return _rounded(volume_m3 * state_number * calorific_value_kwh_per_m3, 0)


def _rounded(energy: Decimal, decimals: int) -> Decimal:
    return energy.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
