"""Tiers: bounds in the unit of the quantity, and how much of it falls into each."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from lamplighter.kernel import Refusal
from lamplighter.tariffs.domain.measures import bound_of
from lamplighter.tariffs.domain.pricing.context import part_of
from lamplighter.tariffs.domain.schedule import Tier


class UsageBeyondLastTier(Refusal):
    """The tariff states no price for this much usage: its last tier has a maximum."""


def bounds(
    tiers: Sequence[Tier],
    *,
    months: Fraction = Fraction(1),
    days: int = 1,
    kw: Decimal = Decimal(0),
    prorated: bool = True,
) -> tuple[Decimal | None, ...]:
    """
    The cumulative upper bound of each tier.

    Bounds of different units may stand in one list (first so many kWh, then so many hours' use). A
    bound that comes to less than the one before it leaves its tier empty.
    """
    result: list[Decimal | None] = []
    reached = Decimal(0)
    for tier in tiers:
        if tier.upper is None:
            result.append(None)
            continue
        bound = bound_of(tier, prorated=prorated)
        upper = bound.value
        upper = part_of(upper, months) if bound.months else upper
        upper *= days if bound.days else 1
        upper *= kw if bound.per_kw else 1
        if bound.within_hours is not None:
            upper = min(upper, bound.within_hours * kw)
        reached = max(reached, upper)
        result.append(reached)
    return tuple(result)


def climb(quantity: Decimal, uppers: Sequence[Decimal | None]) -> tuple[Decimal, ...]:
    """
    How much of a quantity falls into each tier.

    :raises UsageBeyondLastTier: if some of it falls into none
    """
    parts = []
    lower = Decimal(0)
    for upper in uppers:
        top = quantity if upper is None else min(quantity, upper)
        parts.append(max(top - lower, Decimal(0)))
        lower = max(lower, top)
    if lower < quantity:
        raise UsageBeyondLastTier(
            f"The last tier ends at {lower.normalize():f} and usage is {quantity.normalize():f}.",
            remedy="Use a tariff that is meant for this much usage.",
        )
    return tuple(parts)
