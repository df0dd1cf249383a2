"""What programs are answered."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from lamplighter.billing.tests.issued import Household, cancel, issue, month, move_in
from lamplighter.metering.models import RegisterReading
from tests.web.conftest import Bills

pytestmark = pytest.mark.django_db

READING = {
    "usage_point": "UP1",
    "channel": "E1",
    "read_at": "2025-02-01T12:00:00Z",
    "shown": "1240.5",
}


OPEN = (
    "/api/register", "/api/login", "/api/token/refresh", "/api/password/", "/api/authenticate",
)  # fmt: skip
"""Where the addresses begin that a stranger may call."""


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    return body


def test_bills_are_listed_page_by_page(desk: Client, home: Household, bills: Bills) -> None:
    first = desk.get("/api/bills?account=A-1&limit=1").json()
    assert [(one["number"], one["state"]) for one in first["items"]] == [("B-2", "open")]
    assert first["items"][0]["total"] == {"amount": "62.50", "currency": "EUR"}
    rest = desk.get(f"/api/bills?account=A-1&limit=1&after={first['next']}").json()
    assert [one["number"] for one in rest["items"]] == ["B-1"]
    assert rest["next"] is None


def test_a_bill_is_told_whole(desk: Client, bills: Bills) -> None:
    told = desk.get("/api/bills/B-2").json()
    assert told["due"] == {"amount": "57.50", "currency": "EUR"}
    (segment,) = told["segments"]
    assert segment["lines"][0]["rate"] == "0.25"
    assert segment["lines"][0]["quantity"] == "240"
    assert segment["basis"]["counts"] == {"actual": 30, "estimated": 1}
    assert segment["basis"]["readings"][0]["used"] == "240"
    assert segment["usage"] == [{"flow": "import", "quantity": "240", "unit": "kWh"}]
    assert told["corrections"][0]["amount_minor"] == 250
    assert told["addressee"]["name"] == "Mary Ward"


def test_a_bill_is_told_anew_only_if_something_has_become_of_it(
    desk: Client, home: Household, bills: Bills
) -> None:
    tag = desk.get("/api/bills/B-2").headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    known = {"headers": {"if-none-match": tag}}
    assert desk.get("/api/bills/B-2", **known).status_code == 304
    cancel(home, bills.latest, "B-3", on=date(2025, 4, 9))
    changed = desk.get("/api/bills/B-2", **known)
    assert (changed.status_code, changed.json()["cancelled_by"]) == (200, "B-3")
    assert changed.headers["ETag"] != tag


def test_accounts_are_found_and_told(desk: Client, bills: Bills, meter: UUID) -> None:
    found = desk.get("/api/accounts?search=ward").json()
    assert [one["number"] for one in found["items"]] == ["A-1"]
    assert desk.get("/api/accounts/A-1").json()["postal_address"] == [
        "1 High Street",
        "Springfield",
    ]
    assert desk.get("/api/accounts/A-1/balance").json()["amount"] == "62.50"
    (place,) = desk.get("/api/accounts/A-1/properties").json()
    assert place["meters"] == [{"make": "Aster", "serial": "M-77", "channels": ["E1"]}]
    assert (place["tariff"], place["address"]) == ("HOME", "1 High Street")


def test_numbers_with_a_slash_are_numbers(desk: Client) -> None:
    home = move_in("2025/7", usage_point="UP7")
    issue(home, month(home, date(2025, 1, 1), 100), "INV/2025/1")
    assert desk.get("/api/accounts/2025/7/balance").json()["amount"] == "25.00"
    assert desk.get("/api/bills/INV%2F2025%2F1").json()["number"] == "INV/2025/1"
    assert desk.get("/bills/INV/2025/1").status_code == 200


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("bills/none", 404, "BillNotFound"),
        ("bills/none/explanation", 404, "BillNotFound"),
        ("bills/none/pdf", 404, "BillNotFound"),
        ("bills/B-1/pdf?paper=a5", 422, "InvalidInput"),
        ("bills?sort=account", 422, "SortUnknown"),
        ("bills?fields=number,secret", 422, "FieldUnknown"),
        ("bills?issued_from=2025-1-1", 422, "InvalidInput"),
        ("bills?issued_from=2025-02-30", 422, "InvalidInput"),
        ("bills?account=none", 404, "AccountUnknown"),
        ("bills?account=A-1&after=none", 422, "CursorMalformed"),
        ("bills?account=A-1&limit=0", 422, "InvalidInput"),
        ("bills?account=A-1&limit=1_0", 422, "InvalidInput"),
        ("bills?account=A-1&limit=%D9%A1", 422, "InvalidInput"),
        ("bills?account=A-1&limit=1e2", 422, "InvalidInput"),
        ("bills?account=%00", 422, "InvalidInput"),
        ("accounts?search=%00", 422, "InvalidInput"),
        ("accounts/none", 404, "AccountUnknown"),
        ("accounts/none/balance", 404, "AccountUnknown"),
        ("accounts/none/properties", 404, "AccountUnknown"),
        ("accounts/%00", 404, "NotFound"),
        ("nothing", 404, "NotFound"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    desk: Client, bills: Bills, address: str, status: int, code: str
) -> None:
    assert problem(desk.get(f"/api/{address}"), status)["code"] == code


def test_a_method_that_is_not_there_is_a_problem(desk: Client) -> None:
    answer = desk.delete("/api/bills/B-1")
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET"


def record(desk: Client, body: dict[str, Any], *, key: str | None = "1") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return desk.post("/api/usage-data", body, content_type="application/json", headers=headers)


def test_a_reading_is_written_once_for_each_key(desk: Client, meter: UUID) -> None:
    first = record(desk, READING)
    assert first.status_code == 201
    assert first.json()["meter"] == "Aster M-77"
    assert record(desk, READING).json() == first.json()
    assert RegisterReading.objects.count() == 2  # and the one of its installation
    assert problem(record(desk, READING | {"shown": "1300"}), 422)["code"] == "IdempotencyKeyReused"


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 256])
def test_a_reading_without_a_key_is_not_written(desk: Client, meter: UUID, key: str | None) -> None:
    problem(record(desk, READING, key=key), 400)
    assert RegisterReading.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"shown": 1240.5}, 422, "shown"),
        ({"shown": "1e3"}, 422, "shown"),
        ({"shown": "NaN"}, 422, "shown"),
        ({"shown": "-1"}, 422, "shown"),
        ({"shown": "١"}, 422, "shown"),
        ({"shown": "1" * 30}, 422, "shown"),
        ({"shown": "900"}, 422, None),
        ({"read_at": "2025-02-01T12:00:00"}, 422, "read_at"),
        ({"read_at": 1738411200}, 422, "read_at"),
        ({"read_at": "2025-02-30T12:00:00Z"}, 422, "read_at"),
        ({"read_at": "2999-02-01T12:00:00Z"}, 422, "read_at"),
        ({"rolled_over": "yes"}, 422, "rolled_over"),
        ({"channel": "E9"}, 404, "channel"),
        ({"usage_point": "UP9"}, 404, "reference"),
        ({"usage_point": "U\0P"}, 422, "usage_point"),
        ({"source": ""}, 422, "source"),
        ({"surprise": 1}, 422, "surprise"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_by_its_field(
    desk: Client, meter: UUID, wrong: dict[str, Any], status: int, field: str | None
) -> None:
    errors = problem(record(desk, READING | wrong), status).get("errors", [{}])
    assert errors[0].get("field") == field
    assert RegisterReading.objects.count() == 1


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "{}", "[" * 9999, " " * 3_000_000])
def test_a_body_that_is_no_reading_is_a_problem(desk: Client, meter: UUID, body: str) -> None:
    answer = desk.post(
        "/api/usage-data", body, content_type="application/json", headers={"Idempotency-Key": "1"}
    )
    assert answer.status_code in (400, 413, 422)
    problem(answer, answer.status_code)


def test_the_description_names_every_answer(desk: Client) -> None:
    told = desk.get("/api/openapi.json").json()
    assert len(told["paths"]) > 30
    opened = {
        path for path in told["paths"] if path.startswith(OPEN) and path != "/api/login/again"
    }
    for path, operations in told["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            assert "401" in responses, path
            assert bool(operation["security"]) is (path not in opened), path
            for status, response in responses.items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]
    decimals = told["components"]["schemas"]["LineOut"]["properties"]["rate"]
    assert decimals["pattern"] == r"^-?[0-9]+(\.[0-9]+)?$"
