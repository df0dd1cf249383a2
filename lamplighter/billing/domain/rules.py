"""The rules that a cycle's bills are made by."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from lamplighter.kernel import Place, Refusal


class BadRules(Refusal):
    """These cannot be the rules of a billing cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a bill is due, when it is held for a person, how far back it may reach."""

    due_days: int = 14
    """From the date of the bill to the day by which it is paid."""
    high: Decimal = Decimal(3)
    """Held above this many times the daily usage of the same period a year ago, or the last one."""
    low: Decimal = Decimal("0.25")
    """Held below this share of it."""
    least_usage: Decimal = Decimal(3)
    """A day, in the unit that is billed: below it, high and low are not looked at."""
    limit_minor: int = 0
    """Held above this amount; 0: whatever the amount."""
    hold_zero: bool = True
    """Held if nothing was used, and something was before."""
    hold_negative: bool = True
    """Held if it pays the customer, unless what was fed in explains it."""
    missing_share: Decimal = Decimal("0.1")
    """Held if more than this share of the readings is missing."""
    estimates_in_a_row: int = 3
    """Held if it would be one estimated bill more than so many, one after the other."""
    back_billing_months: int = 12
    """What was used longer ago is not charged any more. What is owed to the customer always is."""


def rules_of(document: Mapping[str, Any]) -> Rules:
    """
    Read rules from JSON; what is not stated is as `Rules` has it.

    :raises BadRules: naming the field that is unknown or cannot be
    """
    known = {each.name: type(each.default) for each in fields(Rules)}
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name not in known:
            raise _bad(name, f"There is no rule {name!r}.", f"There are {', '.join(known)}.")
        values[name] = _value(name, value, known[name])
    return Rules(**values)


def document_of_rules(rules: Rules) -> dict[str, Any]:
    """Rules as JSON values."""
    values = asdict(rules)
    return {name: str(v) if isinstance(v, Decimal) else v for name, v in values.items()}


def _value(name: str, value: object, kind: type) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise _bad(name, f"{value!r} is neither true nor false.")
        return value
    if kind is int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**15:
            raise _bad(name, f"{value!r} is not a whole number from 0 on.")
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _bad(name, f"{value!r} is not a number.") from None
    if not number.is_finite() or number < 0:
        raise _bad(name, f"{value!r} is not a number from 0 on.")
    return number


def _bad(name: str, detail: str, remedy: str = "") -> BadRules:
    return BadRules(detail, remedy=remedy, places=(Place(field=f"rules.{name}"),))
