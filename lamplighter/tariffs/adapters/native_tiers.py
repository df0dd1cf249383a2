"""The rates of a component of a native tariff document: one rate, tiers, or tiers by band."""

from collections.abc import Sequence
from decimal import Decimal

from lamplighter.tariffs.adapters.native_fields import Fields, path_of
from lamplighter.tariffs.adapters.native_words import TIER_UNITS
from lamplighter.tariffs.domain.clock import Clock
from lamplighter.tariffs.domain.refusals import (
    HourWithoutBand,
    TiersOutOfOrder,
    UnknownName,
)
from lamplighter.tariffs.domain.schedule import Tier, TierUnit

Tiers = tuple[Tier, ...]


def read_rates(fields: Fields, clock: Clock | None, *, energy: bool) -> tuple[Tiers, ...]:
    """The tiers of each band of the clock. Without one they cannot be read, nor be wrong."""
    if clock is None:
        for key in ("rate", "tiers", "bands"):
            fields.take(key)
        return ()
    stated = [key for key in ("rate", "tiers", "bands") if key in fields]
    if len(stated) != 1:
        what = " and ".join(stated) or "no rate"
        fields.wrong(
            stated[-1] if stated else "rate",
            f"It has {what}.",
            remedy="State one of rate, tiers and bands.",
        )
    tiers: tuple[Tiers, ...] = ()
    if "rate" in fields:
        tiers = ((Tier(rate=fields.number("rate")),),)
    if "tiers" in fields:
        tiers = (_tiers(fields, "tiers", energy=energy),)
    if "bands" in fields:
        return _bands(fields.object("bands"), clock, energy=energy)
    if len(clock.bands) > 1 and stated:
        fields.wrong(
            stated[0],
            "Its clock has several bands.",
            remedy=f"State bands: {', '.join(clock.bands)}.",
        )
    return tiers


def _bands(fields: Fields, clock: Clock, *, energy: bool) -> tuple[Tiers, ...]:
    for name in map(str, fields):
        if name not in clock.bands:
            detail = f"The clock has no band {name[:40]!r}."
            remedy = f"They are: {', '.join(clock.bands)}."
            fields.wrong(name, detail, remedy=remedy, reason=UnknownName)
    result: list[Tiers] = []
    for name in clock.bands:
        if name not in fields:
            detail = f"The band {name} has no rate."
            fields.mistakes.add(HourWithoutBand, fields.path, detail)
        elif isinstance(fields.take(name), list):
            result.append(_tiers(fields, name, energy=energy))
        else:
            result.append((Tier(rate=fields.number(name)),))
    return tuple(result)


def _tiers(fields: Fields, key: str, *, energy: bool) -> Tiers:
    parts = fields.objects(key)
    before = len(fields.mistakes)
    tiers = tuple(_tier(part, energy=energy) for part in parts)
    if len(fields.mistakes) == before:
        _check_order(fields, path_of(fields.path, key), tiers)
    return tiers


def _tier(fields: Fields, *, energy: bool) -> Tier:
    zero = Decimal(0)
    tier = Tier(
        rate=fields.number("rate"),
        upper=fields.optional_number("upTo", more_than=zero),
        adjustment=fields.number("adjustment", zero),
    )
    if energy:
        tier = Tier(
            rate=tier.rate,
            upper=tier.upper,
            adjustment=tier.adjustment,
            unit=fields.choice("per", {word: unit for unit, word in TIER_UNITS.items()}, "month"),
            within_hours=fields.optional_number("withinHours", more_than=zero),
            sell=fields.optional_number("sell"),
        )
    if tier.upper is None:
        for key in ("per", "withinHours"):
            if key in fields:
                fields.wrong(key, "It belongs to upTo, which this tier does not have.")
    fields.done()
    return tier


def _check_order(fields: Fields, path: str, tiers: Sequence[Tier]) -> None:
    reached: dict[TierUnit, Decimal] = {}
    for n, tier in enumerate(tiers):
        here = f"{path_of(path, n)}.upTo"
        if tier.upper is None:
            if n + 1 < len(tiers):
                detail = f"Tier {n + 1} has no upper bound, so tier {n + 2} is never reached."
                fields.mistakes.add(TiersOutOfOrder, here, detail)
        elif tier.upper <= reached.get(tier.unit, Decimal(0)):
            detail = f"Tier {n + 1} ends at {tier.upper}, no higher than the one before it."
            fields.mistakes.add(TiersOutOfOrder, here, detail)
        else:
            reached[tier.unit] = tier.upper
