"""A household gets a letter with a code, and sees its account from then on."""

from datetime import timedelta

import pytest
from django.test import Client

from lamplighter.billing.tests.issued import Household
from lamplighter.customers.models import AccountCode
from lamplighter.identity.domain.permissions import Role
from tests.web.conftest import logged_in, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> Client:
    return logged_in("officer@utility.example", roles=(Role.SUPPORT_AGENT,))


@pytest.fixture
def newcomer(db: None) -> Client:
    return logged_in("mary.ward@home.example")


def code_of(officer: Client) -> str:
    answer = send(officer, "POST", "accounts/A-1/codes")
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.json()["code"])


def test_a_code_opens_an_account_once(officer: Client, newcomer: Client, home: Household) -> None:
    code = code_of(officer)
    assert newcomer.get("/api/accounts/A-1").status_code == 404
    sent = {"account": "A-1", "code": code.lower().replace("-", " ")}
    assert send(newcomer, "POST", "users/accounts", sent).status_code == 201
    assert newcomer.get("/api/accounts/A-1").status_code == 200
    again = send(logged_in("kim@home.example"), "POST", "users/accounts", sent)
    assert (again.status_code, again.json()["code"]) == (422, "AccountCodeInvalid")


def test_wrong_and_old_codes_are_answered_alike(
    officer: Client, newcomer: Client, home: Household, neighbour: Household
) -> None:
    code = code_of(officer)
    wrong = [("A-1", "2222-2222-2222-2222"), ("A-2", code), ("A-9", code)]
    told = [send(newcomer, "POST", "users/accounts", {"account": a, "code": c}) for a, c in wrong]
    row = AccountCode.objects.get()
    AccountCode.objects.update(expires_at=row.made_at - timedelta(days=1))
    told.append(send(newcomer, "POST", "users/accounts", {"account": "A-1", "code": code}))
    problems = [answer.json() | {"trace_id": ""} for answer in told]
    assert problems[0]["code"] == "AccountCodeInvalid"
    assert all(one == problems[0] for one in problems)


def test_staff_link_and_unlink_by_email(officer: Client, newcomer: Client, home: Household) -> None:
    email = {"email": "Mary.Ward@HOME.example"}
    assert send(officer, "POST", "accounts/A-1/users", email).status_code == 201
    twice = send(officer, "POST", "accounts/A-1/users", email)
    assert (twice.status_code, twice.json()["code"]) == (409, "AccountAlreadyLinked")
    nobody = send(officer, "POST", "accounts/A-1/users", {"email": "nobody@x.example"})
    assert nobody.json()["code"] == "NobodyOfThisEmail"
    (one,) = officer.get("/api/accounts/A-1/users").json()["items"]
    assert one["email"] == "mary.ward@home.example"
    assert newcomer.get("/api/accounts/A-1").status_code == 200
    path = f"accounts/A-1/users/{one['user_id']}"
    assert send(officer, "DELETE", path).status_code == 204
    assert newcomer.get("/api/accounts/A-1").status_code == 404
    assert send(officer, "DELETE", path).status_code == 404
