from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from lamplighter.identity.actions.tokens import (
    ACCESS_LIFETIME,
    access_token,
    rotate_access_keys,
    session_of,
)
from lamplighter.identity.tests.people import App, add_mary, mary, refused
from lamplighter.kernel import new_id
from lamplighter.platform import stored_secrets
from lamplighter.platform.models import AuditLine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keys_are_read_anew")]

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def token(at: datetime = NOW) -> tuple[str, UUID]:
    session_id = new_id()
    return access_token(user_id=new_id(), session_id=session_id, at=at), session_id


def signed(*, key: bytes | str | None = None, kid: Any = "access-1", alg: str = "HS256",
           without: str = "", **changed: Any) -> str:  # fmt: skip
    """A token such as ours, but for something."""
    claims = {
        "iss": "lamplighter", "aud": "lamplighter-api", "sub": str(new_id()),
        "sid": str(new_id()), "jti": "1", "iat": NOW, "exp": NOW + ACCESS_LIFETIME,
    } | changed  # fmt: skip
    claims.pop(without, None)
    secret = stored_secrets.secret("access-1") if key is None else key
    return jwt.encode(claims, secret, algorithm=alg, headers={"kid": kid} if kid else {})


def test_a_token_is_good_for_its_minutes() -> None:
    text, session_id = token()
    for later, good in ((timedelta(), True), (ACCESS_LIFETIME - timedelta(seconds=1), True),
                        (ACCESS_LIFETIME, False), (timedelta(days=1), False),
                        (timedelta(minutes=-1), False)):  # fmt: skip
        assert session_of(text, at=NOW + later) == (session_id if good else None)


def test_what_is_signed_in_the_test_is_such_as_ours() -> None:
    assert session_of(signed(), at=NOW) is not None


@pytest.mark.parametrize(
    "forged",
    [
        lambda: signed(key="", alg="none"),
        lambda: signed(key=b"x" * 32),
        lambda: signed(alg="HS512", key=stored_secrets.secret("access-1") * 2),
        lambda: signed(kid="access-2"),
        lambda: signed(kid="blind-index"),
        lambda: signed(kid="blind-index", key=stored_secrets.secret("blind-index")),
        lambda: signed(kid=None),
        lambda: signed(kid="../access-1"),
        lambda: signed(aud="another-api"),
        lambda: signed(aud=["lamplighter"]),
        lambda: signed(iss="somebody"),
        lambda: signed(exp=NOW - timedelta(seconds=1)),
        lambda: signed(exp=NOW + timedelta(days=365)),
        lambda: signed(iat=NOW + timedelta(hours=1), exp=NOW + timedelta(hours=1, minutes=5)),
        lambda: signed(sid="not an id"),
        lambda: signed(sid=7),
        *(lambda name=name: signed(without=name) for name in ("exp", "iat", "iss", "aud", "sid")),
        lambda: "..",
        lambda: "x",
    ],
)
def test_a_token_that_is_not_ours_is_nobodys(forged: Callable[[], str]) -> None:
    assert session_of(forged(), at=NOW) is None


def test_a_token_of_a_session_that_never_was_opens_nothing() -> None:
    add_mary()
    at = datetime.now(UTC)
    text = signed(iat=at, exp=at + ACCESS_LIFETIME)
    assert session_of(text, at=at) is not None
    answer = App().get("/sessions", authorization=f"Bearer {text}")
    refused(answer, 401, "TokenInvalid")


def test_after_a_rotation_the_tokens_before_are_good_for_their_minutes() -> None:
    old, session_id = token()
    assert rotate_access_keys(by="test", at=NOW) == "access-2"
    new, _ = token()
    assert jwt.get_unverified_header(new)["kid"] == "access-2"
    assert session_of(old, at=NOW) == session_id
    assert session_of(new, at=NOW) is not None
    assert rotate_access_keys(by="test", at=NOW) == "access-3"
    assert stored_secrets.names("access-") == ["access-2", "access-3"]
    # Its key is destroyed; this process has forgotten it a minute later.
    fresh = token(NOW + timedelta(minutes=1))[0]
    later = NOW + timedelta(minutes=1)
    assert session_of(old, at=later) is None
    assert session_of(fresh, at=later) is not None
    assert AuditLine.objects.filter(action="identity.rotate_access_keys").count() == 2


def test_who_is_logged_in_stays_so_over_a_rotation() -> None:
    app = mary()
    rotate_access_keys(by="test", at=datetime.now(UTC))
    assert app.is_in()
