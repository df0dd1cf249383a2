"""
The keys that tokens of OAuth are signed with.

Each is a stored secret, sealed by the master key: JSON with its PEM and the time from which it
signs. It is published an hour before, so that whoever keeps the list of keys has it; the one before
is good for an hour more, longer than anything that it has signed.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lamplighter.platform import stored_secrets

PREFIX: Final = "oidc:"
LEAD: Final = timedelta(hours=1)
"""From when a key is published until it signs, and from when it does not sign until it is gone."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and when it is good."""

    pem: str
    signs_from: datetime
    gone_at: datetime | None
    """Exclusive; null: there is no newer one."""


def signing_keys() -> list[SigningKey]:
    """All that were ever made, the oldest first; those that are gone included."""
    told: list[dict[str, Any]] = [
        json.loads(stored_secrets.secret(name)) for name in stored_secrets.names(PREFIX)
    ]
    told.sort(key=lambda one: str(one["signs_from"]))
    starts = [datetime.fromisoformat(one["signs_from"]) for one in told]
    ends: list[datetime | None] = [after + LEAD for _, after in pairwise(starts)]
    ends.append(None)
    return [
        SigningKey(one["pem"], start, end)
        for one, start, end in zip(told, starts, ends, strict=False)
    ]


def public_key(key_id: str, *, at: datetime) -> RSAPublicKey | None:
    """The key that somebody says a token was signed with, if it is still good."""
    for key in signing_keys():
        if (key.gone_at is None or at < key.gone_at) and key_id_of(key.pem) == key_id:
            return private_key(key.pem).public_key()
    return None


@lru_cache(maxsize=16)
def private_key(pem: str) -> RSAPrivateKey:
    """A key, read."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(type(key))
    return key


@lru_cache(maxsize=16)
def key_id_of(pem: str) -> str:
    """What a key is called: its thumbprint (RFC 7638)."""
    from allauth.core.internal.jwkkit import load_jwk_from_pem

    return str(load_jwk_from_pem(pem)[0]["kid"])
