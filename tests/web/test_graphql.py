"""Questions across contexts, in one request."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lamplighter.billing.tests.issued import Household, issue, month, move_in
from lamplighter.customers.models import AccountUser
from lamplighter.identity.actions import add_member
from lamplighter.identity.domain.permissions import Role
from lamplighter.site.graphql.limits import COST_MAX
from tests.web.asking import (
    BACK,
    Asker,
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
from tests.web.conftest import PASSWORD, Bills

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, tzinfo=UTC)
Ask = Callable[..., Any]


def ask(browser: Client, query: str | None = None, **more: Any) -> Any:
    body = more if query is None else {"query": query, **more}
    return browser.post("/api/graphql", orjson.dumps(body), content_type="application/json")


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert "errors" not in told, told
    return told["data"]


def code(answer: Any) -> str:
    """The code of the one error."""
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.fixture
def carl(db: None) -> UUID:
    return add_member(email="carl@x.example", password=PASSWORD, roles=(), by="test", at=NOW)


@pytest.fixture
def customer(carl: UUID) -> Client:
    """The browser of somebody who may see no account yet."""
    browser = Client(headers={"accept": "application/json"}, raise_request_exception=False)
    assert browser.post("/login", {"email": "carl@x.example", "password": PASSWORD}).status_code
    return browser


def street(count: int) -> list[Household]:
    """Households with two bills each."""
    homes = [move_in(f"S-{n:02}", usage_point=f"UP-{n:02}") for n in range(count)]
    for n, home in enumerate(homes):
        issue(home, month(home, date(2025, 1, 1), 100), f"S-{n:02}-1")
        issue(home, month(home, date(2025, 2, 1), 110), f"S-{n:02}-2")
    return homes


ONE = "bills(first: 1) { account {"
DEEP = f"{{ accounts(first: 1) {{ {ONE * 4} number {'}}' * 4} }} }}"
DOUBLE = "accounts(first: 100) { bills(first: 100) { number } }"
PAGED = 'query P($a: String!) { accounts(search: "S-", first: 2, after: $a) { number } }'
EVERYTHING = """
query Street($first: Int!) {
  accounts(search: "S-", first: $first) {
    number holder postalAddress
    balance { amount currency }
    bills(first: 2) { number state total { amount } account { number } }
    properties { address tariffName meters { serial } }
  }
}
"""


def test_one_question_reaches_across_contexts(desk: Client, bills: Bills, meter: UUID) -> None:
    told = data(
        ask(
            desk,
            """{ account(number: "A-1") {
                holder balance { amount currency }
                bills { number state total { amount } explanation { after { amount } } }
                properties { usagePoint meters { serial channels } } } }""",
        )
    )["account"]
    assert told["balance"]["currency"] == "EUR"
    assert [(one["number"], one["state"]) for one in told["bills"]] == [
        ("B-2", "open"), ("B-1", "settled"),
    ]  # fmt: skip
    assert told["bills"][0]["explanation"]["after"] == told["bills"][0]["total"]
    assert told["properties"][0]["meters"] == [{"serial": "M-77", "channels": ["E1"]}]


def test_a_longer_list_takes_no_more_statements(desk: Client) -> None:
    street(6)
    counts = []
    for first in (1, 6):
        with CaptureQueriesContext(connection) as asked:
            found = data(ask(desk, EVERYTHING, variables={"first": first}))["accounts"]
        assert len(found) == first
        assert all(len(one["bills"]) == 2 and one["properties"] for one in found)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_lists_go_on_where_the_page_before_ended(desk: Client) -> None:
    street(3)
    seen: list[str] = []
    while page := data(ask(desk, PAGED, variables={"a": seen[-1] if seen else ""}))["accounts"]:
        seen += [one["number"] for one in page]
    assert seen == ["S-00", "S-01", "S-02"]


def test_a_customer_sees_their_own_and_nothing_else(
    customer: Client, carl: UUID, bills: Bills
) -> None:
    other = move_in("Z-9", usage_point="UP-Z")
    issue(other, month(other, date(2025, 1, 1), 100), "Z-9-1")
    mine = """{ accounts { number bills { number } } }"""
    assert data(ask(customer, mine)) == {"accounts": []}
    for query, refused in {
        '{ account(number: "A-1") { number } }': "AccountUnknown",
        '{ bills(account: "A-1") { number } }': "AccountUnknown",
        '{ bill(number: "B-1") { number } }': "BillNotFound",
    }.items():
        answer = ask(customer, query)
        assert (answer.json()["data"], code(answer)) == (None, refused)
    AccountUser.objects.create(account_id=bills.paid.account_id, user_id=carl, since=NOW)
    (account,) = data(ask(customer, mine))["accounts"]
    assert account["number"] == "A-1"
    assert code(ask(customer, '{ bill(number: "Z-9-1") { number } }')) == "BillNotFound"


def test_a_stranger_is_told_to_log_in(stranger: Client) -> None:
    answer = ask(stranger, "{ accounts { number } }")
    assert (answer.status_code, answer.json()["code"]) == (401, "UnauthorizedAccess")


def test_a_page_from_elsewhere_cannot_ask_by_somebodys_cookie(desk: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert ask(strict, "{ accounts { number } }").status_code == 403


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (DEEP, "depth"),
        (f"{{ {DOUBLE} }}", "asks for up to"),
        (f"query Q($n: Int!) {{ {DOUBLE.replace('100', '$n')} }}", "asks for up to"),
        (f"{{ ...A }} fragment A on Query {{ {DOUBLE} }}", "asks for up to"),
        ("{ " + " ".join(f"a{n}: accounts {{ number }}" for n in range(16)) + " }", "aliases"),
        ("{ accounts { " + "number " * 2_000 + "} }", "okens"),
        ("{ ...A } fragment A on Query { ...A }", "itself"),
        ("{ nothing }", "Cannot query field"),
        ("mutation { pay }", "mutation"),
        ("{", "Syntax Error"),
    ],
)  # fmt: skip
def test_a_question_out_of_bounds_is_refused(desk: Client, query: str, why: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = ask(desk, query, variables={"n": 100} if "$n" in query else {})
    assert answer.status_code == 400
    assert why in answer.json()["errors"][0]["message"]
    assert not [one for one in asked if "customers_account" in one["sql"]]


def test_as_much_as_is_allowed_is_answered(desk: Client) -> None:
    assert COST_MAX >= 5_000
    data(ask(desk, "{ accounts(first: 100) { number bills(first: 40) { number } } }"))


def test_a_query_is_sent_once_and_named_by_its_hash_afterwards(desk: Client) -> None:
    query = "{ accounts { number } }"
    digest = hashlib.sha256(query.encode()).hexdigest()
    named = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    first = ask(desk, extensions=named)
    assert (first.status_code, first.json()["code"]) == (404, "PersistedQueryNotFound")
    assert data(ask(desk, query, extensions=named)) == {"accounts": []}
    assert data(ask(desk, extensions=named)) == {"accounts": []}
    assert ask(desk, "{ __typename }", extensions=named).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{}", b'{"query": 1}', b'{"query": "{ __typename }", "more": 1}',
     b'{"query": "{ __typename }", "variables": []}', b'{"extensions": {}}', b"\xff",
     b'{"extensions": {"persistedQuery": {"sha256Hash": "x"}}}', b'{"query": "' + b"x" * 50_000],
)  # fmt: skip
def test_what_is_no_question_is_refused(desk: Client, body: bytes) -> None:
    answer = desk.post("/api/graphql", body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["code"] == "InvalidInput"


def test_only_posts_of_json_are_questions(desk: Client) -> None:
    assert desk.get("/api/graphql?query={accounts{number}}").status_code == 405
    assert desk.post("/api/graphql", {"query": "{ __typename }"}).status_code == 422


def test_the_schema_can_be_read_by_who_has_logged_in(desk: Client, customer: Client) -> None:
    for browser in (desk, customer):
        told = data(ask(browser, "{ __schema { queryType { name } types { name } } }"))
        assert {"Account", "Bill", "Money"} <= {one["name"] for one in told["__schema"]["types"]}


def ask_as(shown: dict[str, str], query: str) -> Any:
    """A question by a program, which shows what it was given."""
    return Client(headers=shown, raise_request_exception=False).post(
        "/api/graphql", orjson.dumps({"query": query}), content_type="application/json"
    )


@pytest.fixture
def admin(db: None) -> Asker:
    return somebody("ada@utility.example", Role.ADMINISTRATOR)


def test_a_system_is_told_what_its_scopes_are_for(admin: Asker, bills: Bills) -> None:
    system = register(admin, scopes=["bills.read"])
    token = {"authorization": f"Bearer {token_of(system).json()['access_token']}"}
    told = data(ask_as(token, '{ bills(account: "A-1") { number } }'))
    assert [one["number"] for one in told["bills"]] == ["B-2", "B-1"]
    for query in (
        "{ accounts { number } }",
        '{ account(number: "A-1") { holder } }',
        '{ bill(number: "B-1") { account { holder } } }',
    ):
        assert code(ask_as(token, query)) == "UnauthorizedAccess", query


def test_an_app_is_told_of_its_user_only_and_as_far_as_they_have_consented(
    admin: Asker, bills: Bills
) -> None:
    other = move_in("Z-9", usage_point="UP-Z")
    issue(other, month(other, date(2025, 1, 1), 100), "Z-9-1")
    mary = somebody("mary@x.example")
    AccountUser.objects.create(account_id=bills.paid.account_id, user_id=mary.user_id, since=NOW)
    scopes = ["accounts.read", "bills.read"]
    app = register(admin, kind="app", scopes=scopes, redirect_uris=[BACK])

    def token(scope: str) -> dict[str, str]:
        led_back = led(decide(browser_of(mary), question(app, scope=scope)))
        return {"authorization": f"Bearer {redeem(app, led_back['code']).json()['access_token']}"}

    both, accounts = token("accounts.read bills.read"), token("accounts.read")
    assert data(ask_as(both, "{ accounts { number bills { number } } }"))["accounts"] == [
        {"number": "A-1", "bills": [{"number": "B-2"}, {"number": "B-1"}]}
    ]
    assert code(ask_as(both, '{ bill(number: "Z-9-1") { number } }')) == "BillNotFound"
    assert code(ask_as(both, '{ account(number: "Z-9") { number } }')) == "AccountUnknown"
    assert data(ask_as(accounts, "{ accounts { number } }")) == {"accounts": [{"number": "A-1"}]}
    assert code(ask_as(accounts, "{ accounts { bills { number } } }")) == "UnauthorizedAccess"
    assert code(ask_as(accounts, "{ accounts { balance { amount } } }")) == "UnauthorizedAccess"
    assert code(ask_as(accounts, "{ accounts { properties { address } } }")) == "UnauthorizedAccess"


def test_a_meters_key_asks_no_questions(admin: Asker, bills: Bills, meter: UUID) -> None:
    facts = {"organisation_id": str(the("utility").id), "name": "Key"}
    for subject in (f"meter:{meter}", ""):
        made = admin.ask("post", "api-keys", facts | {"subject": subject}).json()
        answer = ask_as({"x-api-key": made["key"]}, '{ bill(number: "B-1") { number } }')
        assert code(answer) == "UnauthorizedAccess"
    assert ask_as({"x-api-key": "lk_none"}, "{ __typename }").status_code == 401
