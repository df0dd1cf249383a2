"""Several do at the same time what can be done once."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from lamplighter.identity.models import RefreshToken, Session, UsedCode, User
from lamplighter.identity.tests.people import (
    EMAIL,
    PASSWORD,
    App,
    code_of,
    code_sent,
    mailbox,
    mary,
)

pytestmark = pytest.mark.django_db(transaction=True)
RUNNERS = 4


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What comes of doing these things at the same moment."""
    ready = threading.Barrier(len(acts))
    answers: list[Any] = []

    def run(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(acts)
    return answers


def at_once(act: Callable[[], Any], *, runners: int = RUNNERS) -> list[Any]:
    """What comes of doing something several times at the same moment."""
    return together(*[act] * runners)


def statuses(answers: list[Any]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_one_address_registered_at_once_is_one_user_and_all_are_answered_alike() -> None:
    who = {"email": EMAIL, "password": PASSWORD, "name": "Mary Ward"}
    assert statuses(at_once(lambda: App().post("/register", who))) == {201: RUNNERS}
    assert User.objects.count() == 1
    kinds = Counter(message["kind"] for message in mailbox())
    assert kinds["known_already"] == RUNNERS - 1


def test_a_refresh_token_used_at_once_is_exchanged_once_and_its_session_ends() -> None:
    app = mary()
    used = {"refresh_token": app.tokens["refresh_token"]}
    answers = at_once(lambda: App().post("/token/refresh", used))
    assert statuses(answers) == {200: 1, 401: RUNNERS - 1}
    assert RefreshToken.objects.count() == 2
    assert Session.objects.get().end_reason == "refresh_reused"
    (winner,) = [one for one in answers if one.status_code == 200]
    assert not App(tokens=winner.json()).is_in()


def test_a_code_of_an_app_used_at_once_lets_one_in() -> None:
    secret = mary().add_totp()
    code = code_of(secret)
    answers = at_once(lambda: App().log_in(otp=code))
    assert statuses(answers) == {200: 1, 422: RUNNERS - 1}
    assert UsedCode.objects.count() == 1


def test_a_recovery_code_used_at_once_lets_one_in() -> None:
    app = mary()
    app.add_totp()
    (code, *_) = app.post("/mfa/recovery-codes").json()["codes"]
    answers = at_once(lambda: App().log_in(otp=code))
    assert statuses(answers) == {200: 1, 422: RUNNERS - 1}


def test_a_challenge_met_at_once_is_met_once() -> None:
    app = mary()
    app.put("/mfa/email")
    shown = {"challenge": app.log_in().json()["challenge"], "method": "email"}
    app.post("/login/challenge", shown)
    code = code_sent("log_in")
    answers = at_once(lambda: App().verify(**shown, code=code))
    assert statuses(answers)[200] == 1
    assert Session.objects.filter(factor="email").count() == 1


def test_wrong_codes_at_once_are_no_more_than_there_are_tries() -> None:
    app = mary()
    app.add_totp()
    shown = {"challenge": app.log_in().json()["challenge"], "method": "totp"}
    answers = at_once(lambda: App().verify(**shown, code="000000"), runners=8)
    assert statuses(answers)[422] <= 5
    assert statuses(answers)[200] == 0


def test_a_forgotten_password_is_chosen_once_at_once() -> None:
    mary()
    handle = App().post("/password/forgot", {"email": EMAIL}).json()["challenge"]
    sent = {"challenge": handle, "code": code_sent("reset_password"), "password": PASSWORD}
    answers = at_once(lambda: App().post("/password/reset", sent))
    assert statuses(answers)[204] == 1


def test_the_last_second_factor_is_not_removed_while_the_password_becomes_short() -> None:
    app = mary()
    app.add_totp()
    short = {"current_password": PASSWORD, "new_password": "lamp in window"}
    together(lambda: app.delete("/mfa/totp"), lambda: app.put("/password", short))
    user = User.objects.get()
    assert Authenticator.objects.exists() or not user.password_is_short


def test_log_in_attempts_at_once_are_all_counted() -> None:
    mary()
    answers = at_once(lambda: App().log_in(password="wrong"), runners=8)
    assert statuses(answers) == {401: 8}
    more = at_once(lambda: App().log_in(password="wrong"), runners=8)
    assert statuses(more)[401] <= 2


def test_nobody_waits_for_ever_who_logs_in_while_another_one_begins_to() -> None:
    app = mary()
    app.put("/mfa/email")
    for _ in range(3):
        shown = {"challenge": app.log_in().json()["challenge"], "method": "email"}
        assert app.post("/login/challenge", shown).status_code == 200
        ends = partial(App().verify, **shown, code=code_sent("log_in"))
        answers = together(ends, *[App().log_in for _ in range(3)])
        assert set(statuses(answers)) <= {200, 410}
