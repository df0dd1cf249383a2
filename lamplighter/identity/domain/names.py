"""What people are called, and may write about themselves."""

import re
import unicodedata
from typing import Final

from lamplighter.kernel import Place, Refusal

NAME_LENGTH_MAX: Final = 200
LINES_MAX: Final = 6
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_TURNS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""What changes the direction of writing: by it a name can look like another text."""


class TextMalformed(Refusal):
    """This is not written as it has to be."""


def clean_line(text: str, *, field: str, length_max: int = NAME_LENGTH_MAX) -> str:
    """
    One line that a person is to read, in its composed form (NFC).

    :raises TextMalformed: if it is empty or too long, or has signs in it that nobody can see
    """
    line = unicodedata.normalize("NFC", text).strip()
    place = (Place(field=field),)
    if not 1 <= len(line) <= length_max:
        raise TextMalformed(f"It has 1 to {length_max} characters.", places=place)
    if any(sign in _TURNS or unicodedata.category(sign) in _UNSEEN for sign in line):
        raise TextMalformed("It has signs in it that cannot be seen.", places=place)
    return line


_UNSEEN: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
"""Control characters, lone surrogates, what is no character, breaks of lines."""


def clean_phone(text: str) -> str:
    """
    A telephone number as E.164 writes it.

    :raises TextMalformed: if it is none
    """
    number = re.sub(r"[ ()./-]", "", text)
    if not _PHONE.fullmatch(number):
        raise TextMalformed(
            "A telephone number is written as +49 151 12345678.", places=(Place(field="phone"),)
        )
    return number


def checked_language(tag: str) -> str:
    """:raises TextMalformed: if it is not the tag of a language, such as `en` or `de-AT`"""
    if not _LANGUAGE.fullmatch(tag):
        raise TextMalformed("A language is en, or de-AT.", places=(Place(field="language"),))
    return tag
