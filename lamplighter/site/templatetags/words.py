"""How pages write money, days, quantities and the words of billing."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template

from lamplighter.billing.domain.documents import plain_number
from lamplighter.kernel import Currency, Money
from lamplighter.site.static_files import addresses

register = template.Library()

MINUS: Final = "−"
_WORDS: Final = {
    "off-cycle": "Off-cycle bill",
    "regular": "Bill",
    "final": "Final bill",
    "cancellation": "Cancellation",
    "rebill": "Corrected bill",
    "adjustment": "Adjustment",
    "intervals": "Interval readings",
    "registers": "Register readings",
    "nothing": "No readings",
    "import": "from the network",
    "export": "into the network",
}


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file of `site/static`."""
    return addresses()[name]


@register.filter
def money(value: Money) -> str:
    """`1,234.50 EUR`."""
    sign = MINUS if value.minor < 0 else ""
    return f"{sign}{abs(value.amount):,} {value.currency}"


@register.filter
def minor(value: int, currency: Currency) -> str:
    """Minor units as `1,234.50`: the currency stands at the head of the table."""
    amount = Money(value, currency).amount
    return f"{MINUS if value < 0 else ''}{abs(amount):,}"


@register.filter
def signed(value: int, currency: Currency) -> str:
    """Minor units as a difference: `+12.50`."""
    return f"+{minor(value, currency)}" if value > 0 else minor(value, currency)


@register.filter
def number(value: Decimal) -> str:
    """A quantity or a rate as it is: `1,234.5`."""
    whole, _, fraction = plain_number(abs(value)).partition(".")
    grouped = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{MINUS if value < 0 else ''}{grouped}"


@register.filter
def day(value: date) -> str:
    """`2 January 2026`."""
    return f"{value.day} {value:%B %Y}"


@register.filter
def last_day(after_last: date) -> str:
    """The last day of a span that is told by the day after it."""
    return day(after_last - timedelta(days=1))


@register.filter
def short_day(value: date) -> str:
    """`2 Jan 2026`, for tables."""
    return f"{value.day} {value:%b %Y}"


@register.filter
def days(span: Any) -> str:
    """What has a `first_day` and an `after_last`, as a person writes it: `September 2026`."""
    first, after_last = span.first_day, span.after_last
    last = after_last - timedelta(days=1)
    if (first.year, first.month) == (last.year, last.month):
        whole = first.day == after_last.day == 1
        return f"{first:%B %Y}" if whole else f"{first.day} – {last.day} {first:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {short_day(last)}"
    return f"{short_day(first)} – {short_day(last)}"


@register.simple_tag
def moment(value: datetime, time_zone: str = "UTC") -> str:
    """`2 January 2026, 17:30`, by the clocks of a place."""
    local = value.astimezone(ZoneInfo(time_zone))
    return f"{day(local.date())}, {local:%H:%M}"


@register.filter
def word(value: str) -> str:
    """A word of billing's own as a person would say it."""
    return _WORDS.get(value, value.replace("-", " ").replace("_", " ").capitalize())
