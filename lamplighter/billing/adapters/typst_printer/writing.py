"""How numbers, money, dates and fixed words are written in a language."""

import json
import re
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import NumberPattern, format_currency, format_percent

from lamplighter.kernel import Money

_WORDS: Final = Path(__file__).parent / "words"
_ZEROES: Final = {"arab": 0x0660, "arabext": 0x06F0, "deva": 0x0966, "beng": 0x09E6}
"""Where the ten digits of a numbering system begin in Unicode."""
_ENDLESS: Final = re.compile(r"\S{30}(?=\S{15})")
_RATE_DECIMALS: Final = (2, 8)


class Writing:
    """A language, as Unicode's CLDR knows it; where we have no words for it, English."""

    def __init__(self, tag: str) -> None:
        """:param tag: BCP 47; one that nobody knows is taken for English"""
        self.locale = _locale(tag)
        words = _WORDS / f"{self.locale.language}.json"
        if not words.exists():
            self.locale, words = Locale("en"), _WORDS / "en.json"
        self._words: dict[str, Any] = json.loads(words.read_text(encoding="utf-8"))
        self._plain = self.locale.decimal_formats[None]
        self._rate = _with_decimals(self._plain, _RATE_DECIMALS)
        system = self.locale.default_numbering_system
        zero = _ZEROES.get(system, ord("0"))
        self._digits = {ord("0") + n: chr(zero + n) for n in range(10)}
        self.numbering = "1" if system not in _ZEROES else chr(zero + 1)

    @property
    def is_right_to_left(self) -> bool:
        return bool(self.locale.text_direction == "rtl")

    def word(self, name: str, /, **told: str) -> str:
        """A fixed text: `word("page")`, or `word("titles.final")` where there are several."""
        text: Any = self._words
        for part in name.split("."):
            text = text[part]
        return text.format(**told) if told else str(text)

    def word_if_any(self, name: str, of: str, otherwise: str) -> str:
        """One of several texts, or something else where it is not among them."""
        return str(self._words[name].get(of, otherwise))

    def money(self, amount: Money) -> str:
        text = format_currency(
            amount.amount, amount.currency.code, locale=self.locale, numbering_system="default"
        )
        return self._finished(text)

    def amount(self, amount: Money) -> str:
        """Without the currency, for columns."""
        return self._number(amount.amount, (amount.currency.exponent,) * 2)

    def symbol(self, amount: Money) -> str:
        return str(self.locale.currency_symbols.get(amount.currency.code, amount.currency.code))

    def rate(self, rate: Decimal) -> str:
        return self._written(rate, self._rate)

    def quantity(self, quantity: Decimal, unit: str) -> str:
        """With up to three decimals, and only as many as are of interest."""
        most = 3 if abs(quantity) < 100 else 2 if abs(quantity) < 10_000 else 0
        number = self._number(quantity, (0, most))
        if forms := self._words["counted"].get(unit):
            text: str = forms.get(self.locale.plural_form(quantity), forms["other"])
            return text.format(count=number)
        return f"{number}\u00a0{unit}".rstrip("\u00a0")

    def rounded(self, quantity: Decimal) -> str:
        """In three figures or whole, for pictures."""
        most = 2 if abs(quantity) < 1 else 1 if abs(quantity) < 10 else 0
        return self._number(quantity, (0, most))

    def share(self, share: Decimal, *, decimals: int = 0) -> str:
        pattern = "#,##0." + "#" * decimals if decimals else "#,##0"
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", pattern)
        text = format_percent(share, pattern, locale=self.locale, numbering_system="default")
        return self._finished(text)

    @lru_cache(maxsize=4096)  # noqa: B019 - there are as many writings as languages
    def day(self, day: date) -> str:
        return self._in_digits(format_date(day, "long", locale=self.locale))

    @lru_cache(maxsize=4096)  # noqa: B019
    def month(self, day: date) -> str:
        return self._in_digits(format_skeleton("MMM", day, locale=self.locale))

    @lru_cache(maxsize=4096)  # noqa: B019
    def month_of_year(self, day: date) -> str:
        return self._in_digits(format_skeleton("yMMM", day, locale=self.locale))

    @lru_cache(maxsize=4096)  # noqa: B019
    def period(self, first_day: date, after_last: date) -> str:
        """:param after_last: the day after, which people do not count in"""
        last = after_last - timedelta(days=1)
        return self._in_digits(format_interval(first_day, last, "yMMMd", locale=self.locale))

    def days(self, count: int) -> str:
        return self.quantity(Decimal(count), "day")

    def apart(self, text: str) -> str:
        """Text from elsewhere, in its own direction: a telephone number is not turned around."""
        return f"\u2068{text}\u2069" if self.is_right_to_left and text else text

    def breakable(self, text: str) -> str:
        """Text from elsewhere, whose endless words may go on in the next line."""
        return _ENDLESS.sub("\\g<0>\u200b", text)

    def year(self, day: date) -> str:
        return self._in_digits(str(day.year))

    def _number(self, number: Decimal, decimals: tuple[int, int]) -> str:
        return self._written(number, _with_decimals(self._plain, decimals))

    def _written(self, number: Decimal, pattern: NumberPattern) -> str:
        return self._finished(pattern.apply(number, self.locale, numbering_system="default"))

    def _finished(self, text: str) -> str:
        # A minus sign is as wide as a digit; a hyphen is not.
        return self._in_digits(text.replace("-", "\u2212"))

    def _in_digits(self, text: str) -> str:
        """Babel knows the separators of a numbering system, and not its digits."""
        return text.translate(self._digits)


@lru_cache(maxsize=64)
def writing_in(tag: str) -> Writing:
    return Writing(tag)


@lru_cache(maxsize=512)
def _with_decimals(pattern: NumberPattern, decimals: tuple[int, int]) -> NumberPattern:
    pattern = copy(pattern)
    pattern.frac_prec = decimals
    return pattern


def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")
