"""Access tokens: JSON Web Tokens that name a session, and are good for minutes."""

import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import jwt
from django.db import transaction

from lamplighter.kernel import new_id
from lamplighter.platform import audit, stored_secrets

ACCESS_LIFETIME: Final = timedelta(minutes=5)
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "lamplighter"
_AUDIENCE: Final = "lamplighter-api"
_KEY_ID: Final = re.compile(r"access-([1-9][0-9]{0,5})")
_CLOCKS_APART: Final = timedelta(seconds=30)
"""Of two servers."""
_KEYS_KEPT: Final = 2
"""The newest, and the one before: what it has signed is good for minutes."""


def access_token(*, user_id: UUID, session_id: UUID, at: datetime) -> str:
    """Make a token by which a session is let in."""
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": str(user_id),
        "sid": str(session_id),
        "jti": str(new_id()),
        "iat": at,
        "exp": at + ACCESS_LIFETIME,
    }
    key_id = _key_ids()[0]
    key = stored_secrets.secret(key_id)
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": key_id})


def session_of(token: str, *, at: datetime) -> UUID | None:
    """Which session a token belongs to, if it is one of ours that is still good."""
    try:
        key_id = str(jwt.get_unverified_header(token).get("kid"))
        if not _KEY_ID.fullmatch(key_id) or not _is_on_ring(key_id, at):
            return None
        claims = jwt.decode(
            token,
            stored_secrets.secret(key_id),
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=_AUDIENCE,
            options={
                "require": ["exp", "iat", "iss", "aud", "sub", "sid"],
                # By `at`, below.
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        return UUID(str(claims["sid"])) if _is_in_time(claims, at) else None
    except (jwt.PyJWTError, ValueError, stored_secrets.SecretMissing):
        return None


@transaction.atomic
def rotate_access_keys(*, by: str, at: datetime) -> str:
    """
    Sign tokens by a new key from now on. Those of the key before stay good for their few minutes;
    older keys are destroyed.

    :return: the name of the new key
    """
    names = _key_ids()
    key_id = f"access-{_number(names[0]) + 1}"
    stored_secrets.keep(key_id, secrets.token_bytes(32))
    stored_secrets.destroy(names[_KEYS_KEPT - 1 :])
    audit.record(
        actor=by,
        action="identity.rotate_access_keys",
        subject=f"secret:{key_id}",
        detail={"destroyed": names[_KEYS_KEPT - 1 :]},
        at=at,
    )
    return key_id


def _is_in_time(claims: dict[str, Any], at: datetime) -> bool:
    issued, expires, now = claims["iat"], claims["exp"], at.timestamp()
    if type(issued) is not int or type(expires) is not int:
        return False
    longest = int(ACCESS_LIFETIME.total_seconds())
    return issued - _CLOCKS_APART.total_seconds() <= now < expires <= issued + longest


def _is_on_ring(key_id: str, at: datetime) -> bool:
    """A key that was destroyed is known to this process for a minute at most."""
    return key_id in _ring(int(at.timestamp()) // 60) or key_id in _key_ids()


@lru_cache(maxsize=2)
def _ring(minute: int) -> frozenset[str]:  # noqa: ARG001 - read anew in each
    return frozenset(_key_ids())


def _key_ids() -> list[str]:
    """The newest first."""
    names = stored_secrets.names("access-")
    return sorted(filter(_KEY_ID.fullmatch, names), key=_number, reverse=True)


def _number(key_id: str) -> int:
    return int(key_id.rpartition("-")[2])
