"""Single values of a URDB record, checked before they are believed."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters.texts import LONGEST, is_fit
from lamplighter.tariffs.domain.refusals import InvalidTariff

T = TypeVar("T")
Record = Mapping[str, Any]

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")
_LARGEST: Final = Decimal(10) ** 12
_MOST_DECIMALS: Final = 30
_FIRST_SECOND: Final = datetime(1900, 1, 1, tzinfo=UTC).timestamp()
_LAST_SECOND: Final = datetime(2200, 1, 1, tzinfo=UTC).timestamp()

CURRENCIES: Final = dict(
    pair.split(":")
    for pair in """
    ARE:AED ARG:ARS AUS:AUD AUT:EUR BEL:EUR BGD:BDT BRA:BRL CAN:CAD CHE:CHF CHL:CLP CHN:CNY
    COL:COP CZE:CZK DEU:EUR DNK:DKK EGY:EGP ESP:EUR ETH:ETB FIN:EUR FRA:EUR GBR:GBP GHA:GHS
    GRC:EUR HKG:HKD HUN:HUF IDN:IDR IND:INR IRL:EUR ISR:ILS ITA:EUR JAM:JMD JPN:JPY KEN:KES
    KOR:KRW KWT:KWD LKA:LKR MAR:MAD MEX:MXN MYS:MYR NGA:NGN NLD:EUR NOR:NOK NPL:NPR NZL:NZD
    PAK:PKR PAN:PAB PER:PEN PHL:PHP POL:PLN PRT:EUR ROU:RON RWA:RWF SAU:SAR SEN:XOF SGP:SGD
    SWE:SEK THA:THB TUR:TRY TWN:TWD TZA:TZS UGA:UGX UKR:UAH USA:USD VNM:VND ZAF:ZAR ZMB:ZMW
    """.split()
)
"""ISO 3166 country of a record -> ISO 4217 currency of its rates."""


def within(at: Place, field: str) -> Place:
    return Place(source=at.source, row=at.row, field=field)


def decimal(value: object, field: str, at: Place) -> Decimal:
    """An exact number. Floats are read as they are written: 0.1 is a tenth."""
    written = "" if isinstance(value, list | dict) or _is_huge(value) else str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(written):
        raise InvalidTariff(f"{shown(value)} is not a number.", places=(within(at, field),))
    number = Decimal(written)
    if abs(number) > _LARGEST:
        raise InvalidTariff(f"{written} is too large to be a rate.", places=(within(at, field),))
    if number.normalize().as_tuple().exponent < -_MOST_DECIMALS:  # type: ignore[operator]
        raise InvalidTariff(f"{written} has too many decimals.", places=(within(at, field),))
    return number


def _is_huge(value: object) -> bool:
    # Python refuses to write down integers of thousands of digits.
    return isinstance(value, int) and abs(value) > _LARGEST


def shown(value: object) -> str:
    """A value as a refusal quotes it."""
    if isinstance(value, list | dict):
        return "this"
    return "a huge number" if _is_huge(value) else repr(value if value is None else str(value)[:40])


def number(fields: Record, field: str, at: Place) -> Decimal | None:
    value = fields.get(field)
    return None if value is None else decimal(value, field, at)


def amount(fields: Record, field: str, at: Place) -> Decimal | None:
    """A number that cannot be negative."""
    value = number(fields, field, at)
    if value is not None and value < 0:
        raise InvalidTariff(f"{value} is negative.", places=(within(at, field),))
    return value


def whole(fields: Record, field: str, at: Place, *, most: int) -> int:
    """A whole number up to `most`; 0 where there is none."""
    value = number(fields, field, at) or Decimal(0)
    if not 0 <= value <= most or value != int(value):
        raise InvalidTariff(
            f"{value} is not a whole number from 0 to {most}.", places=(within(at, field),)
        )
    return int(value)


def number_list(fields: Record, field: str, length: int | None, at: Place) -> tuple[Decimal, ...]:
    if field not in fields:
        return ()
    values = listed(fields[field], field, length, at)
    return tuple(decimal(v, f"{field}[{n}]", at) for n, v in enumerate(values))


def boolean_list(fields: Record, field: str, length: int, at: Place) -> tuple[bool, ...]:
    if field not in fields:
        return (True,) * length
    values = listed(fields[field], field, length, at)
    return tuple(boolean(value, f"{field}[{n}]", at) for n, value in enumerate(values))


def boolean(value: object, field: str, at: Place) -> bool:
    """The service writes true, exports write 1 or "True"."""
    if isinstance(value, bool | int | str) and not _is_huge(value):
        written = str(value).lower()
        if written in ("true", "1", "false", "0"):
            return written in ("true", "1")
    raise InvalidTariff(f"{shown(value)} is neither true nor false.", places=(within(at, field),))


def listed(value: object, field: str, length: int | None, at: Place) -> list[Any]:
    """A list of a given length."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        what = "a list" if length is None else f"a list of {length}"
        raise InvalidTariff(f"This is not {what}.", places=(within(at, field),))
    return value


def choice(value: object, choices: Mapping[str, T], what: str, field: str, at: Place) -> T:
    """What a word stands for."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidTariff(
            f"{shown(value)} is not {what}.",
            remedy=f"It may be: {', '.join(choices)}.",
            places=(within(at, field),),
        )
    return choices[value]


def text(fields: Record, field: str, at: Place, *, longest: int = LONGEST) -> str:
    """A text, with each run of white space as one space."""
    value = fields.get(field, "")
    words = " ".join(value.split()) if isinstance(value, str) else ""
    if not isinstance(value, str) or not is_fit(words, longest=longest):
        raise InvalidTariff(f"{shown(value)} is not a text.", places=(within(at, field),))
    return words


def day(fields: Record, field: str, at: Place) -> date | None:
    """The day of a time in seconds of the epoch."""
    seconds = number(fields, field, at)
    if seconds is None:
        return None
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise InvalidTariff(
            f"{seconds} is not a time of these centuries.", places=(within(at, field),)
        )
    return datetime.fromtimestamp(int(seconds), UTC).date()
