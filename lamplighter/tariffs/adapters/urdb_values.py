"""Single values of a URDB record, checked before they are believed."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from lamplighter.kernel import Place
from lamplighter.tariffs.domain.refusals import InvalidTariff

Record = Mapping[str, Any]

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?")
_LARGEST: Final = Decimal(10) ** 12

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
    written = str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(written):
        raise InvalidTariff(f"{written[:40]!r} is not a number.", places=(within(at, field),))
    number = Decimal(written)
    if abs(number) > _LARGEST:
        raise InvalidTariff(f"{written} is too large to be a rate.", places=(within(at, field),))
    return number


def number(fields: Record, field: str, at: Place) -> Decimal | None:
    value = fields.get(field)
    return None if value is None else decimal(value, field, at)


def number_list(fields: Record, field: str, length: int | None, at: Place) -> tuple[Decimal, ...]:
    if field not in fields:
        return ()
    values = listed(fields[field], field, length, at)
    return tuple(decimal(v, f"{field}[{n}]", at) for n, v in enumerate(values))


def boolean_list(fields: Record, field: str, length: int, at: Place) -> tuple[bool, ...]:
    if field not in fields:
        return (True,) * length
    values = listed(fields[field], field, length, at)
    for n, value in enumerate(values):
        if value not in (True, False, 0, 1):
            raise InvalidTariff(
                f"{value!r} is neither true nor false.", places=(within(at, f"{field}[{n}]"),)
            )
    return tuple(bool(value) for value in values)


def listed(value: object, field: str, length: int | None, at: Place) -> list[Any]:
    """A list of a given length."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        what = "a list" if length is None else f"a list of {length}"
        raise InvalidTariff(f"This is not {what}.", places=(within(at, field),))
    return value


def text(fields: Record, field: str, at: Place) -> str:
    value = fields.get(field, "")
    if not isinstance(value, str):
        raise InvalidTariff(f"{value!r} is not a text.", places=(within(at, field),))
    return value.strip()
