"""
The keys from outside the database. Whoever has a copy of the database alone can read no secret in
it, and nothing about a person.

They are named: what is sealed says by which key, so that a new one can take over while what the
old one has sealed is still read (`lamplighter keys rotate`). The first is the one to seal with.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from lamplighter.kernel import Refusal

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


class MasterKeysMalformed(Refusal):
    """The master keys cannot be used."""


class MasterKeyMissing(Refusal):
    """Something here was sealed by a master key that this installation does not have."""

    status = 500


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key or a secret, sealed by a master key."""

    master: str
    """The name of that key."""
    sealed: bytes


def parse(text: str) -> dict[str, bytes]:
    """
    Read `name:key,name:key`, each key 32 bytes in base64.

    :raises MasterKeysMalformed: without repeating what was given
    """
    keys: dict[str, bytes] = {}
    for number, piece in enumerate(filter(None, (p.strip() for p in text.split(","))), start=1):
        name, _, encoded = piece.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not _NAME.fullmatch(name) or len(key) != KEY_BYTES or name in keys:
            raise MasterKeysMalformed(
                f"Key {number} of them cannot be read.",
                remedy="Write name:key,name:key, the newest first, each key 32 random bytes in "
                "base64: lamplighter keys new",
            )
        keys[name] = key
    return keys


def new(name: str) -> str:
    """Make a key, as `parse` reads it."""
    return f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def kept_in(path: Path) -> str:
    """
    The master keys of an embedded installation, which keeps them in a file of its own, readable by
    its owner alone. It is made at the first time; two at once agree on one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new("1") + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip().replace("\n", ",")


def wrap(secret: bytes, *, purpose: str) -> Wrapped:
    """
    Seal by the newest master key.

    :param purpose: what it is and whose: sealed for one purpose it cannot be opened for another
    """
    name, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return Wrapped(name, nonce + key.encrypt(nonce, secret, purpose.encode()))


def unwrap(wrapped: Wrapped, *, purpose: str) -> bytes:
    """
    :raises MasterKeyMissing: if it was sealed by a key that is not there, or for another purpose
    """
    key = _keys().get(wrapped.master)
    if key is None:
        raise MasterKeyMissing(f"The key named {wrapped.master} is not among the master keys.")
    nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
    try:
        return key.decrypt(nonce, sealed, purpose.encode())
    except InvalidTag:
        raise MasterKeyMissing(
            f"The key named {wrapped.master} is another than the one that has sealed this."
        ) from None


def newest() -> str:
    """The name of the key that is sealed with."""
    return next(iter(_keys()))


def names() -> tuple[str, ...]:
    """The names of the keys that are here, the newest first."""
    return tuple(_keys())


def _keys() -> Mapping[str, AESGCM]:
    return _parsed(settings.LAMPLIGHTER_MASTER_KEYS)


@lru_cache(maxsize=8)
def _parsed(text: str) -> Mapping[str, AESGCM]:
    """Those of the settings, or else those of the file, which is made when it is first needed."""
    keys = parse(text or kept_in(settings.LAMPLIGHTER_HOME / "keys" / "master"))
    return {name: AESGCM(key) for name, key in keys.items()}
