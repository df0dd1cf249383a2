from typing import Any

import pytest

from lamplighter.identity.models import Session, User
from lamplighter.identity.tests.people import (
    EMAIL,
    PASSWORD,
    App,
    add_mary,
    code_sent,
    mailbox,
    mary,
    refused,
)

pytestmark = pytest.mark.django_db

NEW = "another four words here"


def forget(email: str = EMAIL) -> str:
    answer = App().post("/password/forgot", {"email": email})
    assert answer.status_code == 200
    return str(answer.json()["challenge"])


def reset(handle: str, code: str, password: str = NEW) -> Any:
    sent = {"challenge": handle, "code": code, "password": password}
    return App().post("/password/reset", sent)


def test_a_forgotten_password_is_chosen_anew_and_all_sessions_end() -> None:
    app = mary()
    handle = forget()
    assert reset(handle, code_sent("reset_password")).status_code == 204
    assert not app.is_in()
    refused(App().log_in(), 401, "InvalidCredentials")
    assert App().log_in(password=NEW).status_code == 200


def test_a_code_is_good_once_and_the_newest_only() -> None:
    add_mary()
    first, first_code = forget(), code_sent("reset_password")
    second, second_code = forget(), code_sent("reset_password")
    refused(reset(first, first_code), 410, "ChallengeOver")
    assert reset(second, second_code).status_code == 204
    refused(reset(second, second_code), 410, "ChallengeOver")


def test_nobody_is_told_whether_an_address_is_known() -> None:
    add_mary()
    sent: list[Any] = []
    for email in (EMAIL, "nobody@x.example"):
        first, second = forget(email), forget(email)
        sent += mailbox()
        refused(reset(first, "000000"), 410, "ChallengeOver")
        for _ in range(5):
            refused(reset(second, "000000"), 422, "CodeWrong")
        refused(reset(second, "000000"), 410, "ChallengeOver")
    assert [one["to"] for one in sent] == [EMAIL]


def test_a_password_that_is_not_fit_costs_a_try_but_not_the_code() -> None:
    add_mary()
    handle = forget()
    code = code_sent("reset_password")
    refused(reset(handle, code, "fourteen chars"), 422, "PasswordUnfit")
    assert reset(handle, code).status_code == 204


def test_a_reset_verifies_the_address_and_still_asks_for_the_second_factor() -> None:
    app = mary()
    app.add_totp()
    User.objects.update(email_verified_at=None)
    assert reset(forget(), code_sent("reset_password")).status_code == 204
    assert app.log_in(password=NEW).json()["mfa_required"]


def test_who_is_disabled_is_sent_nothing() -> None:
    add_mary()
    User.objects.update(is_active=False)
    reset(forget(), "000000")
    assert mailbox() == []


def test_a_password_is_changed_by_who_knows_it_and_other_sessions_end() -> None:
    app, other = mary(), App()
    other.log_in()
    sent = {"current_password": PASSWORD, "new_password": NEW}
    refused(app.put("/password", sent | {"current_password": "x"}), 401, "InvalidCredentials")
    refused(app.put("/password", sent | {"new_password": "short"}), 422, "PasswordUnfit")
    assert app.put("/password", sent).status_code == 204
    assert (app.is_in(), other.is_in()) == (True, False)
    assert App().log_in(password=NEW).status_code == 200


def test_a_password_is_not_changed_by_who_has_proven_it_long_ago() -> None:
    app = mary()
    Session.objects.update(proven_at="2025-01-01T00:00:00Z")
    sent = {"current_password": PASSWORD, "new_password": NEW}
    refused(app.put("/password", sent), 403, "ProofTooOld")


def test_a_password_may_be_shorter_beside_a_second_factor() -> None:
    app = mary()
    app.add_totp()
    short = {"current_password": PASSWORD, "new_password": "lamp in window"}
    assert app.put("/password", short).status_code == 204
    refused(app.delete("/mfa/totp"), 409, "PasswordTooShortAlone")
    assert app.put("/mfa/email").status_code == 204
    assert app.delete("/mfa/totp").status_code == 204
    refused(app.delete("/mfa/email"), 409, "PasswordTooShortAlone")
    long = {"current_password": "lamp in window", "new_password": NEW}
    assert app.put("/password", long).status_code == 204
    assert app.delete("/mfa/email").status_code == 204
    tiny = {"current_password": NEW, "new_password": "lamp in window"}
    refused(app.put("/password", tiny), 422, "PasswordUnfit")
