"""
Test case 4 of the document that this system was asked for in: user roles are assigned, and
permissions are enforced.
"""

from typing import Any

import pytest

from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.tests.people import EMAIL, PASSWORD, App, add_mary, code_sent, refused

pytestmark = pytest.mark.django_db

BEN = "ben@utility.example"


def somebody(email: str) -> App:
    """Who has registered, verified their address and logged in: a consumer, like everybody."""
    app = App()
    made = app.post("/register", {"email": email, "password": PASSWORD, "name": "Ben Okoro"})
    shown = {"challenge": made.json()["challenge"], "code": code_sent("verify_email")}
    assert app.post("/register/verify", shown).status_code == 204
    assert app.log_in(email).status_code == 200
    return app


@pytest.fixture
def anna() -> App:
    """The administrator."""
    add_mary("anna@utility.example", (Role.ADMINISTRATOR,))
    app = App()
    app.log_in("anna@utility.example")
    return app


def utility(anna: App) -> str:
    """The id of the organisation."""
    found = anna.get("/organisations").json()["items"]
    return str(next(one["id"] for one in found if one["kind"] == "utility"))


def invite(by: App, where: str, email: str, role: str) -> Any:
    body = {"email": email, "role": role}
    return by.post(
        f"/organisations/{where}/members", body, **{"idempotency-key": f"{email}-{role}"}
    )


def roles(app: App) -> list[str]:
    return [one["role"] for one in app.get("/me/permissions").json()["roles"]]


def test_4_a_role_is_given_and_allows_what_it_says(anna: App) -> None:
    ben = somebody(BEN)
    assert roles(ben) == []
    refused(ben.get("/held-bills"), 403, "UnauthorizedAccess")
    assert invite(anna, utility(anna), BEN, "billing_officer").status_code == 201
    assert roles(ben) == ["billing_officer"]
    assert ben.get("/held-bills").status_code == 200
    key = {"idempotency-key": "1"}
    meter = {"serial": "M-1", "make": "Aster", "commodity": "electricity", "registers": []}
    refused(ben.post("/meters", meter, **key), 403, "UnauthorizedAccess")


def test_4_a_role_is_taken_away_and_allows_nothing_any_more(anna: App) -> None:
    ben, where = somebody(BEN), utility(anna)
    invite(anna, where, BEN, "billing_officer")
    (membership,) = (
        one["id"]
        for one in anna.get(f"/organisations/{where}/members").json()["items"]
        if one["email"] == BEN
    )
    assert anna.delete(f"/organisations/{where}/members/{membership}").status_code == 204
    refused(ben.get("/held-bills"), 403, "UnauthorizedAccess")


def test_4_who_is_invited_before_they_register_has_the_role_then(anna: App) -> None:
    invite(anna, utility(anna), BEN, "auditor")
    ben = somebody(BEN)
    assert roles(ben) == ["auditor"]
    assert ben.get("/audit").status_code == 200


@pytest.mark.parametrize("role", ["consumer", "administrator", "emperor"])
def test_4_nobody_gives_themselves_a_role(anna: App, role: str) -> None:
    ben, where = somebody(BEN), utility(anna)
    assert invite(ben, where, BEN, role).status_code in (403, 404, 422)
    body = {
        "email": EMAIL,
        "password": PASSWORD,
        "name": "Eve",
        "role": role,
        "organisation": where,
    }
    assert ben.post("/register", body).status_code in (403, 422)
    assert roles(ben) == []


def test_4_nobody_is_made_an_administrator_by_one_person_alone(anna: App) -> None:
    ben, where = somebody(BEN), utility(anna)
    refused(invite(anna, where, BEN, "administrator"), 403, "AppointedByTwo")
    assert roles(ben) == []


def test_4_every_role_says_what_it_allows(anna: App) -> None:
    told = {one["role"]: one["allows"] for one in anna.get("/roles").json()}
    assert told["consumer"]["bills.read"] == "own"
    assert told["billing_officer"]["bills.read"] == "all"
    assert not [action for action in told["auditor"] if not action.endswith(".read")]
