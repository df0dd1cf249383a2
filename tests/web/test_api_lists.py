"""Lists: pages, order, filters, fields, entity tags."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from lamplighter.billing.models import BillingException, HeldBill
from lamplighter.billing.tests.issued import Household, issue, month, move_in
from lamplighter.platform.models import AuditLine

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


@pytest.fixture
def waiting(db: None) -> None:
    """Five accounts, each with a bill that was held and days that could not be billed."""
    for day in range(1, 6):
        home = move_in(f"A-{7 * day % 5}", usage_point=f"UP{day}", address=f"{day} Mill Lane")
        account = home.account_id
        at = datetime(2025, 1, day, tzinfo=UTC)
        HeldBill.objects.create(
            account_id=account, total_minor=100 * (day % 3), currency="EUR", draft="{}",
            checks=[], held_at=at,
        )  # fmt: skip
        BillingException.objects.create(
            account_id=account, first_day=at, after_last=date(2025, 2, 1), code=f"C{day % 2}",
            raised_at=at,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "sort", "by"),
    [
        ("held-bills", "held_at", "held_at"),
        ("held-bills", "-held_at", "held_at"),
        ("held-bills", "account", "account"),
        ("billing-exceptions", "-raised_at", "raised_at"),
        ("billing-exceptions", "code,-raised_at", "code"),
    ],
)
@pytest.mark.usefixtures("waiting")
def test_what_waits_is_sorted_page_by_page(desk: Client, path: str, sort: str, by: str) -> None:
    found, after = [], ""
    while after is not None:
        page = desk.get(f"/api/{path}?sort={sort}&limit=2&after={after}".removesuffix("&after="))
        found += page.json()["items"]
        after = page.json()["next"]
    assert len({one["id"] for one in found}) == len(found) == 5
    values = [one[by] for one in found]
    assert values == sorted(values, reverse=sort.startswith("-"))


@pytest.mark.usefixtures("waiting")
def test_the_dearest_held_bill_comes_first_where_that_is_asked_for(desk: Client) -> None:
    found = desk.get("/api/held-bills?sort=-total,held_at").json()["items"]
    assert [one["total"]["amount"] for one in found] == ["2.00", "2.00", "1.00", "1.00", "0.00"]
    assert desk.get("/api/corrections?sort=-noticed_at").status_code == 200
    assert desk.get("/api/corrections?sort=state").json()["code"] == "SortUnknown"


@pytest.mark.usefixtures("many")
def test_the_trail_is_read_from_either_end(desk: Client) -> None:
    first = AuditLine.objects.earliest("at", "id")
    upwards = desk.get("/api/audit?sort=at&limit=2").json()
    assert upwards["items"][0]["id"] == str(first.id)
    beyond = desk.get(f"/api/audit?sort=at&limit=200&after={upwards['next']}").json()["items"]
    times = [one["at"] for one in upwards["items"] + beyond]
    assert times == sorted(times)
    latest = desk.get("/api/audit?limit=200").json()["items"]
    assert [one["at"] for one in latest] == sorted((one["at"] for one in latest), reverse=True)
