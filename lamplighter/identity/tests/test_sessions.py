from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lamplighter.identity.actions.refreshing import RefreshTokenInvalid, refresh
from lamplighter.identity.models import RefreshToken, Session
from lamplighter.identity.tests.people import EMAIL, App, add_mary, mary, refused
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db


def refreshed(app: App) -> App:
    """The same app with the tokens that came for its refresh token."""
    answer = App().post("/token/refresh", {"refresh_token": app.tokens["refresh_token"]})
    assert answer.status_code == 200, answer.text
    return App(tokens=answer.json())


def test_a_refresh_token_gets_new_tokens_once() -> None:
    app = mary()
    later = refreshed(app)
    assert later.is_in()
    assert later.tokens["refresh_token"] != app.tokens["refresh_token"]
    assert refreshed(later).is_in()
    assert Session.objects.count() == 1


def test_a_refresh_token_that_is_used_twice_ends_the_session() -> None:
    app = mary()
    later = refreshed(app)
    used = {"refresh_token": app.tokens["refresh_token"]}
    refused(App().post("/token/refresh", used), 401, "RefreshTokenInvalid")
    assert not later.is_in()
    newest = {"refresh_token": later.tokens["refresh_token"]}
    refused(App().post("/token/refresh", newest), 401, "RefreshTokenInvalid")
    assert Session.objects.get().end_reason == "refresh_reused"
    assert AuditLine.objects.filter(action="identity.refresh_token_reused").count() == 1
    assert OutboxEvent.objects.filter(name="identity.RefreshTokenReused").count() == 1


@pytest.mark.parametrize("token", ["x", "é", "x" * 200])
def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    answer = App().post("/token/refresh", {"refresh_token": token})
    refused(answer, 401, "RefreshTokenInvalid")


def test_refresh_tokens_expire_and_never_outlive_their_session() -> None:
    app = mary()
    now = datetime.now(UTC)
    token = app.tokens["refresh_token"]
    with pytest.raises(RefreshTokenInvalid):
        refresh(token=token, at=now + timedelta(days=14))
    for day in (13, 26):
        token = refresh(token=token, at=now + timedelta(days=day)).refresh
    assert RefreshToken.objects.latest("id").expires_at == Session.objects.get().expires_at
    with pytest.raises(RefreshTokenInvalid):
        refresh(token=token, at=now + timedelta(days=30, minutes=1))


def test_refresh_tokens_are_not_kept() -> None:
    app = mary()
    assert RefreshToken.objects.get().hash != app.tokens["refresh_token"]


def test_logging_out_ends_access_and_refresh_at_once() -> None:
    app = mary()
    assert app.post("/logout").status_code == 204
    refused(app.get("/sessions"), 401, "TokenInvalid")
    used = {"refresh_token": app.tokens["refresh_token"]}
    refused(App().post("/token/refresh", used), 401, "RefreshTokenInvalid")


def test_somebody_sees_where_they_are_logged_in_and_nobody_else() -> None:
    app = mary()
    other = App()
    other.client.defaults["HTTP_USER_AGENT"] = "Another app"
    other.log_in()
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    told = app.get("/sessions").json()
    assert sorted((one["device"], one["is_this"]) for one in told) == [
        ("Another app", False),
        ("Lamp app", True),
    ]
    assert len(eve.get("/sessions").json()) == 1
    assert all(bytes(row.device).find(b"app") < 0 for row in Session.objects.all())


def test_somebody_logs_out_somewhere_else() -> None:
    app, other = mary(), App()
    other.log_in()
    (there,) = [one["id"] for one in app.get("/sessions").json() if not one["is_this"]]
    assert app.delete(f"/sessions/{there}").status_code == 204
    assert (app.is_in(), other.is_in()) == (True, False)
    refused(app.delete(f"/sessions/{there}"), 404, "SessionNotFound")


def test_anothers_session_is_not_found() -> None:
    app = mary()
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    (theirs,) = [one["id"] for one in app.get("/sessions").json()]
    for named in (theirs, uuid4()):
        refused(eve.delete(f"/sessions/{named}"), 404, "SessionNotFound")
    assert app.is_in()


def test_somebody_logs_out_everywhere_but_here() -> None:
    app, others = mary(), [App(), App()]
    for other in others:
        other.log_in(EMAIL)
    assert app.delete("/sessions").status_code == 204
    assert [one.is_in() for one in (app, *others)] == [True, False, False]


def test_a_session_is_seen_every_five_minutes_and_not_at_each_request() -> None:
    app = mary()
    before = Session.objects.get().seen_at
    assert app.is_in()
    assert Session.objects.get().seen_at == before
    Session.objects.update(seen_at=before - timedelta(minutes=6))
    assert app.is_in()
    assert Session.objects.get().seen_at > before
