"""Registering systems and apps, and keys for meters."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.idp.oidc.models import Client as AllauthClient
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from lamplighter.billing.tests.issued import Household
from lamplighter.identity.domain.permissions import (
    NOT_DELEGABLE,
    SCOPES,
    Action,
    OrganisationKind,
    Role,
)
from lamplighter.identity.domain.scopes import ClientKind, scopes_open_to
from lamplighter.identity.models import ApiKey, Membership, Organisation
from lamplighter.identity.queries.delegated import caller_of_access_token, caller_of_key
from lamplighter.kernel import Reach
from lamplighter.metering.models import RegisterReading
from lamplighter.platform.models import AuditLine, IdempotencyKey
from lamplighter.platform.tests.processes import race
from tests.web.asking import (
    BACK,
    Asker,
    ask,
    basic,
    browser_of,
    decide,
    led,
    question,
    redeem,
    register,
    somebody,
    the,
    token_of,
)

pytestmark = pytest.mark.django_db
READING = {
    "usage_point": "UP1",
    "channel": "E1",
    "read_at": "2025-02-01T12:00:00Z",
    "shown": "1240.5",
}


@pytest.fixture
def admin(db: None) -> Asker:
    return somebody("ada@utility.example", Role.ADMINISTRATOR)


@pytest.fixture
def owner(db: None) -> Asker:
    shop = Organisation.objects.create(
        kind="merchant", name="Shop", slug="shop", made_at=timezone.now()
    )
    olga = somebody("olga@shop.example")
    Membership.objects.create(
        organisation=shop, user_id=olga.user_id, role="merchant_owner", since=timezone.now()
    )
    return olga


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def wishes(**other: Any) -> dict[str, Any]:
    facts = {"organisation_id": str(the("utility").id), "name": "Sunny", "kind": "system"}
    return facts | {"scopes": ["bills.read"]} | other


def test_a_secret_is_told_once_and_kept_nowhere(admin: Asker) -> None:
    key = str(uuid4())
    first = admin.ask("post", "clients", wishes(), idempotency_key=key).json()
    again = admin.ask("post", "clients", wishes(), idempotency_key=key).json()
    assert (again["id"], again["secret"]) == (first["id"], None)
    assert AllauthClient.objects.count() == 1
    kept = [str(IdempotencyKey.objects.get().answer), AllauthClient.objects.get().secret]
    kept += [str(line.detail) for line in AuditLine.objects.all()]
    assert not [text for text in kept if first["secret"] in text]
    assert "secret" not in admin.ask("get", f"clients/{first['id']}").json()


def test_a_new_secret_ends_the_old_one(admin: Asker) -> None:
    client = register(admin, scopes=["bills.read"])
    answer = admin.ask("post", f"clients/{client['id']}/secret")
    assert token_of(client).status_code == 401
    assert token_of(client | answer.json()).status_code == 200


def test_a_client_is_changed_by_who_has_seen_it(admin: Asker) -> None:
    client = register(admin, scopes=["bills.read"])
    there = f"clients/{client['id']}"
    change = {"name": "Moony", "scopes": ["usage.read"], "requests_per_minute": 5}
    assert admin.ask("put", there, change).status_code == 428
    tag = admin.ask("get", there).headers["ETag"]
    told = admin.ask("put", there, change, if_match=tag).json()
    assert (told["name"], told["scopes"], told["requests_per_minute"]) == (
        "Moony", ["usage.read"], 5,
    )  # fmt: skip
    assert code(admin.ask("put", there, change, if_match=tag)) == (412, "ChangedMeanwhile")
    listed = admin.ask("get", "clients").json()["items"]
    assert [one["name"] for one in listed] == ["Moony"]


@pytest.mark.parametrize(
    ("other", "no"),
    [
        ({"scopes": ["clients.change"]}, "ScopeNotAllowed"),
        ({"scopes": ["me.read"]}, "ScopeNotAllowed"),
        ({"scopes": ["bills.cancel"]}, "ScopeNotAllowed"),
        ({"scopes": ["openid"]}, "ScopeNotAllowed"),
        ({"scopes": ["bills.read\nme.read"]}, "ScopeNotAllowed"),
        ({"scopes": []}, "InvalidInput"),
        ({"redirect_uris": [BACK]}, "RedirectUnfit"),
        ({"kind": "app"}, "RedirectUnfit"),
        ({"kind": "king"}, "InvalidInput"),
        ({"name": "Sun\u202eny"}, "InvalidInput"),
        ({"name": ""}, "InvalidInput"),
        ({"requests_per_minute": 0}, "InvalidInput"),
        ({"requests_per_minute": 1.5}, "InvalidInput"),
        ({"owner": "me"}, "InvalidInput"),
    ],
)
def test_what_a_client_cannot_be_is_refused(admin: Asker, other: dict[str, Any], no: str) -> None:
    assert code(admin.ask("post", "clients", wishes(**other))) == (422, no)
    assert not AllauthClient.objects.exists()


@pytest.mark.parametrize(
    ("there", "fits"),
    [
        ("https://app.example/back", True),
        ("https://app.example:8443/back?x=1", True),
        ("http://127.0.0.1:5000/back", True),
        ("org.example.app:/back", True),
        ("http://app.example/back", False),
        ("http://localhost/back", False),
        ("https://*.example/back", False),
        ("https://app.example/back#x", False),
        ("https://mary@app.example/back", False),
        ("https://app.example\\@evil.example/", False),
        ("https://app.example/ back", False),
        ("https://app.example/\nhttps://evil.example", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//app.example/back", False),
        ("https://app.example/" + "x" * 300, False),
    ],
)
def test_people_are_led_back_to_sound_addresses_only(admin: Asker, there: str, fits: bool) -> None:
    asked = wishes(kind="app", redirect_uris=[there])
    assert admin.ask("post", "clients", asked).status_code == (201 if fits else 422)


def test_clients_of_another_organisation_are_not_there(admin: Asker, owner: Asker) -> None:
    client = register(admin, scopes=["bills.read"])
    there = f"clients/{client['id']}"
    assert owner.ask("get", "clients").json()["items"] == []
    assert code(owner.ask("get", there)) == (404, "ClientUnknown")
    change = {"name": "x", "scopes": ["bills.read"]}
    assert owner.ask("put", there, change, if_match="*").status_code == 404
    assert owner.ask("post", f"{there}/secret").status_code == 404
    assert owner.ask("delete", there).status_code == 404
    assert code(owner.ask("post", "clients", wishes())) == (404, "OrganisationUnknown")


def test_a_merchants_system_gets_no_more_than_a_merchant(owner: Asker) -> None:
    shop = Organisation.objects.get(slug="shop")
    asked = wishes(organisation_id=str(shop.id))
    assert code(owner.ask("post", "clients", asked)) == (422, "ScopeNotAllowed")
    client = register(owner, organisation_id=str(shop.id), scopes=["members.read"])
    token = token_of(client).json()["access_token"]
    known = caller_of_access_token(token, issuer="http://testserver", at=timezone.now())
    assert known is not None
    assert known.grants["members.read"].reach is Reach.ORGANISATION
    assert known.grants["members.read"].organisation_ids == {shop.id}


def test_a_system_of_the_utility_reaches_all_at_its_own_rate(admin: Asker) -> None:
    client = register(admin, scopes=["bills.read"], requests_per_minute=77)
    token = token_of(client).json()["access_token"]
    known = caller_of_access_token(token, issuer="http://testserver", at=timezone.now())
    assert known is not None
    assert (known.actor, known.requests_per_minute) == (f"client:{client['id']}", 77)
    assert (known.user_id, known.grants["bills.read"].reach) == (None, Reach.ALL)


def test_who_asks_oftener_than_its_rate_is_told_to_wait(admin: Asker, settings: Settings) -> None:
    settings.LAMPLIGHTER_PROCESSES = 1
    slow, quick = (
        token_of(register(admin, scopes=["bills.read"], requests_per_minute=rate)).json()
        for rate in (3, 1000)
    )
    bearer = {"authorization": f"Bearer {slow['access_token']}"}
    answers = [ask("get", "bills", **bearer) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert int(answers[3].headers["Retry-After"]) in range(1, 21)
    assert code(answers[3]) == (429, "TooManyRequests")
    assert ask("get", "bills", authorization=f"Bearer {quick['access_token']}").status_code == 200


@pytest.mark.parametrize("kind", ClientKind)
@pytest.mark.parametrize("organisation", OrganisationKind)
def test_nothing_is_open_to_clients_that_nobody_can_let_them_do(
    kind: ClientKind, organisation: OrganisationKind
) -> None:
    opened = scopes_open_to(kind, organisation)
    assert not opened & {action.value for action in NOT_DELEGABLE}
    assert opened - {"openid", "profile", "email"} <= {action.value for action in SCOPES}
    if kind is ClientKind.SYSTEM:
        assert not [scope for scope in opened if scope.startswith("me.")]


def test_clients_are_asked_about_by_no_client(admin: Asker) -> None:
    assert Action.CHANGE_CLIENTS in NOT_DELEGABLE
    client = register(admin, scopes=["clients.read"])
    token = f"Bearer {token_of(client).json()['access_token']}"
    assert ask("get", "clients", authorization=token).status_code == 200
    assert ask("post", "clients", wishes(), authorization=token).status_code == 403


def make(by: Asker, **other: Any) -> Any:
    facts = {"organisation_id": str(the("utility").id), "name": "Cellar"}
    return by.ask("post", "api-keys", facts | other)


def record(key: str, **other: str) -> Any:
    return ask("post", "usage-data", READING | other, x_api_key=key)


def test_a_meters_key_records_that_meters_readings(
    admin: Asker, home: Household, meter: UUID
) -> None:
    made = make(admin, subject=f"meter:{meter}").json()
    assert made["key"].startswith(made["prefix"])
    assert record(made["key"]).status_code == 201
    row = ApiKey.objects.get()
    assert made["key"] not in (row.hash, row.prefix)
    assert row.seen_at is not None
    line = AuditLine.objects.filter(action="metering.record_register_reading").get()
    assert line.actor == f"key:{made['id']}"


def test_a_key_of_another_meter_learns_nothing(admin: Asker, home: Household, meter: UUID) -> None:
    key = make(admin, subject=f"meter:{uuid4()}").json()["key"]
    before = RegisterReading.objects.count()
    answers = {
        code(record(key, **other))
        for other in ({}, {"usage_point": "nowhere"}, {"channel": "none"})
    }
    assert answers == {(404, "AnotherMeter")}
    assert RegisterReading.objects.count() == before


def test_a_head_ends_key_is_for_all_meters_and_for_readings_alone(
    admin: Asker, home: Household, meter: UUID
) -> None:
    key = make(admin, actions=["readings.record", "readings.import"]).json()["key"]
    assert record(key).status_code == 201
    assert ask("get", "accounts", x_api_key=key).status_code == 403
    assert ask("get", "me/permissions", x_api_key=key).status_code == 403


@pytest.mark.parametrize(
    ("other", "no"),
    [
        ({"actions": ["bills.read"]}, "ScopeNotAllowed"),
        ({"actions": []}, "InvalidInput"),
        ({"subject": f"meter:{UUID(int=1)}", "actions": ["readings.import"]}, "ScopeNotAllowed"),
        ({"subject": "meter:7"}, "SubjectMalformed"),
        ({"subject": f"user:{UUID(int=1)}"}, "SubjectMalformed"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "ExpiryPast"),
    ],
)
def test_what_a_key_cannot_be_is_refused(admin: Asker, other: dict[str, Any], no: str) -> None:
    assert code(make(admin, **other)) == (422, no)


def test_a_merchant_makes_no_keys_for_meters(owner: Asker) -> None:
    shop = Organisation.objects.get(slug="shop")
    assert code(make(owner, organisation_id=str(shop.id))) == (422, "ScopeNotAllowed")
    assert code(make(owner)) == (404, "OrganisationUnknown")


def test_a_key_is_revoked_and_runs_out(admin: Asker, owner: Asker) -> None:
    made = make(admin).json()
    later = timezone.now() + timedelta(days=1)
    short = make(admin, expires_at=later.isoformat()).json()["key"]
    assert caller_of_key(short, at=later - timedelta(seconds=1)) is not None
    assert caller_of_key(short, at=later) is None
    assert owner.ask("delete", f"api-keys/{made['id']}").status_code == 404
    assert admin.ask("delete", f"api-keys/{made['id']}").status_code == 204
    for key in (made["key"], "nonsense", ""):
        assert code(record(key)) == (401, "KeyInvalid")
    assert {one["ended_at"] is None for one in admin.ask("get", "api-keys").json()["items"]} == {
        True, False,
    }  # fmt: skip


def use_as_one_of_many(number: int) -> int:
    """Everybody has the same code, or the same refresh token."""
    kept = IdempotencyKey.objects.get(actor="race").answer
    client, facts = json.loads(bytes(kept or b""))
    headers = basic(client) | {"host": "localhost"}
    return int(Client().post("/oauth/token", facts, headers=headers).status_code)


def raced(client: dict[str, Any], facts: dict[str, str]) -> list[int]:
    IdempotencyKey.objects.create(
        actor="race",
        key="k",
        request_hash="",
        answer=json.dumps([client, facts]).encode(),
        asked_at=timezone.now(),
    )
    return sorted(race(use_as_one_of_many, runners=3))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["code", "refresh_token"])
def test_of_several_who_use_the_same_one_at_once_one_gets_tokens(what: str) -> None:
    admin = somebody("ada@utility.example", Role.ADMINISTRATOR)
    app = register(admin, kind="app", scopes=["openid", "me.read"], redirect_uris=[BACK])
    found = led(decide(browser_of(admin), question(app, scope="openid me.read")))["code"]
    facts = {"grant_type": "authorization_code", "code": found, "redirect_uri": BACK}
    facts |= {"code_verifier": "a" * 64}
    if what == "refresh_token":
        token = redeem(app, found).json()["refresh_token"]
        facts = {"grant_type": "refresh_token", "refresh_token": token}
    assert raced(app, facts) == [200, 400, 400]
    # One of them was a thief, and nobody knows which.
    assert not Token.objects.exists()
