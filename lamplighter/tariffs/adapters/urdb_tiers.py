"""The rate structures of a URDB record as tiers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.texts import tidy
from lamplighter.tariffs.adapters.urdb_values import Record, choice, decimal, listed, within
from lamplighter.tariffs.domain.pricing.demand import KW_PER_HP
from lamplighter.tariffs.domain.refusals import (
    InvalidTariff,
    TiersOutOfOrder,
    UnbillableField,
    UnknownField,
)
from lamplighter.tariffs.domain.schedule import Tier, TierUnit

_UNITS: Final[Mapping[str, tuple[TierUnit, Decimal]]] = {
    "kWh": (TierUnit.PLAIN, Decimal(1)),
    "kWh daily": (TierUnit.DAILY, Decimal(1)),
    "kWh/kW": (TierUnit.PER_KW, Decimal(1)),
    "kWh/kVA": (TierUnit.PER_KW, Decimal(1)),
    "kWh/hp": (TierUnit.PER_KW, 1 / KW_PER_HP),
    "kWh/kW daily": (TierUnit.PER_KW_DAILY, Decimal(1)),
    "kWh/kVA daily": (TierUnit.PER_KW_DAILY, Decimal(1)),
    "kWh/hp daily": (TierUnit.PER_KW_DAILY, 1 / KW_PER_HP),
}
Units = Mapping[str, tuple[TierUnit, Decimal]]
"""What a tier's bound is counted in, and what it is multiplied by. The first is taken if none."""
Bands = tuple[tuple[Tier, ...], ...]

_FIELDS: Final = frozenset({"rate", "adj", "sell", "max", "unit"})


def read_bands(fields: Record, field: str, at: Place) -> Bands:
    """The tiers of each band of an energy rate structure."""
    return tuple(
        _nested(_checked(tiers, path, at), path, at)
        for tiers, path in _bands(fields, field, _UNITS, at)
    )


def read_demand_bands(fields: Record, field: str, unit_field: str, at: Place) -> Bands:
    """
    The tiers of each band of a demand rate structure. Their bounds are in the unit of the charge.

    The database holds structures whose first tier has no maximum and is followed by others. Demand
    never gets beyond the first, so they are billed by it, and the rest is left out.
    """
    units = {str(fields.get(unit_field, "kW")): (TierUnit.PLAIN, Decimal(1))}
    bands = []
    for tiers, path in _bands(fields, field, units, at):
        if sold := [n for n, tier in enumerate(tiers) if tier.sell]:
            raise UnbillableField(
                "Demand is not sold back.", places=(within(at, f"{path}[{sold[0]}].sell"),)
            )
        open_ended = next((n for n, t in enumerate(tiers) if t.upper is None), len(tiers))
        kept = tuple(replace(tier, sell=None) for tier in tiers[: open_ended + 1])
        bands.append(_checked(kept, path, at))
    return tuple(bands)


def _bands(
    fields: Record, field: str, units: Units, at: Place
) -> Iterator[tuple[tuple[Tier, ...], str]]:
    for band, rows in enumerate(listed(fields[field], field, None, at)):
        path = f"{field}[{band}]"
        tiers = listed(rows, path, None, at)
        if not tiers:
            raise InvalidTariff("This band has no rates.", places=(within(at, path),))
        yield tuple(_tier(row, f"{path}[{n}]", units, at) for n, row in enumerate(tiers)), path


def _checked(tiers: tuple[Tier, ...], path: str, at: Place) -> tuple[Tier, ...]:
    """
    The tiers, in order: each ends higher than the one before it in the same unit.

    :raises TiersOutOfOrder: naming the tier
    """
    reached: dict[TierUnit, Decimal] = {}
    for n, tier in enumerate(tiers):
        here = within(at, f"{path}[{n}].max")
        if tier.upper is None:
            if n + 1 < len(tiers):
                raise TiersOutOfOrder(
                    f"Tier {n + 1} has no maximum, so tier {n + 2} is never reached.",
                    places=(here,),
                )
        elif tier.upper <= reached.get(tier.unit, Decimal(0)):
            raise TiersOutOfOrder(
                f"Tier {n + 1} ends at {tier.upper}, no higher than the one before it.",
                places=(here,),
            )
        else:
            reached[tier.unit] = tier.upper
    return tiers


def _nested(tiers: tuple[Tier, ...], path: str, at: Place) -> tuple[Tier, ...]:
    """
    Blocks of kWh inside blocks of hours' use.

    "All consumption up to 200 hours times the billing demand: the first 3,000 kWh at ..., the next
    at ...; from 200 to 400 hours at ..." is written down in two ways: kWh rows and then rows of
    hours, or a free row of hours as a heading, then kWh rows, then rows of hours. In both, the kWh
    rows lie inside the first block of hours.
    """
    units = [tier.unit for tier in tiers if tier.upper is not None]
    if len(set(units)) < 2 or TierUnit.PER_KW not in units:
        return tiers
    first = units.index(TierUnit.PER_KW)
    block = tiers[first].upper
    heading = first == 0
    if heading:
        if tiers[0].price:
            raise UnbillableField(
                "kWh rows follow a row of hours' use that has a price of its own.",
                places=(within(at, f"{path}[0]"),),
            )
        tiers, units = tiers[1:], units[1:]
        first = units.index(TierUnit.PER_KW) if TierUnit.PER_KW in units else len(units)
    inside = tuple(replace(tier, within_hours=block) for tier in tiers[:first])
    if any(unit is not TierUnit.PER_KW for unit in units[first:]):
        raise UnbillableField(
            "Rows of kWh and of hours' use alternate, and the record does not say how they nest.",
            places=(within(at, path),),
        )
    return inside + tiers[first:]


def _tier(row: object, field: str, units: Units, at: Place) -> Tier:
    if not isinstance(row, Mapping):
        raise InvalidTariff("This is not a tier.", places=(within(at, field),))
    if unknown := sorted(tidy(str(key)[:40]) for key in row.keys() - _FIELDS):
        raise UnknownField(
            f"{', '.join(unknown)}: not a field of a tier.",
            places=tuple(within(at, f"{field}.{key}") for key in unknown),
        )
    unit = row.get("unit") or next(iter(units))
    kind, factor = choice(unit, units, "a unit of tiers here", f"{field}.unit", at)
    upper = _optional(row, "max", field, at)
    return Tier(
        # A tier without a rate is free: that is how the database writes it.
        rate=_optional(row, "rate", field, at) or Decimal(0),
        adjustment=_optional(row, "adj", field, at) or Decimal(0),
        sell=_optional(row, "sell", field, at),
        upper=None if upper is None else upper * factor,
        unit=TierUnit.PLAIN if upper is None else kind,
    )


def _optional(row: Mapping[str, object], key: str, field: str, at: Place) -> Decimal | None:
    value = row.get(key)
    return None if value is None else decimal(value, f"{field}.{key}", at)
