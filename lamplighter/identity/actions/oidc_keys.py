"""Keys that tokens of OAuth are signed with, are made."""

import json
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction

from lamplighter.identity.queries.oidc_keys import LEAD, PREFIX, key_id_of
from lamplighter.kernel import new_id
from lamplighter.platform import audit, stored_secrets

_BITS: Final = 2048
_EXPONENT: Final = 65537


@transaction.atomic
def rotate_oidc_key(*, by: str, at: datetime) -> str:
    """
    Make a new key to sign with. It is published at once and signs in an hour; what the one before
    has signed is good for as long as it says. Returns the new one's id.
    """
    pem = new_pem()
    keep_key(pem, signs_from=at + LEAD)
    key_id = key_id_of(pem)
    audit.record(
        actor=by,
        action="identity.rotate_oidc_key",
        subject=f"oidc_key:{key_id}",
        detail={"signs_from": (at + LEAD).isoformat()},
        at=at,
    )
    return key_id


def new_pem() -> str:
    """Make a private key."""
    key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def keep_key(pem: str, *, signs_from: datetime) -> None:
    """Keep a key, sealed."""
    told = {"pem": pem, "signs_from": signs_from.astimezone(UTC).isoformat()}
    stored_secrets.keep(f"{PREFIX}{new_id()}", json.dumps(told).encode())
