"""
What is known about people, sealed.

Every person (a user, the holder of an account, a household at an address) has a data key of their
own, itself sealed by a master key. A text about them is sealed by AES-256-GCM under that key and
bound to its table, row and column, so that it cannot be moved to where another would read it.
Destroying the data key (`forget`) makes all of it unreadable at once, also in tables that nobody
may change. That the person was forgotten stays known, so that nobody gives them another key.

A model declares a `PersonalText` column; queries open it:

    keys = personal.keyring({row.id for row in rows})
    holder = keys.open(row.holder, column="customers_account.holder", row=row.id)

What is looked up by (e-mail address, phone number, words of a name) has beside it a blind index: a
keyed hash (HMAC-SHA-256) of the normalised text.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from lamplighter.platform import master_keys, stored_secrets
from lamplighter.platform.models import PersonKey

ERASED: Final = "(erased)"
"""What is read of a person who was forgotten."""
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = 1 + 16 + _NONCE_BYTES
_KEY_BYTES: Final = 32
Row = tuple[UUID, str, bytes | memoryview]
"""Of a person's key: who, by which master key, sealed."""


class PersonalText(models.BinaryField):  # type: ignore[type-arg] # it has none at run time
    """A column of sealed text about a person. The row has a UUID to which it is bound."""


class TamperedError(Exception):
    """A sealed text was changed, moved to another place, or is none."""


class NobodysKeyError(LookupError):
    """A text was to be sealed about somebody whose key is not on the ring."""


class Keyring:
    """The data keys of some people. For one use: it does not learn that somebody is forgotten."""

    def __init__(self, keys: Mapping[bytes, AESGCM | None]) -> None:
        """:param keys: by the person's id; None: they were forgotten"""
        self._keys = keys

    def seal(self, text: str, *, person: UUID, column: str, row: UUID) -> bytes:
        """
        Seal a text about a person. Of somebody who was forgotten nothing is kept.

        :param column: `table.column`
        :raises NobodysKeyError: if the person is not on this ring
        """
        whose, nonce = person.bytes, secrets.token_bytes(_NONCE_BYTES)
        if whose not in self._keys:
            raise NobodysKeyError(f"{column} of {row}")
        key, head = self._keys[whose], _VERSION + whose + nonce
        return (
            head if key is None else head + key.encrypt(nonce, text.encode(), _place(column, row))
        )

    def open(self, sealed: bytes | memoryview, *, column: str, row: UUID) -> str:
        """
        Read a text; `ERASED` if its person is forgotten.

        :raises TamperedError: if it is not what was sealed for this place
        """
        whole = bytes(sealed)
        if whole[:1] != _VERSION or len(whole) < _HEAD_BYTES:
            raise TamperedError(f"{column} of {row}")
        key = self._keys.get(whole[1:17])
        if key is None:
            return ERASED
        try:
            return key.decrypt(
                whole[17:_HEAD_BYTES], whole[_HEAD_BYTES:], _place(column, row)
            ).decode()
        except InvalidTag:
            raise TamperedError(f"{column} of {row}") from None


def keyring(people: Collection[UUID]) -> Keyring:
    """Take the keys of these people, as far as they are known, in one statement."""
    return _ring(_rows(set(people)))


def keyring_for(sealed: Iterable[bytes | memoryview]) -> Keyring:
    """Take the keys that these texts need."""
    return keyring({person_of(one) for one in sealed})


def person_of(sealed: bytes | memoryview) -> UUID:
    """Whom a sealed text is about."""
    return UUID(bytes=bytes(sealed[1:17]))


def meet(people: Collection[UUID]) -> Keyring:
    """
    Take the keys of these people; who has none yet, and was not forgotten, gets one.

    In the transaction of what is first written about them.
    """
    wanted = set(people)
    rows = _rows(wanted)
    if missing := wanted - {row[0] for row in rows}:
        # Who meets the same person at the same time: one of the two keys is kept, and both read it.
        PersonKey.objects.bulk_create(
            [_new_key(person) for person in sorted(missing)],
            ignore_conflicts=True,
            batch_size=1000,
        )
        rows += _rows(missing)
    return _ring(rows)


def forget(people: Collection[UUID]) -> None:
    """Make all that is sealed about these people unreadable, for good. In the caller's action."""
    PersonKey.objects.filter(person__in=people).update(master="", sealed=b"")


def are_forgotten(people: Collection[UUID]) -> bool:
    """Whether all of them were."""
    return PersonKey.objects.filter(person__in=people, master="").count() == len(set(people))


def blind_index(kind: str, text: str) -> str:
    """
    The hash, in hexadecimal, by which a text is looked up without being readable.

    :param kind: what the text is, such as `email`: the same text as something else is another hash
    """
    key = stored_secrets.secret("blind-index")
    return hmac.digest(key, f"{kind}\0{text}".encode(), hashlib.sha256).hex()


def blind_numbers(kind: str, texts: Iterable[str]) -> list[int]:
    """
    The same for very many short texts, in 64 bits each: enough to find by, and of use to a column
    that is searched. Two texts in a million million have the same number.
    """
    key, head = stored_secrets.secret("blind-index"), f"{kind}\0"
    digests = (hmac.digest(key, f"{head}{text}".encode(), "sha256") for text in texts)
    return [int.from_bytes(digest[:8], "big", signed=True) for digest in digests]


def _place(column: str, row: UUID) -> bytes:
    return f"{column}\0".encode() + row.bytes


def purpose_of(person: UUID) -> str:
    """What a person's data key is sealed for."""
    return f"person:{person}"


def _rows(people: set[UUID]) -> list[Row]:
    return list(
        PersonKey.objects.filter(person__in=people).values_list("person", "master", "sealed")
    )


def _ring(rows: Iterable[Row]) -> Keyring:
    return Keyring({person.bytes: _key(person, master, sealed) for person, master, sealed in rows})


def _new_key(person: UUID) -> PersonKey:
    wrapped = master_keys.wrap(secrets.token_bytes(_KEY_BYTES), purpose=purpose_of(person))
    return PersonKey(person=person, master=wrapped.master, sealed=wrapped.sealed)


def _key(person: UUID, master: str, sealed: bytes | memoryview) -> AESGCM | None:
    if not master:
        return None
    wrapped = master_keys.Wrapped(master, bytes(sealed))
    return AESGCM(master_keys.unwrap(wrapped, purpose=purpose_of(person)))
