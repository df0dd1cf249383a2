"""Access tokens: JSON Web Tokens that name a session, and are good for minutes."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import jwt

from lamplighter.kernel import new_id
from lamplighter.platform import stored_secrets

ACCESS_LIFETIME: Final = timedelta(minutes=5)
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "lamplighter"
_AUDIENCE: Final = "lamplighter-api"
_KEY_ID: Final = "access-1"


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
    key = stored_secrets.secret(_KEY_ID)
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": _KEY_ID})


def session_of(token: str) -> UUID | None:
    """Which session a token belongs to, if it is one of ours that is still good."""
    try:
        if jwt.get_unverified_header(token).get("kid") != _KEY_ID:
            return None
        claims = jwt.decode(
            token,
            stored_secrets.secret(_KEY_ID),
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=_AUDIENCE,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "sid"]},
        )
        return UUID(str(claims["sid"]))
    except (jwt.PyJWTError, ValueError):
        return None
