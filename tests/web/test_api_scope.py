"""What is another's is not there: in paths, lists, filters, sorts and bodies."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from lamplighter.billing.models import Agreement
from lamplighter.billing.tests.issued import Household
from lamplighter.metering.models import RegisterReading
from lamplighter.platform.models import AuditLine
from tests.web.conftest import Bills, send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("bills/N-1", "BillNotFound"),
        ("bills/N-1/pdf", "BillNotFound"),
        ("bills/N-1/explanation", "BillNotFound"),
        ("bills?account=A-2", "AccountUnknown"),
        ("accounts/A-2", "AccountUnknown"),
        ("accounts/A-2/balance", "AccountUnknown"),
        ("accounts/A-2/properties", "AccountUnknown"),
        ("usage-data?account=A-2", "AccountUnknown"),
        ("usage-data/history?usage_point=UP2&begin=2025-01-01&before=2025-02-01",
         "UsagePointUnknown"),
    ],
)  # fmt: skip
def test_what_is_anothers_is_not_there(consumer: Client, path: str, code: str) -> None:
    answer = consumer.get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    # Word for word as if there were none, but for the name that was asked for.
    nobodys = path.replace("N-1", "N-9").replace("A-2", "A-9").replace("UP2", "UP9")
    nothing = consumer.get(f"/api/{nobodys}").json()
    same = nothing["detail"].replace("N-9", "N-1").replace("A-9", "A-2").replace("UP9", "UP2")
    assert answer.json()["detail"] == same


@pytest.mark.parametrize("sort", ["number", "-number", "total", "-total", "issued_on", "due_on"])
def test_a_list_has_ones_own_only_however_it_is_sorted(consumer: Client, sort: str) -> None:
    found = consumer.get(f"/api/bills?sort={sort}").json()
    assert {one["number"] for one in found["items"]} == {"B-1", "B-2"}
    assert [one["number"] for one in consumer.get("/api/accounts").json()["items"]] == ["A-1"]
    assert consumer.get("/api/accounts?search=A-2").json()["items"] == []
    assert consumer.get("/api/accounts?search=Mill").json()["items"] == []
    points = consumer.get("/api/usage-data").json()["items"]
    assert [one["usage_point"] for one in points] == ["UP1"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "bills/B-1/cancellation", {"reason": "x"}),
        ("POST", "accounts", {"number": "A-3", "holder": "x", "postal_address": ["x"],
                              "currency": "EUR", "opened_on": "2025-01-01"}),
        ("POST", "accounts/A-1/closure", {"closed_on": "2025-01-01"}),
        ("POST", "accounts/A-1/users", {"email": "x@y.example"}),
        ("GET", "accounts/A-1/users", None),
        ("GET", "agreements", None),
        ("GET", "usage-points", None),
        ("GET", "service-locations", None),
    ],
)  # fmt: skip
def test_what_staff_do_is_not_open_to_consumers(
    consumer: Client, method: str, path: str, body: Any
) -> None:
    answer = send(consumer, method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "UnauthorizedAccess")


def test_a_consumer_reads_their_own_meter_only(
    consumer: Client, meter: UUID, neighbour: Household
) -> None:
    reading = {"usage_point": "UP1", "channel": "E1", "read_at": "2025-02-01T12:00:00Z",
               "shown": "1240.5", "source": "an officer"}  # fmt: skip
    assert send(consumer, "POST", "usage-data", reading).status_code == 201
    assert RegisterReading.objects.latest("at").source == "customer"
    for other in ("UP2", "UP9"):
        answer = send(consumer, "POST", "usage-data", reading | {"usage_point": other})
        assert (answer.status_code, answer.json()["code"]) == (404, "UsagePointUnknown")
    before = reading | {"read_at": "2023-12-01T12:00:00Z"}
    assert send(consumer, "POST", "usage-data", before).status_code == 404


def test_staff_reading_what_is_personal_is_written_down(
    desk: Client, consumer: Client, bills: Bills
) -> None:
    def lines() -> list[tuple[str, str, Any]]:
        found = AuditLine.objects.filter(action__endswith=".read").order_by("at", "id")
        return list(found.values_list("action", "subject", "detail"))

    consumer.get("/api/bills")
    consumer.get("/api/bills/B-2")
    assert lines() == []
    desk.get("/api/bills?account=A-1")
    desk.get("/api/bills/B-2")
    assert lines() == [
        ("bills.read", f"bill:{bills.latest.id}", {}),
    ]


def test_what_was_used_before_one_moved_in_is_nobody_elses_business(
    consumer: Client, meter: UUID, home: Household
) -> None:
    def shown() -> list[str]:
        (point,) = consumer.get("/api/usage-data").json()["items"]
        return [one["shown"] for one in point["registers"]]

    assert shown() == ["1000.0"]
    Agreement.objects.filter(id=home.agreement_id).update(starts_on=date(2025, 1, 2))
    assert shown() == []
