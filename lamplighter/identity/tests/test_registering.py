from typing import Any
from uuid import UUID

import pytest

from lamplighter.identity.domain.limits import ASK_ABOUT, CODE_TRIES
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Challenge, Membership, Organisation, User
from lamplighter.identity.tests.people import (
    EMAIL,
    PASSWORD,
    App,
    add_mary,
    code_sent,
    mailbox,
    refused,
)
from lamplighter.platform.models import AuditLine, OutboxEvent, PersonKey

pytestmark = pytest.mark.django_db

MARY = {"email": EMAIL, "password": PASSWORD, "name": "Mary Ward"}


def register(**changed: Any) -> Any:
    return App().post("/register", MARY | changed)


def test_somebody_registers_and_verifies_the_address() -> None:
    answer = register()
    assert answer.status_code == 201
    assert UUID(answer.json()["id"]) == User.objects.get().id
    shown = {"challenge": answer.json()["challenge"], "code": code_sent("verify_email")}
    refused(App().log_in(), 403, "EmailNotVerified")
    assert App().post("/register/verify", shown).status_code == 204
    assert App().log_in().status_code == 200
    refused(App().post("/register/verify", shown), 410, "ChallengeOver")
    lines = AuditLine.objects.filter(action__in=["identity.register", "identity.verify_email"])
    assert lines.count() == 2


def test_a_known_address_is_answered_alike_and_its_owner_is_told() -> None:
    add_mary()
    before = User.objects.count(), PersonKey.objects.count()
    answer = register(email="MARY@home.example", name="Eve")
    assert (User.objects.count(), PersonKey.objects.count()) == before
    (message,) = mailbox()
    assert (message["to"], message["kind"]) == (EMAIL, "known_already")
    new = register(email="new@x.example")
    assert answer.status_code == new.status_code == 201
    assert {k: type(v) for k, v in answer.json().items()} == {
        k: type(v) for k, v in new.json().items()
    }
    # What comes after is alike too: a wrong code, as often, and then no more.
    for one in (answer, new):
        shown = {"challenge": one.json()["challenge"], "code": "000000"}
        for _ in range(CODE_TRIES):
            refused(App().post("/register/verify", shown), 422, "CodeWrong")
        refused(App().post("/register/verify", shown), 410, "ChallengeOver")


@pytest.mark.parametrize("known", [True, False])
def test_another_code_ends_the_one_before_whoever_asks(known: bool) -> None:
    if known:
        add_mary()
    else:
        register()
    first = App().post("/register/resend", {"email": EMAIL}).json()["challenge"]
    second = App().post("/register/resend", {"email": EMAIL}).json()["challenge"]
    refused(
        App().post("/register/verify", {"challenge": first, "code": "000000"}), 410, "ChallengeOver"
    )
    refused(
        App().post("/register/verify", {"challenge": second, "code": "000000"}), 422, "CodeWrong"
    )


def test_the_code_that_was_sent_again_verifies() -> None:
    register()
    handle = App().post("/register/resend", {"email": EMAIL}).json()["challenge"]
    shown = {"challenge": handle, "code": code_sent("verify_email")}
    assert App().post("/register/verify", shown).status_code == 204


def test_a_code_is_kept_nowhere_once_it_is_sent() -> None:
    register()
    challenge = Challenge.objects.get()
    assert challenge.code is not None
    code = code_sent("verify_email")
    challenge.refresh_from_db()
    assert challenge.code is None
    assert code not in str(OutboxEvent.objects.values_list("data", flat=True))
    assert challenge.code_hash
    assert code not in challenge.code_hash


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"email": "mary"}, "EmailMalformed"),
        ({"email": "x" * 300 + "@x.example"}, "InvalidInput"),
        ({"password": "fourteen chars"}, "PasswordUnfit"),
        ({"password": "123456789987654321"}, "PasswordUnfit"),
        ({"password": "ö" * 513}, "PasswordUnfit"),
        ({"password": "x" * 1_000_000}, "InvalidInput"),
        ({"name": ""}, "InvalidInput"),
        ({"name": "  "}, "TextMalformed"),
        ({"name": "Mary\u202eydraW"}, "TextMalformed"),
        ({"name": "Mary\u2066Ward"}, "TextMalformed"),
        ({"name": "Mary\nWard"}, "TextMalformed"),
        ({"name": "x" * 201}, "InvalidInput"),
        ({"name": 7}, "InvalidInput"),
        ({"is_active": True}, "InvalidInput"),
        ({"role": "emperor"}, "InvalidInput"),
    ],
)
def test_what_cannot_be_registered_is_refused(wrong: dict[str, Any], code: str) -> None:
    refused(register(**wrong), 422, code)
    assert not User.objects.exists()


def test_a_name_is_kept_in_its_composed_form() -> None:
    add = App()
    answer = register(name="Mary Mu\u0308ller")
    shown = {"challenge": answer.json()["challenge"], "code": code_sent("verify_email")}
    add.post("/register/verify", shown)
    add.log_in()
    assert add.get("/user-profiles").json()["name"] == "Mary Müller"


def utility() -> str:
    return str(Organisation.objects.get(kind="utility").id)


def test_a_stranger_gives_themselves_no_role() -> None:
    refused(register(role="administrator", organisation=utility()), 401, "UnauthorizedAccess")
    refused(register(organisation=utility()), 401, "UnauthorizedAccess")
    assert register(role="consumer").status_code == 201
    assert not Membership.objects.exists()


def test_a_customer_gives_nobody_a_role() -> None:
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    wanted = MARY | {"role": "auditor", "organisation": utility()}
    refused(eve.post("/register", wanted), 403, "UnauthorizedAccess")


def test_an_administrator_registers_staff() -> None:
    add_mary("chief@x.example", (Role.ADMINISTRATOR,))
    chief = App()
    chief.log_in("chief@x.example")
    refused(chief.post("/register", MARY | {"role": "auditor"}), 422, "InvalidInput")
    merchant = MARY | {"role": "merchant_owner", "organisation": utility()}
    refused(chief.post("/register", merchant), 422, "RoleNotGiven")
    platform = str(Organisation.objects.get(kind="platform").id)
    elsewhere = MARY | {"role": "platform_administrator", "organisation": platform}
    refused(chief.post("/register", elsewhere), 403, "UnauthorizedAccess")
    wanted = MARY | {"role": "auditor", "organisation": utility()}
    answer = chief.post("/register", wanted)
    assert answer.status_code == 201
    membership = Membership.objects.get(user_id=answer.json()["id"])
    assert membership.role == "auditor"
    line = AuditLine.objects.get(action="identity.register")
    assert line.actor != f"user:{membership.user_id}"


def test_an_address_is_asked_about_so_often_and_no_more() -> None:
    for _ in range(ASK_ABOUT.most):
        assert register().status_code == 201
    answer = register(email=EMAIL.upper())
    refused(answer, 429, "TooManyAttempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert register(email="other@x.example").status_code == 201
