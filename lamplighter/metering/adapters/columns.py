"""
Tables of readings, one a row: which column means what, and how its cells become usage.

CSV and Parquet share this. A table has a column `start` and at least one column of values; see
`docs/readings.md` for all names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lamplighter.kernel import Place
from lamplighter.metering.domain.refusals import WrongColumns
from lamplighter.metering.domain.units import unit_named, usual_flow

_ROLES: Final = {
    "start": "start timestamp datetime date_time interval_start start_time start_at period_start"
    " from time date",
    "end": "end interval_end end_time end_at period_end to",
    "value": "value reading usage consumption quantity energy",
    "unit": "unit units uom unit_of_measure",
    "quality": "quality quality_flag status flag",
    "usage_point": "usage_point usagepoint usage_point_id nmi mpan mprn esiid esi_id ean prm pod"
    " cups meter meter_id meter_number meter_serial service_point",
    "channel": "channel register register_id suffix nmi_suffix stream",
    "flow": "flow direction flow_direction",
    "step": "duration_s interval_s step_s interval_minutes duration_minutes step_minutes"
    " interval_length",
}
_ROLE_OF: Final = {name: role for role, names in _ROLES.items() for name in names.split()}

_FLOW_WORDS: Final = {
    "import": "import", "imported": "import", "delivered": "import", "from_grid": "import",
    "export": "export", "exported": "export", "received": "export", "to_grid": "export",
    "generation": "export", "feed_in": "export", "solar": "export",
    "net": "other",
    "usage": "", "consumption": "", "energy": "", "value": "", "reading": "", "quantity": "",
    "use": "", "consumed": "", "volume": "", "power": "", "demand": "",
}  # fmt: skip

FLOW_NAMES: Final = {
    "import": "import", "export": "export", "imported": "import", "exported": "export",
    "delivered": "import", "received": "export", "reactive-import": "reactive-import",
    "reactive-export": "reactive-export", "apparent": "apparent", "other": "other",
    "net": "other",
}  # fmt: skip
QUALITY_NAMES: Final = {
    "actual": 1, "a": 1, "act": 1, "measured": 1, "valid": 1, "validated": 1, "ok": 1, "good": 1,
    "estimated": 2, "e": 2, "est": 2, "estimate": 2,
    "substituted": 3, "s": 3, "f": 3, "substitute": 3, "final": 3, "final substituted": 3,
    "manual": 4, "m": 4, "edited": 4,
    "missing": 0, "n": 0, "null": 0, "none": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueColumn:
    """A column of values, and what its name says of them."""

    index: int
    name: str
    unit: str
    """Empty if a column `unit` says it, row by row."""
    flow: str
    """Empty if the name does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of one table mean. Each is its index; None if the table has none such."""

    start: int
    end: int | None
    step: int | None
    step_unit_s: int
    values: tuple[ValueColumn, ...]
    unit: int | None
    quality: int | None
    usage_point: int | None
    channel: int | None
    flow: int | None
    names: tuple[str, ...]
    unread: tuple[str, ...]
    """Names of columns that mean nothing here."""

    def name(self, index: int | None) -> str | None:
        return None if index is None else self.names[index]


def normal(name: str) -> str:
    """A column's name in small letters and underscores: `Usage (kWh)` is `usage_kwh`."""
    return re.sub(r"[^0-9a-z°³^%/]+", "_", name.strip().casefold()).strip("_")


def columns_named(names: Sequence[str], source: str) -> Columns:
    """
    The meaning of a table's columns.

    :raises WrongColumns: if two mean the same, or there is no start or no value
    """
    roles: dict[str, int] = {}
    values, unread = [], []
    for index, name in enumerate(names):
        role = _ROLE_OF.get(normal(name))
        value = _value_column(index, name)
        if role is not None and role != "value":
            if role in roles:
                raise _wrong(source, f"It says the same as {names[roles[role]]!r}.", name)
            roles[role] = index
        elif value is not None:
            values.append(value)
        else:
            unread.append(name)
    if "start" not in roles:
        raise _wrong(source, "There is no column `start`.", "start")
    _check_values(values, roles, source)
    step = roles.get("step")
    return Columns(
        start=roles["start"], end=roles.get("end"), step=step,
        step_unit_s=1 if step is not None and normal(names[step]).endswith("_s") else 60,
        values=tuple(values), unit=roles.get("unit"), quality=roles.get("quality"),
        usage_point=roles.get("usage_point"), channel=roles.get("channel"),
        flow=roles.get("flow"), names=tuple(names), unread=tuple(unread),
    )  # fmt: skip


def looks_like_readings(names: Sequence[str]) -> bool:
    """Whether at least a start and a value, or one of them with company, are among the names."""
    roles = {_ROLE_OF.get(normal(name)) for name in names}
    has_value = "value" in roles or any(_value_column(0, name) for name in names)
    return ("start" in roles and len(names) > 1) or has_value


def _check_values(values: list[ValueColumn], roles: dict[str, int], source: str) -> None:
    if not values:
        raise _wrong(source, "There is no column of values, such as `kwh`.", "kwh")
    unitless = [value for value in values if not value.unit]
    if unitless and (len(values) > 1 or "unit" not in roles):
        raise _wrong(
            source,
            "It does not say its unit.",
            unitless[0].name,
            remedy="Name it after the unit, such as `kwh`, or add a column `unit`.",
        )
    meanings = [(value.flow or usual_flow(value.unit), value.unit) for value in values]
    for index, meaning in enumerate(meanings):
        if meaning in meanings[:index]:
            raise _wrong(source, "Another column has the same unit and flow.", values[index].name)


def _value_column(index: int, name: str) -> ValueColumn | None:
    """`kwh`, `export_kwh`, `usage_kwh`, `kwh_export`, or `value` with a column `unit`."""
    text = normal(name)
    if _ROLE_OF.get(text) == "value":
        return ValueColumn(index=index, name=name, unit="", flow="")
    for words, unit in ((text, ""), *_split(text)):
        known = unit_named(unit or words)
        flow = _FLOW_WORDS.get(words if unit else "usage")
        if known is not None and flow is not None:
            if flow == "import" or flow == "export":
                flow = _reactive(flow, known)
            return ValueColumn(index=index, name=name, unit=known, flow=flow)
    return None


def _split(text: str) -> list[tuple[str, str]]:
    words = text.split("_")
    if len(words) < 2:
        return []
    return [("_".join(words[:-1]), words[-1]), ("_".join(words[1:]), words[0])]


def _reactive(flow: str, unit: str) -> str:
    usual = usual_flow(unit)
    return f"reactive-{flow}" if usual == "reactive-import" else flow


def _wrong(source: str, detail: str, field: str, remedy: str = "") -> WrongColumns:
    return WrongColumns(
        detail,
        remedy=remedy or "See docs/readings.md for the columns.",
        places=(Place(source=source, row=1, field=field),),
    )
