"""Who comes in, and who does not."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from lamplighter.identity.actions import (
    AccountLocked,
    InvalidCredentials,
    add_member,
    prove_identity,
)
from lamplighter.identity.domain.passwords import FAILURES_MAX, FAILURES_WINDOW
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import Membership, User
from tests.web.conftest import EMAIL, PASSWORD

pytestmark = pytest.mark.django_db

OPEN = {"health/live", "health/ready", "login", "login/code", "logout"}
OF_THE_API = {"authenticate", "hello"}
"""They let in by themselves, operation by operation."""
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def filled_in(route: str) -> str:
    """An address that the route matches."""
    return "/" + re.sub(r"<(\w+):\w+>", lambda m: str(uuid4()) if m[1] == "uuid" else "A-1", route)


ROUTES = sorted(set(addresses(get_resolver())))
PAGES = {route for route in ROUTES if not route.startswith("api/")} - OPEN - OF_THE_API


def test_there_are_addresses_to_look_at() -> None:
    assert len(ROUTES) > 15
    assert set(ROUTES) > OPEN
    assert all("<" not in filled_in(route) for route in ROUTES)


@pytest.mark.parametrize("route", sorted(PAGES))
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_a_stranger_is_refused_every_page(stranger: Client, route: str, method: str) -> None:
    answer = getattr(stranger, method)(filled_in(route))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("route", sorted(PAGES))
def test_who_was_disabled_is_a_stranger(desk: Client, staff: UUID, route: str) -> None:
    User.objects.filter(id=staff).update(is_active=False)
    assert desk.get(filled_in(route)).status_code == 302


@pytest.mark.parametrize("route", sorted(PAGES))
def test_who_has_no_role_any_more_sees_nothing_of_others(
    desk: Client, staff: UUID, route: str
) -> None:
    Membership.objects.filter(user=staff).update(until=NOW)
    answer = desk.get(filled_in(route))
    assert answer.status_code in (403, 404) or (route == "" and "A-1" not in answer.text)


def test_a_page_that_says_nothing_is_open_to_nobody(desk: Client, staff: UUID) -> None:
    for marked in PAGES:
        view = resolve(filled_in(marked)).func
        assert isinstance(getattr(view, "needs", None), Action), marked


def log_in(browser: Client, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post("/login", {"email": email, "password": password, **more})


def test_logging_in_begins_a_session_under_a_new_name(stranger: Client, staff: UUID) -> None:
    stranger.get("/login")
    session = stranger.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    assert log_in(stranger, email="MARY@utility.example").status_code == 302
    cookie = stranger.cookies["lamplighter_session"]
    assert cookie.value != before
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert stranger.get("/").status_code == 200


def test_logging_out_ends_the_session(desk: Client) -> None:
    key = desk.cookies["lamplighter_session"].value
    assert desk.get("/logout").status_code == 405
    assert desk.post("/logout").headers["Location"] == "/login"
    desk.cookies["lamplighter_session"] = key
    assert desk.get("/").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/accounts/A-1?after=B-2", "/accounts/A-1?after=B-2"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("accounts", "/"),
    ],
)
def test_one_is_led_back_to_where_one_was_if_that_is_here(
    stranger: Client, staff: UUID, wanted: str, led_to: str
) -> None:
    assert log_in(stranger, next=wanted).headers["Location"] == led_to


def test_unknown_and_wrong_and_disabled_are_answered_alike(stranger: Client, staff: UUID) -> None:
    gone = add_member(email="gone@x.example", password=PASSWORD, roles=(), by="test", at=NOW)
    User.objects.filter(id=gone).update(is_active=False)
    answers = [
        log_in(stranger, password="another one"),
        log_in(stranger, email="nobody@x.example"),
        log_in(stranger, email="gone@x.example"),
        log_in(stranger, password="x" * 1024),
    ]
    told = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {401}
    assert len(told) == 1
    assert "do not go together" in told.pop()


@pytest.mark.parametrize(
    "sent", [{}, {"email": EMAIL}, {"password": PASSWORD}, {"email": "x" * 300, "password": "y"},
             {"email": EMAIL, "password": "y" * 2000}, {"email": "\0", "password": PASSWORD}],
)  # fmt: skip
def test_a_form_that_is_not_filled_in_logs_nobody_in(
    stranger: Client, staff: UUID, sent: dict[str, str]
) -> None:
    answer = stranger.post("/login", sent)
    assert answer.status_code in (200, 401, 422)
    assert stranger.get("/").status_code == 302


def test_ten_failures_lock_an_address_out_from_there_for_a_while(staff: UUID) -> None:
    def attempt(minute: float, password: str = "wrong", *, address: str = "192.0.2.1") -> UUID:
        at = NOW + timedelta(minutes=minute)
        return prove_identity(email=EMAIL, password=password, address=address, at=at)

    for n in range(FAILURES_MAX):
        with pytest.raises(InvalidCredentials):
            attempt(n)
    with pytest.raises(AccountLocked) as no:
        attempt(10, PASSWORD)
    # The first failure is forgotten after a quarter of an hour: in five minutes.
    assert no.value.retry_after_s == 5 * 60
    assert attempt(10, PASSWORD, address="192.0.2.2") == staff
    with pytest.raises(AccountLocked):
        attempt(FAILURES_WINDOW.seconds / 60 - 0.01, PASSWORD)
    assert attempt(FAILURES_WINDOW.seconds / 60, PASSWORD) == staff
    # Success has wiped the slate.
    for _ in range(FAILURES_MAX):
        with pytest.raises(InvalidCredentials):
            attempt(16)


def test_the_locked_out_are_told_when_to_come_back(stranger: Client, staff: UUID) -> None:
    for _ in range(FAILURES_MAX):
        assert log_in(stranger, password="wrong").status_code == 401
    answer = log_in(stranger)
    assert answer.status_code == 429
    assert 800 < int(answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes" in answer.text


@pytest.mark.parametrize("said", ["Basic", "Basic bm9ib2R5Og==", "Bearer", "Bearer x", "Bearer é"])
def test_nonsense_in_the_place_of_a_token_is_refused(
    stranger: Client, staff: UUID, said: str
) -> None:
    answer = stranger.get("/api/accounts", headers={"authorization": said})
    assert answer.status_code == 401
    assert answer.json()["code"] == "TokenInvalid"


def test_a_form_from_elsewhere_is_refused(staff: UUID) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    assert log_in(browser).status_code == 403
    browser.get("/login")
    token = browser.cookies["csrftoken"].value
    assert log_in(browser, csrfmiddlewaretoken=token).status_code == 302
    assert browser.post("/logout").status_code == 403
    written = browser.post("/api/usage-data", {}, content_type="application/json")
    assert (written.status_code, written.json()["status"]) == (403, 403)
    assert written.headers["Content-Type"] == "application/problem+json"


def test_a_form_that_comes_through_a_proxy_with_tls_is_ours(staff: UUID) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    browser.get("/login")
    facts = {"email": EMAIL, "password": PASSWORD}
    facts["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
    for origin, status in {"https://evil.example": 403, "https://localhost": 302}.items():
        assert browser.post("/login", facts, headers={"origin": origin}).status_code == status


def test_pages_run_nothing_that_is_not_ours(stranger: Client, desk: Client) -> None:
    for answer in (desk.get("/"), stranger.get("/login"), desk.get("/api/accounts")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
