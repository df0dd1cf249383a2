"""
What is known about people, sealed.

Every person (a user, the holder of an account, a household at an address) has a data key of their
own, itself sealed by a master key. A text about them is sealed by AES-256-GCM under that key and
bound to its table, row and column, so that it cannot be moved to where another would read it.
Destroying the data key (`forget`) makes all of it unreadable at once: in tables that nobody may
change, in backups, everywhere.

A model declares a `PersonalText` column; queries open it:

    with_keys = personal.keyring({row.person for row in rows})
    name = with_keys.open(row.name, column="customers_account.holder", row=row.id)

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


class PersonalText(models.BinaryField):  # type: ignore[type-arg] # it has none at run time
    """A column of sealed text about a person. The row has a UUID to which it is bound."""


class TamperedError(Exception):
    """A sealed text was changed, moved to another place, or is none."""


class Keyring:
    """The data keys of some people. For one use: it does not learn that somebody is forgotten."""

    def __init__(self, keys: Mapping[UUID, AESGCM]) -> None:
        self._keys = keys

    def seal(self, text: str, *, person: UUID, column: str, row: UUID) -> bytes:
        """
        Seal a text about a person.

        :param column: `table.column`
        :raises KeyError: if the person's key is not on this ring
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + person.bytes + nonce
        return head + self._keys[person].encrypt(nonce, text.encode(), _place(column, row))

    def open(self, sealed: bytes | memoryview, *, column: str, row: UUID) -> str:
        """
        Read a text; `ERASED` if its person is forgotten.

        :raises TamperedError: if it is not what was sealed for this place
        """
        whole = bytes(sealed)
        if whole[:1] != _VERSION or len(whole) < _HEAD_BYTES:
            raise TamperedError(f"{column} of {row}")
        key = self._keys.get(UUID(bytes=whole[1:17]))
        if key is None:
            return ERASED
        nonce = whole[17:_HEAD_BYTES]
        try:
            return key.decrypt(nonce, whole[_HEAD_BYTES:], _place(column, row)).decode()
        except InvalidTag:
            raise TamperedError(f"{column} of {row}") from None


def keyring(people: Collection[UUID]) -> Keyring:
    """Take the keys of these people, as far as they are known, in one statement."""
    rows = PersonKey.objects.filter(person__in=set(people)).values_list(
        "person", "master", "sealed"
    )
    return Keyring({person: _key(person, master, bytes(sealed)) for person, master, sealed in rows})


def keyring_for(sealed: Iterable[bytes | memoryview]) -> Keyring:
    """Take the keys that these texts need."""
    return keyring({UUID(bytes=bytes(one[1:17])) for one in sealed if len(one) >= _HEAD_BYTES})


def meet(people: Collection[UUID]) -> Keyring:
    """
    Take the keys of these people; who has none yet, and was not forgotten, gets one.

    In the transaction of what is first written about them.
    """
    wanted = set(people)
    known = set(PersonKey.objects.filter(person__in=wanted).values_list("person", flat=True))
    fresh = [_new_key(person) for person in sorted(wanted - known)]
    # Who meets the same person at the same time: one of the two keys is kept, and both read it.
    PersonKey.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return keyring(wanted)


def forget(person: UUID) -> None:
    """Make all that is sealed about a person unreadable, for good."""
    PersonKey.objects.filter(person=person).delete()


def blind_index(kind: str, text: str) -> str:
    """
    The hash, in hexadecimal, by which a text is looked up without being readable.

    :param kind: what the text is, such as `email`: the same text as something else is another hash
    """
    key = stored_secrets.secret("blind-index")
    return hmac.digest(key, f"{kind}\0{text}".encode(), hashlib.sha256).hex()


def _place(column: str, row: UUID) -> bytes:
    return f"{column}\0".encode() + row.bytes


def _purpose(person: UUID) -> str:
    return f"person:{person}"


def _new_key(person: UUID) -> PersonKey:
    wrapped = master_keys.wrap(secrets.token_bytes(_KEY_BYTES), purpose=_purpose(person))
    return PersonKey(person=person, master=wrapped.master, sealed=wrapped.sealed)


def _key(person: UUID, master: str, sealed: bytes) -> AESGCM:
    wrapped = master_keys.Wrapped(master, sealed)
    return AESGCM(master_keys.unwrap(wrapped, purpose=_purpose(person)))
