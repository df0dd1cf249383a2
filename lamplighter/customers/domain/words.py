"""
The words that an account or a place is found by.

Spelt as nobody types them: compatibility forms resolved, case folded, accents taken off, so that
`Müller`, `MULLER` and `ｍuller` are one. A word is letters and digits of any script.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

PREFIX_MIN: Final = 3
"""A name is also found by its beginning, if that has so many letters."""
WORD_MAX: Final = 40
"""What is longer is cut."""


def words_of(text: str) -> tuple[str, ...]:
    """The different words of a text."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = [c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)]
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in bare)
    return tuple(dict.fromkeys(word[:WORD_MAX] for word in spaced.split()))


def found_by(*, name: str = "", addresses: Iterable[str] = ()) -> frozenset[str]:
    """All that leads to a name and addresses: beginnings of the name's words, and whole words."""
    named = words_of(name)
    beginnings = {word[:end] for word in named for end in range(PREFIX_MIN, len(word))}
    whole = {word for address in addresses for word in words_of(address)}
    return frozenset({*named, *beginnings, *whole})
