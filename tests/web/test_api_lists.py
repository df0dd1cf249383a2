"""Lists: pages, order, filters, fields, entity tags."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from lamplighter.billing.tests.issued import Household, issue, month

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(home: Household) -> Household:
    for n in range(1, 8):
        issue(home, month(home, date(2024, n, 1), 100 + n % 3), f"B-{n}")
    return home


def pages(client: Client, path: str) -> list[list[str]]:
    found, after = [], ""
    while True:
        page = client.get(f"/api/{path}{after}").json()
        found.append([one["number"] for one in page["items"]])
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


@pytest.mark.parametrize("sort", ["number", "-number", "total", "-total,number", "issued_on"])
def test_pages_have_everything_once(desk: Client, many: Household, sort: str) -> None:
    found = [number for page in pages(desk, f"bills?sort={sort}&limit=2") for number in page]
    assert sorted(found) == [f"B-{n}" for n in range(1, 8)]
    whole = desk.get(f"/api/bills?sort={sort}").json()["items"]
    assert found == [one["number"] for one in whole]


def test_what_comes_in_meanwhile_moves_nothing(desk: Client, many: Household) -> None:
    first = desk.get("/api/bills?sort=number&limit=3").json()
    issue(many, month(many, date(2024, 8, 1), 100), "B-0")
    rest = desk.get(f"/api/bills?sort=number&limit=9&after={first['next']}").json()
    assert [one["number"] for one in rest["items"]] == ["B-4", "B-5", "B-6", "B-7"]


def test_a_cursor_is_for_its_own_order_only(desk: Client, many: Household) -> None:
    following = desk.get("/api/bills?sort=number&limit=3").json()["next"]
    answer = desk.get(f"/api/bills?sort=total&limit=3&after={following}")
    assert (answer.status_code, answer.json()["code"]) == (422, "CursorMalformed")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("state=open", 7),
        ("state=settled", 0),
        ("state=cancelled", 0),
        ("kind=regular", 7),
        ("kind=cancellation", 0),
        ("issued_from=2999-01-01", 0),
        ("issued_before=2000-01-01", 0),
        ("account=A-1", 7),
    ],
)
def test_lists_are_filtered(desk: Client, many: Household, query: str, numbers: int) -> None:
    assert len(desk.get(f"/api/bills?{query}").json()["items"]) == numbers


def test_only_the_fields_that_are_wanted_are_told(desk: Client, many: Household) -> None:
    (one, *_) = desk.get("/api/bills?fields=total&sort=number").json()["items"]
    assert one == {"number": "B-1", "total": {"amount": "25.25", "currency": "EUR"}}
    described = desk.get("/api/openapi.json").json()["components"]["schemas"]
    assert described["BillSummaryInList"]["required"] == ["number"]
    assert set(described["BillSummaryInList"]["properties"]) > {"total", "state"}


def test_a_list_is_told_anew_only_if_it_is_another_one(desk: Client, many: Household) -> None:
    def ask(tag: str = "") -> Any:
        return desk.get("/api/bills", headers={"if-none-match": tag})

    tag = ask().headers["ETag"]
    assert (ask(tag).status_code, ask(tag).content) == (304, b"")
    issue(many, month(many, date(2024, 8, 1), 100), "B-8")
    assert ask(tag).status_code == 200
