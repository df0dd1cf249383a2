"""
Secrets of the installation that all its processes share, sealed by a master key; and what is
sealed by one of them.
"""

import secrets
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lamplighter.kernel import Refusal
from lamplighter.platform import master_keys
from lamplighter.platform.models import StoredSecret

_NONCE_BYTES: Final = 12


class SecretMissing(Refusal):
    """A secret that this installation needs is not there."""

    status = 500


@lru_cache(maxsize=64)
def secret(name: str) -> bytes:
    """
    A secret by its name. It is read once in the life of a process.

    :raises SecretMissing: if there is none
    """
    return read(name)


def read(name: str) -> bytes:
    """
    The same from the database, every time.

    :raises SecretMissing: if there is none
    :raises MasterKeyMissing: if it cannot be opened
    """
    row = StoredSecret.objects.filter(name=name).first()
    if row is None:
        raise SecretMissing(f"There is no secret named {name}.", remedy="Run: lamplighter migrate")
    wrapped = master_keys.Wrapped(row.master, bytes(row.sealed))
    return master_keys.unwrap(wrapped, purpose=purpose_of(name))


def names(prefix: str) -> list[str]:
    """What the secrets are called whose names begin like this."""
    found = StoredSecret.objects.filter(name__startswith=prefix).order_by("name")
    return list(found.values_list("name", flat=True))


def keep(name: str, value: bytes) -> None:
    """Keep a secret under a name, unless there is one already: whoever is first decides."""
    wrapped = master_keys.wrap(value, purpose=purpose_of(name))
    fresh = StoredSecret(name=name, master=wrapped.master, sealed=wrapped.sealed)
    StoredSecret.objects.bulk_create([fresh], ignore_conflicts=True)


def destroy(those: list[str]) -> None:
    """
    Destroy secrets, for good. Processes that have read one know it as long as they live: what it
    has signed has to end by itself.
    """
    StoredSecret.objects.filter(name__in=those).delete()


def purpose_of(name: str) -> str:
    """What a secret is sealed for."""
    return f"secret:{name}"


def seal(name: str, plain: bytes, *, place: str) -> bytes:
    """
    Seal something by a secret of 32 bytes.

    :param place: where it is to be, such as `table.column:row`: it cannot be opened elsewhere
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(secret(name)).encrypt(nonce, plain, place.encode())


def unseal(name: str, sealed: bytes, *, place: str) -> bytes:
    """:raises SecretMissing: if it was sealed by another secret, or for another place"""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(secret(name)).decrypt(nonce, rest, place.encode())
    except InvalidTag:
        raise SecretMissing(f"{place} was not sealed by {name} for this place.") from None
