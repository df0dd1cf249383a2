"""An account as it is to be opened, and what it may be."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from lamplighter.kernel import Currency, Place, Refusal

_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class AccountMalformed(Refusal):
    """This cannot be an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account as it is opened."""

    number: str
    holder: str
    """A name, as it stands on letters."""
    postal_address: tuple[str, ...]
    """Lines."""
    currency: str
    opened_on: date
    language: str = "en"
    """A BCP 47 tag."""


def check_new(new: NewAccount, *, source: str | None = None, row: int | None = None) -> None:
    """:raises AccountMalformed: naming the field that cannot be"""
    place = {"source": source, "row": row}
    Currency(new.currency)
    if not _NUMBER.fullmatch(new.number):
        raise malformed("number", "A number is 1 to 32 letters, digits, and . / -.", **place)
    if not 0 < len(new.holder.strip()) <= 200 or not new.holder.isprintable():
        raise malformed("holder", "A name is one line of 1 to 200 characters.", **place)
    address = "\n".join(new.postal_address)
    if not 0 < len(address) <= 500 or not all(line.isprintable() for line in new.postal_address):
        raise malformed("postal_address", "An address is lines of 1 to 500 characters.", **place)
    if not _LANGUAGE.fullmatch(new.language) or len(new.language) > 35:
        raise malformed("language", f"{new.language!r} is not a language tag.", **place)


def malformed(field: str, detail: str, **place: object) -> AccountMalformed:
    """Name the field that cannot be."""
    return AccountMalformed(detail, places=(Place(field=field, **place),))  # type: ignore[arg-type]
