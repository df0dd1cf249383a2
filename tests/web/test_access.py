"""Who comes in, and who does not."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from lamplighter.identity.actions import AccountLocked, InvalidCredentials, prove_identity
from lamplighter.identity.domain import FAILURES_MAX, FAILURES_WINDOW
from lamplighter.identity.models import User
from tests.web.conftest import EMAIL, PASSWORD

pytestmark = pytest.mark.django_db

OPEN = {"health/live", "health/ready", "login"}
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


def test_there_are_addresses_to_look_at() -> None:
    assert len(ROUTES) > 15
    assert set(ROUTES) > OPEN
    assert all("<" not in filled_in(route) for route in ROUTES)


@pytest.mark.parametrize("route", sorted(set(ROUTES) - OPEN))
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_a_stranger_is_refused_everywhere(stranger: Client, route: str, method: str) -> None:
    address = filled_in(route)
    answer = getattr(stranger, method)(address)
    if address.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    else:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("route", sorted(set(ROUTES) - OPEN))
def test_who_is_no_longer_staff_is_a_stranger(desk: Client, staff: UUID, route: str) -> None:
    for change in ({"is_staff": False}, {"is_staff": True, "is_active": False}):
        User.objects.filter(id=staff).update(**change)
        assert desk.get(filled_in(route)).status_code in (302, 401)


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


def test_unknown_and_wrong_and_foreign_are_answered_alike(stranger: Client, staff: UUID) -> None:
    customer = User(email="customer@x.example", joined_at=NOW)
    customer.set_password(PASSWORD)
    customer.save()
    answers = [
        log_in(stranger, password="another one"),
        log_in(stranger, email="nobody@x.example"),
        log_in(stranger, email=customer.email),
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
    api = stranger.get("/api/accounts", headers=basic(EMAIL, PASSWORD))
    assert (api.status_code, api.json()["code"]) == (429, "account-locked")
    assert "Retry-After" in api.headers


def basic(email: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{email}:{password}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}


def test_a_program_on_this_machine_comes_in_by_password(stranger: Client, staff: UUID) -> None:
    known = basic(EMAIL, PASSWORD)
    assert stranger.get("/api/accounts", headers=known).status_code == 200
    assert stranger.get("/", headers=known).status_code == 302
    elsewhere: list[dict[str, Any]] = [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ]
    for place in elsewhere:
        assert stranger.get("/api/accounts", headers=known, **place).status_code == 401


@pytest.mark.parametrize(
    "said", ["Basic", "Basic !!", "Basic bm9ib2R5", "Basic /w==", "Basic AEA6eA==", "Bearer x"]
)
def test_nonsense_in_the_place_of_a_password_is_refused(
    stranger: Client, staff: UUID, said: str
) -> None:
    answer = stranger.get("/api/accounts", headers={"authorization": said})
    assert answer.status_code == 401
    assert answer.json()["code"] in ("invalid-credentials", "unauthorized-access")


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
    # Who names themselves needs no token: no browser sends the name by itself.
    program = Client(enforce_csrf_checks=True, headers=basic(EMAIL, PASSWORD))
    assert program.post("/api/usage-data", {}, content_type="application/json").status_code == 422


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
