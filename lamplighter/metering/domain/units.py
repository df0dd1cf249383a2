"""Units of measure: how they are spelt, and which way what they measure can flow."""

from typing import Final

_ENERGY: Final = frozenset(
    "Wh kWh MWh GWh J kJ MJ GJ TJ BTU MMBTU therm cal kcal Mcal Gcal".split()
)
_VOLUME: Final = frozenset("m3 L hL kL ML ft3 ccf gal imp_gal".split())
_REACTIVE: Final = frozenset("VArh kVArh MVArh".split())
_APPARENT: Final = frozenset("VAh kVAh MVAh".split())
_OTHER: Final = frozenset(
    "W kW MW VAr kVAr MVAr VA kVA MVA V kV A kA Hz pf °C °F K Pa kPa bar"
    " m3/h L/h J/h s min h % kg t".split()
)

_ONE_WAY: Final = _ENERGY | _VOLUME

UNITS: Final = _ENERGY | _VOLUME | _REACTIVE | _APPARENT | _OTHER

_SPELLINGS: Final = {
    "m^3": "m3", "m³": "m3", "cf": "ft3", "ft^3": "ft3", "ft³": "ft3", "litre": "L", "litres": "L",
    "liter": "L", "liters": "L", "gallon": "gal", "gallons": "gal", "therms": "therm",
    "degc": "°C", "celsius": "°C", "cosphi": "pf",
}  # fmt: skip
_BY_SPELLING: Final = {unit.casefold(): unit for unit in UNITS if unit != "ML"} | _SPELLINGS


def unit_named(text: str) -> str | None:
    """
    The unit as Lamplighter spells it; None if there is no such unit.

    Letters may be large or small (meters write KWH, kvarh), except where that tells a megalitre
    from a millilitre.
    """
    text = text.strip()
    return text if text in UNITS else _BY_SPELLING.get(text.casefold())


def usual_flow(unit: str) -> str:
    """Which way something in this unit flows when the file does not say."""
    if unit in _ONE_WAY:
        return "import"
    if unit in _REACTIVE:
        return "reactive-import"
    return "apparent" if unit in _APPARENT else "other"


def usual_channel(flow: str, unit: str) -> str:
    """
    What a channel is called that has no name: after its flow, and what is not electricity after
    its unit besides, so that gas and electricity of one usage point stay apart.
    """
    if flow == "other":
        return unit or flow
    return flow if unit.endswith("h") else f"{flow}/{unit}"


def flows_one_way(flow: str, unit: str) -> bool:
    """Energy and volume in a channel of one direction cannot be negative."""
    return flow in ("import", "export") and unit in _ONE_WAY
