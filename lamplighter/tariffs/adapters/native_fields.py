"""Single values of a native tariff document. What is wrong is gathered, and reading goes on."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from lamplighter.tariffs.adapters.texts import LONGEST, is_fit, tidy
from lamplighter.tariffs.domain.refusals import InvalidTariff, Mistakes, UnknownField

T = TypeVar("T")
Key = str | int

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,30})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def path_of(path: str, key: Key) -> str:
    """The place of a key or an index: `components[2].bands.peak[1]`, `bands["on peak"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not _PLAIN_KEY.fullmatch(key):
        return f'{path}["{tidy(key[:40])}"]'
    return f"{path}.{key}" if path else key


def exact(value: object) -> Decimal | None:
    """The number that is written, or None. Floats are not: they are no longer what was written."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    if isinstance(value, Decimal):
        value = f"{value:f}" if value.is_finite() and -31 < value.adjusted() < 12 else ""
    elif isinstance(value, int):
        value = str(value) if abs(value) < 10**12 else ""
    return Decimal(value) if _NUMBER.fullmatch(value) else None


class Fields:
    """
    The fields of an object of the document, or the items of a list, by their index.

    Each method takes one and gives its value. Where that is wrong, the mistake is noted and
    something harmless is given instead: whoever reads checks the mistakes in the end. `done` notes
    what nobody took.
    """

    def __init__(
        self, values: Mapping[Key, Any], path: str, mistakes: Mistakes, *, broken: bool = False
    ) -> None:
        self.path = path
        self.mistakes = mistakes
        self.broken = broken
        self._values = {key: value for key, value in values.items() if value is not None}
        self._taken: set[Key] = set()

    @classmethod
    def of(cls, value: object, path: str, mistakes: Mistakes) -> "Fields":
        """The fields of what should be an object. If it is none, nothing more is said of it."""
        if isinstance(value, Mapping):
            return cls(value, path, mistakes)
        mistakes.add(InvalidTariff, path, "This is not an object.")
        return cls({}, path, mistakes, broken=True)

    def __contains__(self, key: Key) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def wrong(
        self,
        key: Key,
        detail: str,
        *,
        remedy: str = "",
        reason: type[InvalidTariff] = InvalidTariff,
    ) -> None:
        if not self.broken:
            self.mistakes.add(reason, path_of(self.path, key), detail, remedy=remedy)

    def done(self) -> None:
        """Note every field that is not one of those that were asked for."""
        known = [str(key) for key in self._taken]
        for key in sorted(str(key) for key in self._values.keys() - self._taken):
            near = get_close_matches(key, known, n=1)
            remedy = f"Is it {near[0]}?" if near else ""
            self.wrong(
                key, f"{key[:40]!r} is not a field here.", remedy=remedy, reason=UnknownField
            )

    def take(self, key: Key) -> Any:
        """The value as it is; None if it is not there."""
        self._taken.add(key)
        return self._values.get(key)

    def _needed(self, key: Key) -> Any:
        value = self.take(key)
        if value is None:
            self.wrong(key, "This is missing.")
        return value

    def text(self, key: Key, default: str | None = None, *, longest: int = LONGEST) -> str:
        value = self.take(key) if default is not None else self._needed(key)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "This is not a text.")
        elif value != value.strip():
            self.wrong(key, "This begins or ends with a space.")
        elif not is_fit(value, longest=longest):
            self.wrong(key, "This text is too long, or has characters that cannot be printed.")
        else:
            return value
        return ""

    def optional_text(self, key: Key) -> str | None:
        self.take(key)
        return self.text(key) if key in self else None

    def boolean(self, key: Key, *, default: bool) -> bool:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "This is neither true nor false.")
        return default if value is None else bool(value)

    def choice(self, key: Key, choices: Mapping[str, T], default: str | None = None) -> T:
        """What a word stands for."""
        value = self.take(key)
        if value is None and default is not None:
            return choices[default]
        if isinstance(value, str) and value in choices:
            return choices[value]
        what = "This is missing." if value is None else f"{str(value)[:40]!r} is not known here."
        self.wrong(key, what, remedy=f"It may be: {', '.join(choices)}.")
        return next(iter(choices.values()))

    def number(
        self,
        key: Key,
        default: Decimal | None = None,
        *,
        least: Decimal | None = None,
        most: Decimal | None = None,
        more_than: Decimal | None = None,
    ) -> Decimal:
        """An exact decimal, of a JSON number or of a text that is one."""
        value = self.take(key) if default is not None else self._needed(key)
        if value is None:
            return default or Decimal(0)
        number = exact(value)
        if number is None:
            self.wrong(key, f"{str(value)[:40]!r} is not a plain decimal number.")
        elif least is not None and number < least:
            self.wrong(key, f"{number} is less than {least}.")
        elif more_than is not None and number <= more_than:
            self.wrong(key, f"{number} is not more than {more_than}.")
        elif most is not None and number > most:
            self.wrong(key, f"{number} is more than {most}.")
        else:
            return number
        return Decimal(0)

    def optional_number(self, key: Key, **limits: Decimal) -> Decimal | None:
        self.take(key)
        return self.number(key, **limits) if key in self else None

    def whole(self, key: Key, default: int | None = None, *, least: int, most: int) -> int:
        fallback = None if default is None else Decimal(default)
        number = self.number(key, fallback, least=Decimal(least), most=Decimal(most))
        if number != int(number):
            self.wrong(key, f"{number} is not a whole number.")
        return int(number)

    def day(self, key: Key) -> date | None:
        """A date, if there is one."""
        value = self.take(key)
        if value is None:
            return None
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.wrong(key, f"{str(value)[:40]!r} is not a date.", remedy="Write it as 2025-12-31.")
        return None

    def object(self, key: Key) -> "Fields":
        return Fields.of(self.take(key), path_of(self.path, key), self.mistakes)

    def items(self, key: Key) -> "Fields":
        """The items of a list that has some."""
        value = self._needed(key)
        if value is not None and (not isinstance(value, list) or not value):
            self.wrong(key, "This is not a list with something in it.")
            value = None
        return Fields(dict(enumerate(value or ())), path_of(self.path, key), self.mistakes)

    def objects(self, key: Key) -> list["Fields"]:
        items = self.items(key)
        return [items.object(n) for n in items]

    def texts(self, key: Key) -> tuple[str, ...]:
        """A list of texts, each once."""
        items = self.items(key)
        texts = tuple(items.text(n) for n in items)
        if len(set(texts)) < len(texts):
            self.wrong(key, "Something stands in this list twice.")
        return texts
