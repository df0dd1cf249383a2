import statistics
import time
from typing import Any

import pytest
from pytest_django import Settings

from lamplighter.identity.domain.limits import CODE_OF
from lamplighter.identity.domain.passwords import FAILURES_MAX
from lamplighter.identity.models import LogInAttempt, Session, User
from lamplighter.identity.tests.people import (
    EMAIL,
    PASSWORD,
    App,
    add_mary,
    code_of,
    code_sent,
    mailbox,
    mary,
    refused,
)
from lamplighter.platform.models import OutboxEvent

pytestmark = pytest.mark.django_db


def test_who_logs_in_gets_tokens() -> None:
    add_mary()
    app = App()
    told = app.log_in("MARY@home.example").json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 300)
    assert told["refresh_expires_in"] == 14 * 86400
    assert app.is_in()


def test_unknown_and_wrong_and_disabled_are_answered_alike() -> None:
    add_mary()
    User.objects.filter(id=add_mary("gone@x.example")).update(is_active=False)
    answers = [
        App().log_in(password="another one"),
        App().log_in("nobody@x.example"),
        App().log_in("gone@x.example"),
        App().log_in(password="x" * 1024),
        App().log_in("not an address"),
    ]
    told = [refused(answer, 401, "InvalidCredentials") for answer in answers]
    assert len({str({**one, "trace_id": ""}) for one in told}) == 1


def test_unknown_and_wrong_take_the_same_time() -> None:
    add_mary()

    def taken_s(email: str) -> float:
        LogInAttempt.objects.all().delete()
        before = time.process_time()  # what else the machine does is not of interest
        App().log_in(email, "wrong")
        return time.process_time() - before

    pairs = [(taken_s(EMAIL), taken_s("nobody@x.example")) for _ in range(15)]
    wrong, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert abs(wrong - unknown) < 0.02


@pytest.mark.parametrize("email", [EMAIL, "nobody@x.example"])
def test_whoever_is_locked_out_is_told_alike(email: str) -> None:
    add_mary()
    for _ in range(FAILURES_MAX):
        refused(App().log_in(email, "wrong"), 401, "InvalidCredentials")
    answer = App().log_in(email)
    refused(answer, 429, "AccountLocked")
    assert 800 < int(answer.headers["Retry-After"]) <= 900


@pytest.mark.parametrize("proxies", [0, 1])
def test_who_says_that_they_come_from_elsewhere_is_locked_out_all_the_same(
    proxies: int, settings: Settings
) -> None:
    """Behind a proxy they can only say it before what the proxy adds."""
    settings.LAMPLIGHTER_PROXIES = proxies
    add_mary()
    for n in range(FAILURES_MAX):
        told = f"192.0.2.{n}, 198.51.100.9" if proxies else f"192.0.2.{n}"
        wrong = {"email": EMAIL, "password": "wrong"}
        refused(App().post("/login", wrong, **{"x-forwarded-for": told}), 401, "InvalidCredentials")
    right = {"email": EMAIL, "password": PASSWORD}
    elsewhere = {"x-forwarded-for": "192.0.2.99, 198.51.100.9" if proxies else "192.0.2.99"}
    refused(App().post("/login", right, **elsewhere), 429, "AccountLocked")
    if proxies:
        from_home = {"x-forwarded-for": "203.0.113.5"}
        assert App().post("/login", right, **from_home).status_code == 200


def test_an_account_is_locked_though_each_try_comes_from_elsewhere() -> None:
    add_mary()
    for n in range(50):
        App().client.post(
            "/api/login",
            {"email": EMAIL, "password": "wrong"},
            content_type="application/json",
            REMOTE_ADDR=f"192.0.2.{n}",
        )
    refused(App().log_in(), 429, "AccountLocked")
    assert App().log_in("other@x.example").status_code == 401


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '"x"', "{}", '{"email": 1, "password": 2}', "[" * 9999,
     '{"email": "m@x.example", "password": "x", "admin": true}',
     '{"email": "m@x.example", "email": "n@x.example", "password": "x"}',
     '{"email": "m@x.example", "password": NaN}', '{"email": "m@x.example", "password": 1e999}',
     '{"email": "m@x.example", "password": "\\ud800"}',
     '{"email": "m\\u0000@x.example", "password": "x"}', b'{"email": "\xff", "password": "x"}',
     '{"email": "m@x.example", "password": "' + "x" * 1_000_000 + '"}'],
)  # fmt: skip
def test_what_is_no_log_in_is_a_problem(body: str | bytes) -> None:
    answer = App().post("/login", body)
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not LogInAttempt.objects.exists()


def test_a_code_of_an_app_is_asked_for() -> None:
    app = mary()
    secret = app.add_totp()
    asked = app.log_in().json()
    assert (asked["mfa_required"], asked["methods"]) == (True, ["totp"])
    assert not app.is_in()
    shown = {"challenge": asked["challenge"], "method": "totp"}
    refused(app.verify(**shown, code="000000"), 422, "CodeWrong")
    assert app.verify(**shown, code=code_of(secret)).status_code == 200
    assert app.is_in()
    assert Session.objects.latest("began_at", "id").factor == "totp"
    refused(app.verify(**shown, code=code_of(secret, steps=1)), 410, "ChallengeOver")


def test_a_code_may_come_along() -> None:
    app = mary()
    secret = app.add_totp()
    (recovery, *_) = app.post("/mfa/recovery-codes").json()["codes"]
    refused(app.log_in(otp="000000"), 422, "CodeWrong")
    assert app.log_in(otp=code_of(secret)).status_code == 200
    refused(app.log_in(otp=code_of(secret)), 422, "CodeWrong")
    assert app.log_in(otp=recovery, method="recovery_code").status_code == 200
    refused(app.log_in(otp=recovery), 422, "CodeWrong")


def test_a_code_of_an_app_is_good_once_and_a_step_early_or_late() -> None:
    app = mary()
    secret = app.add_totp()
    for steps, status in ((-2, 422), (2, 422), (-1, 200), (1, 200), (0, 200), (0, 422)):
        assert app.log_in(otp=code_of(secret, steps=steps)).status_code == status, steps


def test_a_recovery_code_stands_in_once() -> None:
    app = mary()
    app.add_totp()
    codes = app.post("/mfa/recovery-codes").json()["codes"]
    assert len(set(codes)) == 10
    for status in (200, 422):
        asked = app.log_in().json()
        assert asked["methods"] == ["totp", "recovery_code"]
        shown = {"challenge": asked["challenge"], "method": "recovery_code", "code": codes[3]}
        assert app.verify(**shown).status_code == status


def test_a_code_comes_by_e_mail_to_who_wants_that() -> None:
    app = mary()
    assert app.put("/mfa/email").status_code == 204
    asked = app.log_in().json()
    assert asked["methods"] == ["email"]
    assert mailbox() == []
    shown = {"challenge": asked["challenge"], "method": "email"}
    refused(app.verify(**shown, code="000000"), 422, "MethodNotOffered")
    refused(app.post("/login/challenge", {**shown, "method": "sms"}), 422, "MethodNotOffered")
    assert app.post("/login/challenge", shown).status_code == 200
    first = code_sent("log_in")
    assert app.post("/login/challenge", shown).status_code == 200
    second = code_sent("log_in")
    if first != second:
        refused(app.verify(**shown, code=first), 422, "CodeWrong")
    assert app.verify(**shown, code=second).status_code == 200


def test_codes_are_not_sent_without_end() -> None:
    app = mary()
    app.put("/mfa/email")
    shown = {"challenge": app.log_in().json()["challenge"], "method": "email"}
    answers = [app.post("/login/challenge", shown).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]


def test_wrong_codes_are_counted_over_all_challenges() -> None:
    app = mary()
    secret = app.add_totp()
    for n in range(CODE_OF.most):
        if n % 4 == 0:
            asked = app.log_in().json()
        shown = {"challenge": asked["challenge"], "method": "totp"}
        refused(app.verify(**shown, code="000000"), 422, "CodeWrong")
    asked = app.log_in().json()
    shown = {"challenge": asked["challenge"], "method": "totp", "code": code_of(secret)}
    refused(app.verify(**shown), 429, "TooManyAttempts")


def test_five_wrong_codes_end_a_challenge() -> None:
    app = mary()
    secret = app.add_totp()
    shown = {"challenge": app.log_in().json()["challenge"], "method": "totp"}
    for _ in range(5):
        refused(app.verify(**shown, code="000000"), 422, "CodeWrong")
    refused(app.verify(**shown, code=code_of(secret)), 410, "ChallengeOver")


@pytest.mark.parametrize(
    "shown",
    [
        {"challenge": "none", "method": "totp", "code": "123456"},
        {"challenge": "none", "method": "passkey", "credential": {}},
    ],
)
def test_a_challenge_that_was_never_there_is_over(shown: dict[str, Any]) -> None:
    refused(App().verify(**shown), 410, "ChallengeOver")


def test_who_was_disabled_meanwhile_does_not_get_in() -> None:
    app = mary()
    secret = app.add_totp()
    shown = {"challenge": app.log_in().json()["challenge"], "method": "totp"}
    User.objects.update(is_active=False)
    refused(app.verify(**shown, code=code_of(secret)), 410, "ChallengeOver")


def test_a_device_that_is_new_to_somebody_is_told_of_but_not_the_first() -> None:
    def told() -> int:
        return OutboxEvent.objects.filter(name="identity.NewDeviceSeen").count()

    app = mary()
    app.log_in()
    assert told() == 0
    other = App()
    other.client.defaults["HTTP_USER_AGENT"] = "Another app"
    other.log_in()
    assert told() == 1
    other.log_in()
    assert told() == 1


def test_who_proves_it_again_may_do_more() -> None:
    app = mary()
    Session.objects.update(proven_at="2025-01-01T00:00:00Z")
    refused(app.post("/mfa/totp"), 403, "ProofTooOld")
    refused(app.post("/login/again", {"password": "wrong"}), 401, "InvalidCredentials")
    refused(app.post("/login/again", {}), 422, "InvalidInput")
    both = {"password": PASSWORD, "otp": "123456"}
    refused(app.post("/login/again", both), 422, "InvalidInput")
    assert app.post("/login/again", {"password": PASSWORD}).status_code == 204
    secret = app.add_totp()
    Session.objects.update(proven_at="2025-01-01T00:00:00Z")
    assert app.post("/login/again", {"otp": code_of(secret)}).status_code == 204
    assert app.post("/mfa/recovery-codes").status_code == 201


def test_proving_it_again_is_not_tried_without_end() -> None:
    app = mary()
    codes = [app.post("/login/again", {"password": "wrong"}).status_code for _ in range(51)]
    assert codes[-2:] == [401, 429]


def test_a_token_for_a_name_and_a_password_and_a_greeting_for_the_token() -> None:
    add_mary()
    client = App().client
    who = {"username": EMAIL, "password": PASSWORD}
    answer = client.post("/authenticate", who, content_type="application/json")
    assert answer.status_code == 200
    bearer = {"authorization": f"Bearer {answer.json()['token']}"}
    assert client.get("/hello", headers=bearer).json() == {"message": "Hello, Mary Ward."}
    refused(client.get("/hello"), 401, "UnauthorizedAccess")
    refused(client.get("/hello", headers={"authorization": "Bearer x"}), 401, "TokenInvalid")
    wrong = client.post("/authenticate", who | {"password": "x"}, content_type="application/json")
    refused(wrong, 401, "InvalidCredentials")


def test_a_name_and_a_password_are_not_enough_for_who_has_a_second_factor() -> None:
    app = mary()
    secret = app.add_totp()
    who = {"username": EMAIL, "password": PASSWORD}
    refused(app.post("/authenticate", who), 422, "MethodNotOffered")
    assert app.post("/authenticate", who | {"otp": code_of(secret)}).status_code == 200
