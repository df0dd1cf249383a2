"""What every API says alike: exact numbers as strings, money, cursors, problems."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

from ninja import Schema
from pydantic import BeforeValidator, Field

from lamplighter.kernel import Currency, Money

_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
PAGE_MAX: Final = 200
T = TypeVar("T")


def _digits(value: Any) -> Any:
    # Python's own int() takes 1_000, and digits of any script.
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        msg = "a whole number is written in the digits 0 to 9"
        raise ValueError(msg)
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        msg = "a time is written as 2026-01-31T17:30:00+01:00, its offset included"
        raise ValueError(msg)
    return datetime.fromisoformat(value)


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        msg = "a day is written as 2026-01-31"
        raise ValueError(msg)
    return date.fromisoformat(value)


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        msg = 'a number is written as a string of digits, such as "412.5"'
        raise ValueError(msg)
    return Decimal(value)


DecimalText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["412.5"])]
"""An exact decimal. Never a JSON number: those are floats to most who read them."""

Shown = Annotated[
    str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?$", examples=["12345.6"], max_length=22)
]
"""What dials show."""

Moment = Annotated[datetime, BeforeValidator(_moment), Field(examples=["2026-01-31T17:30:00Z"])]
"""An instant, with its offset from UTC."""

Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-01-31"])]
"""A day of the calendar."""

DecimalIn = Annotated[
    Decimal,
    BeforeValidator(_decimal, json_schema_input_type=str),
    Field(examples=["412.5"]),
]
"""An exact decimal that is sent: a string, for JSON numbers are floats to most."""

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
"""A whole number that is sent."""

# In this order: the other way round the description would not tell of the limits.
Limit = Annotated[int, Field(ge=1, le=PAGE_MAX), BeforeValidator(_digits)]
"""How many there are on a page, at most."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,63}$")]
"""The number of an account or a bill."""

After = Annotated[
    str | None,
    Field(max_length=1000, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before."),
]
"""Where the next page begins: opaque."""

Sort = Annotated[
    str | None,
    Field(
        max_length=200, pattern=r"^[a-z_,-]*$", description="Names, a minus before for downwards."
    ),
]
"""What a list is sorted by."""

Cursor = Annotated[Identifier | None, Field(description="`next` of the page before.")]
"""Where the next page begins."""

Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]
"""One line of text."""

Lines = Annotated[list[Line], Field(min_length=1, max_length=10)]
"""An address."""

Reason = Annotated[Line, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f]")]
"""Why somebody does something, for those who will ask later."""


class In(Schema):
    """What is sent to change something: a field that nobody knows is refused, not passed over."""

    model_config: ClassVar = {"extra": "forbid"}


class MoneyOut(Schema):
    """An exact amount."""

    amount: DecimalText = Field(examples=["12.34"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])

    @classmethod
    def of(cls, money: Money) -> "MoneyOut":
        return cls(amount=str(money.amount), currency=money.currency.code)


def money_of(minor: int, currency: str) -> dict[str, str]:
    """What `MoneyOut` says, without the cost of a schema: for lists."""
    return {"amount": str(Money(minor, _currency(currency)).amount), "currency": currency}


@lru_cache
def _currency(code: str) -> Currency:
    return Currency(code)


class PageOut(Schema, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(
        None, description="Send it as `after` to get the next page; null: there is none."
    )


class ErrorOut(Schema):
    """One place where something is wrong."""

    detail: str
    source: str | None = None
    row: int | None = None
    field: str | None = None
    pointer: str | None = None


class Problem(Schema):
    """Problem details (RFC 9457)."""

    type: str
    code: str = Field(description="Stable: programs go by it.")
    title: str
    status: int
    detail: str | None = None
    remedy: str | None = None
    trace_id: str | None = None
    errors: list[ErrorOut] = Field(default_factory=list)


def refusals(*more: int) -> dict[Any, Any]:
    """The answers by which an operation says no: to strangers, to who may not, and these."""
    return dict.fromkeys((400, 401, 403, *more, 429), Problem)


def reads(told: Any, *more: int) -> dict[Any, Any]:
    """The answers of an operation that reads: this, or that nothing is new; or no."""
    return {200: told, 304: None, **refusals(*more, 422)}


def makes(told: Any, *more: int) -> dict[Any, Any]:
    """The answers of an operation that makes something, once for each idempotency key; or no."""
    return {201: told, **refusals(404, 409, *more, 413, 422)}


def changes(told: Any, *more: int, status: int = 200) -> dict[Any, Any]:
    """The answers of an operation that changes what somebody has read before; or no."""
    return {status: told, **refusals(404, 409, 412, *more, 413, 422, 428)}
