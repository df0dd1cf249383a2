"""
The codes of ESPI, and what they mean here.

Source: NAESB REQ.21 Energy Services Provider Interface, schema 4.0 (espi.xsd).
"""

from typing import Final

from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.units import usual_flow


def _pairs(text: str) -> dict[int, str]:
    words = text.split()
    return dict(zip(map(int, words[::2]), words[1::2], strict=True))


UNITS: Final = {0: ""} | _pairs(
    """
    2 m 3 g 4 rev/s 5 A 6 K 7 mol 8 cd 9 deg 10 rad 11 sr 21 Gy 22 Bq 23 °C 24 Sv 25 F 27 s 28 H
    29 V 30 ohm 31 J 32 N 33 Hz 34 lx 35 lm 36 Wb 37 T 38 W 39 Pa 41 m2 42 m3 43 m/s 44 m/s2
    45 m3/s 46 m/m3 47 kg·m 48 g/m3 49 m2/s 50 W/m·K 51 J/K 53 S 54 rad/s 61 VA 63 VAr 65 pf 66 Vs
    67 V2 68 As 69 A2 70 A2s 71 VAh 72 Wh 73 VArh 74 V/Hz 75 Hz/s 76 char 77 char/s 78 g·m2 79 B
    80 money 81 W/s 82 L/s 100 Q 101 Qh 102 ohm·m 103 A/m 104 V2h 105 A2h 106 Ah 107 Wh/m3
    108 time 109 status 111 count 113 Bm 114 code 115 Wh/rev 116 VArh/rev 117 VAh/rev 118 event
    119 ft3 120 ft3 123 ft3/h 125 m3/h 126 m3/h 127 m3/h 128 gal 129 gal/h 130 imp_gal
    131 imp_gal/h 132 BTU 133 BTU/h 134 L 137 L/h 138 L/h 139 L/h 140 Pa 141 psi 142 psi 143 L/L
    144 g/g 145 mol/m3 146 mol/mol 147 mol/kg 148 m/m 149 s/s 150 Hz/Hz 151 V/V 152 A/A 153 pf
    154 rev 155 Pa 156 L 157 L 158 kat 159 min 160 h 161 Q45 162 Q60 163 Q45h 164 Q60h 165 J/kg
    166 m3 167 m3 168 W/W 169 therm
    """
)
"""UnitSymbolKind. Whether a volume is compensated for temperature is not part of its unit here."""

CURRENCIES: Final = _pairs(
    "36 AUD 124 CAD 156 CNY 208 DKK 356 INR 392 JPY 578 NOK 643 RUB 752 SEK 756 CHF 826 GBP"
    " 840 USD 978 EUR"
)

QUALITIES: Final = {
    0: Quality.ACTUAL,  # valid
    7: Quality.MANUAL,  # manually edited
    8: Quality.ESTIMATED,  # from a reference day
    9: Quality.ESTIMATED,  # by linear interpolation
    10: Quality.ESTIMATED,  # questionable
    11: Quality.SUBSTITUTED,  # derived
    12: Quality.ESTIMATED,  # projected
    13: Quality.SUBSTITUTED,  # mixed
    14: Quality.ACTUAL,  # raw
    15: Quality.SUBSTITUTED,  # normalised for weather
    16: Quality.SUBSTITUTED,  # other
    17: Quality.ACTUAL,  # validated
    18: Quality.ACTUAL,  # verified
    19: Quality.ACTUAL,  # revenue quality
}

RUNNING: Final = frozenset((1, 2, 3, 9))
"""AccumulationKind of registers that run on: bulk quantity, cumulative, summation."""

_FORWARD, _REVERSE = 1, 19


def flow_of(direction: int | None, unit: str) -> str:
    """Which way a reading type flows, as the customer sees it."""
    usual = usual_flow(unit)
    if usual in ("apparent", "other") or direction in (None, 0, _FORWARD):
        return usual
    if direction == _REVERSE:
        return "export" if usual == "import" else "reactive-export"
    return "other"
