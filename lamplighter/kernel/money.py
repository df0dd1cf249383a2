"""Money: whole minor units of a currency. Never a float, never a fraction of a cent."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Self

from lamplighter.kernel.refusal import Refusal

# ISO 4217 currencies whose minor unit is not a hundredth (ISO 4217 list one, 2026).
_EXPONENTS: Final = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | {"CLF": 4, "UYW": 4}
)

_CODES: Final = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY
    KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
    RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VES VND VUV WST XAF XCD XOF XPF YER
    ZAR ZMW ZWG
    """.split()
)


class UnknownCurrency(Refusal):
    """This is not a currency code of ISO 4217."""


class CurrencyMismatch(Refusal):
    """Amounts of different currencies cannot be put together."""


@dataclass(frozen=True, slots=True)
class Currency:
    """
    A currency of ISO 4217.

    :raises UnknownCurrency: if the code is not on the list
    """

    code: str

    def __post_init__(self) -> None:
        if self.code not in _CODES:
            raise UnknownCurrency(
                f"{self.code!r} is not a currency.", remedy="Use a code of ISO 4217, such as EUR."
            )

    @property
    def exponent(self) -> int:
        """Number of decimals of the minor unit: EUR 2, JPY 0, KWD 3."""
        return _EXPONENTS.get(self.code, 2)

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units: `Money(1234, Currency("EUR"))` is 12.34 EUR."""

    minor: int
    currency: Currency

    @classmethod
    def rounded(cls, amount: Decimal, currency: Currency, rounding: str = ROUND_HALF_EVEN) -> Self:
        """Round an amount in major units to the minor unit, by one of `decimal`'s modes."""
        unit = Decimal(1).scaleb(-currency.exponent)
        return cls(
            int(amount.quantize(unit, rounding=rounding).scaleb(currency.exponent)), currency
        )

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all decimals of its currency."""
        return Decimal(self.minor).scaleb(-self.currency.exponent)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} have different currencies.")
        return other
