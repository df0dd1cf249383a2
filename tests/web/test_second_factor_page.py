"""The page to log in asks for a second factor, without any script."""

import re
from typing import Any

import pytest
from django.test import Client

from lamplighter.identity.models import Session
from lamplighter.identity.tests.devices import Device
from lamplighter.identity.tests.people import (
    EMAIL,
    PASSWORD,
    code_of,
    code_sent,
    mary,
    own_mailbox,
)
from lamplighter.identity.tests.test_second_factors import add_passkey

__all__ = ["own_mailbox"]
pytestmark = pytest.mark.django_db


def hidden(page: str) -> dict[str, str]:
    """What the form sends along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def asked(browser: Client) -> dict[str, str]:
    answer = browser.post("/login", {"email": EMAIL, "password": PASSWORD, "next": "/review"})
    assert answer.status_code == 200
    assert "One thing more" in answer.text
    assert "<script" not in answer.text
    assert browser.get("/").status_code == 302
    return hidden(answer.text)


def shown(browser: Client, sent: dict[str, str], **more: Any) -> Any:
    return browser.post("/login/code", sent | more)


def test_a_code_of_an_app_is_asked_for_and_the_cookie_is_a_new_one(stranger: Client) -> None:
    secret = mary().add_totp()
    stranger.get("/login")
    session = stranger.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    sent = asked(stranger)
    wrong = shown(stranger, sent, method="totp", code="000000")
    assert wrong.status_code == 422
    assert "This code is wrong" in wrong.text
    answer = shown(stranger, hidden(wrong.text), method="totp", code=code_of(secret))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/review")
    assert stranger.cookies["lamplighter_session"].value != planted
    assert Session.objects.filter(kind="browser").get().factor == "totp"
    assert stranger.get("/").status_code == 200


def test_a_code_is_sent_by_e_mail_if_its_button_says_so(stranger: Client) -> None:
    mary().put("/mfa/email")
    sent = asked(stranger)
    answer = shown(stranger, sent, send="email")
    assert "A code is on its way" in answer.text
    again = hidden(answer.text)
    done = shown(stranger, again, method="email", code=code_sent("log_in"))
    assert done.status_code == 302


def test_a_recovery_code_does_too(stranger: Client) -> None:
    app = mary()
    app.add_totp()
    (code, *_) = app.post("/mfa/recovery-codes").json()["codes"]
    sent = asked(stranger)
    assert shown(stranger, sent, method="recovery_code", code=code).status_code == 302


def test_a_page_cannot_ask_for_a_passkey_and_says_so(stranger: Client) -> None:
    add_passkey(mary(), Device())
    answer = stranger.post("/login", {"email": EMAIL, "password": PASSWORD})
    assert "asks for a passkey" in answer.text
    assert stranger.get("/").status_code == 302


@pytest.mark.parametrize(
    "sent",
    [{}, {"challenge": "x"}, {"challenge": "x", "methods": "totp", "method": "totp", "code": "1"},
     {"challenge": "x", "methods": "totp", "send": "pigeon"}],
)  # fmt: skip
def test_nonsense_lets_nobody_in(stranger: Client, sent: dict[str, str]) -> None:
    answer = shown(stranger, sent)
    assert answer.status_code in (302, 410, 422)
    assert stranger.get("/").status_code == 302


def test_a_second_form_from_elsewhere_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    assert browser.post("/login/code", {"challenge": "x", "methods": "totp"}).status_code == 403


def test_one_is_led_nowhere_else_by_the_second_form(stranger: Client) -> None:
    secret = mary().add_totp()
    sent = asked(stranger) | {"next": "https://evil.example/"}
    answer = shown(stranger, sent, method="totp", code=code_of(secret))
    assert answer.headers["Location"] == "/"
