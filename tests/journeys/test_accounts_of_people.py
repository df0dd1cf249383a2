"""
Test cases 1 to 3 of the document that this system was asked for in: a user registers, logs in with
valid credentials, and is kept out of what needs that otherwise. Test case 4 is told in
`test_roles.py`, 5 and 7 in `test_personal_information.py`, 6 in `test_properties.py`.
"""

import pytest
from django.test import Client

from lamplighter.identity.tests.people import EMAIL, PASSWORD, App, code_sent, refused

pytestmark = pytest.mark.django_db
MARY = {"email": EMAIL, "password": PASSWORD, "name": "Mary Ward"}


def registered() -> App:
    """Somebody who has registered and verified their address."""
    app = App()
    answer = app.post("/register", MARY)
    assert answer.status_code == 201
    shown = {"challenge": answer.json()["challenge"], "code": code_sent("verify_email")}
    assert app.post("/register/verify", shown).status_code == 204
    return app


def test_1_a_user_registers_a_new_account() -> None:
    app = registered()
    assert app.log_in().status_code == 200
    told = app.get("/user-profiles").json()
    assert (told["email"], told["name"]) == (EMAIL, "Mary Ward")


def test_2_a_registered_user_logs_in_with_valid_credentials() -> None:
    app = registered()
    refused(app.log_in(password="not the one"), 401, "InvalidCredentials")
    refused(app.log_in("somebody@x.example"), 401, "InvalidCredentials")
    assert app.log_in().status_code == 200
    assert app.is_in()
    browser = Client(headers={"accept": "text/html"})
    assert browser.post("/login", {"email": EMAIL, "password": PASSWORD}).status_code == 302
    assert browser.get("/api/user-profiles").json()["email"] == EMAIL


def test_2_by_the_endpoints_of_the_document() -> None:
    browser = registered().client
    who = {"username": EMAIL, "password": PASSWORD}
    token = browser.post("/authenticate", who, content_type="application/json").json()["token"]
    greeting = browser.get("/hello", headers={"authorization": f"Bearer {token}"})
    assert greeting.json() == {"message": "Hello, Mary Ward."}


PROTECTED = [
    ("GET", "/user-profiles"), ("PUT", "/user-profiles"), ("GET", "/sessions"),
    ("DELETE", "/sessions"), ("GET", "/mfa"), ("POST", "/mfa/totp"), ("PUT", "/password"),
    ("POST", "/email-changes"), ("GET", "/accounts"), ("GET", "/bills?account=A-1"),
    ("POST", "/usage-data"), ("GET", "/hello"), ("POST", "/logout"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_3_who_has_not_logged_in_is_kept_out(method: str, path: str) -> None:
    refused(App().ask(method, path), 401, "UnauthorizedAccess")
    forged = {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    refused(App().ask(method, path, **forged), 401, "TokenInvalid")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_3_who_has_logged_out_is_kept_out(method: str, path: str) -> None:
    app = registered()
    app.log_in()
    assert app.post("/logout").status_code == 204
    refused(app.ask(method, path), 401, "TokenInvalid")
