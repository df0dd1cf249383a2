"""Values that every context shares. Pure: no Django, no clock, no I/O, nothing else of ours."""

from lamplighter.kernel.callers import Caller, Grant, Reach
from lamplighter.kernel.event import Event
from lamplighter.kernel.ids import new_id
from lamplighter.kernel.money import Currency, Money
from lamplighter.kernel.period import Period
from lamplighter.kernel.quantity import Quantity
from lamplighter.kernel.refusal import Place, Refusal
from lamplighter.kernel.time_zones import time_zone_named

__all__ = [
    "Caller",
    "Currency",
    "Event",
    "Grant",
    "Money",
    "Period",
    "Place",
    "Quantity",
    "Reach",
    "Refusal",
    "new_id",
    "time_zone_named",
]
