"""What holds for all of the API: limits, sizes, compression, other origins, its description."""

import gzip
from enum import Enum
from typing import Any, get_args

import brotli
import pytest
from django.test import Client
from pydantic import BaseModel

from lamplighter.billing.tests.issued import Household, move_in
from lamplighter.platform.limits import PERIOD_S, Buckets
from lamplighter.site.api import api
from tests.web.conftest import Bills, send

pytestmark = pytest.mark.django_db


def test_a_bucket_gives_what_it_holds_and_fills_evenly() -> None:
    now = 0.0
    buckets = Buckets(60, clock=lambda: now)
    taken = [buckets.take("a") for _ in range(61)]
    assert [left.is_enough for left in taken] == [True] * 60 + [False]
    assert (taken[0].tokens, taken[-1].refills_in_s) == (59, 1)
    assert buckets.take("b").is_enough
    now = 1.0
    assert buckets.take("a").is_enough
    assert not buckets.take("a").is_enough
    now = 1.0 + PERIOD_S
    assert buckets.take("a").tokens == 59


def test_buckets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamplighter.platform.limits.BUCKETS_MAX", 10)
    now = 0.0
    buckets = Buckets(60, clock=lambda: now)
    for n in range(1000):
        now += 1.0
        buckets.take(f"address:{n}")
    assert len(buckets) <= 11


def test_who_asks_too_often_is_told_when_to_come_back(
    desk: Client, stranger: Client, settings: Any
) -> None:
    settings.LAMPLIGHTER_REQUESTS_PER_MINUTE = 3
    answers = [desk.get("/api/accounts") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert answers[0].headers["RateLimit"] == '"default";r=2;t=0'
    assert answers[3].json()["code"] == "TooManyRequests"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 20
    # A stranger from the same address has a bucket of their own, and what leads nowhere counts.
    assert [stranger.get("/api/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]
    assert desk.get("/").status_code == 200


def test_a_stranger_is_charged_however_they_say_they_come(stranger: Client, settings: Any) -> None:
    settings.LAMPLIGHTER_REQUESTS_PER_MINUTE = 2
    told = [
        stranger.get("/api/nowhere", headers={"x-forwarded-for": f"192.0.2.{n}"}) for n in range(3)
    ]
    assert [answer.status_code for answer in told] == [404, 404, 429]


def test_what_is_too_large_is_refused_before_it_is_read(desk: Client, settings: Any) -> None:
    settings.LAMPLIGHTER_REQUEST_BYTES_MAX = 100
    answer = send(desk, "POST", "accounts", {"number": "x" * 100})
    assert (answer.status_code, answer.json()["code"]) == (413, "RequestTooLarge")
    settings.LAMPLIGHTER_FILE_BYTES_MAX = 200
    for size, status in {150: 422, 250: 413}.items():
        body = b"x" * size
        sent = desk.post("/api/imports", body, content_type="application/octet-stream")
        assert sent.status_code == status


def test_answers_are_compressed_for_who_can_read_that(desk: Client) -> None:
    for n in range(20):
        move_in(f"A-{n:02}", usage_point=f"UP{n}")
    plain = desk.get("/api/accounts")
    for coding, opened in {"br": brotli.decompress, "gzip": gzip.decompress}.items():
        answer = desk.get("/api/accounts", headers={"accept-encoding": f"{coding};q=1.0, zstd"})
        assert answer.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert opened(answer.content) == plain.content
        again = {"if-none-match": answer.headers["ETag"], "accept-encoding": coding}
        assert desk.get("/api/accounts", headers=again).status_code == 304
    refused = desk.get("/api/accounts", headers={"accept-encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


def test_no_other_site_may_use_the_api_in_a_browser_unless_it_is_named(
    desk: Client, settings: Any
) -> None:
    asking = {"origin": "https://app.example"}
    assert "Access-Control-Allow-Origin" not in desk.get("/api/accounts", headers=asking).headers
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    answer = desk.get("/api/accounts", headers=asking)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in desk.get("/", headers=asking).headers
    other = desk.get("/api/accounts", headers={"origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_the_description_is_open_to_all_and_a_page_shows_it(stranger: Client) -> None:
    told = stranger.get("/api/openapi.json")
    assert told.json()["openapi"].startswith("3.1")
    page = stranger.get("/api/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    for operations in told.json()["paths"].values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text


def test_no_two_schemas_of_the_description_go_by_one_name() -> None:
    """The one that is met last would stand for both."""
    named: dict[str, set[type]] = {}
    for _, operation in api.operations():
        for wrapper in (*operation.models, *operation.response_models.values()):
            for field in getattr(wrapper, "model_fields", {}).values():
                for schema in schemas_in(field.annotation, set()):
                    named.setdefault(schema.__name__, set()).add(schema)
    assert len(named) > 100
    assert not [name for name, schemas in named.items() if len(schemas) > 1]


def schemas_in(annotation: Any, met: set[type]) -> set[type]:
    """All that is told of where this is."""
    if not isinstance(annotation, type) or get_args(annotation):
        for part in get_args(annotation):
            schemas_in(part, met)
    elif issubclass(annotation, BaseModel | Enum) and annotation not in met:
        met.add(annotation)
        for field in getattr(annotation, "model_fields", {}).values():
            schemas_in(field.annotation, met)
    return met


def test_the_type_of_a_problem_leads_somewhere(desk: Client, stranger: Client) -> None:
    problem = desk.get("/api/bills/none").json()
    page = stranger.get(problem["type"])
    assert page.status_code == 200
    assert problem["title"] in page.text
    assert stranger.get("/problems/Nothing").status_code == 404


def test_a_key_is_for_one_request_only(desk: Client, home: Household) -> None:
    body = {"number": "A-7", "holder": "Kim", "postal_address": ["7 Quay"], "currency": "EUR",
            "opened_on": "2025-01-01"}  # fmt: skip
    first = send(desk, "POST", "accounts", body, idempotency_key="k")
    assert (first.status_code, first.json()) == (201, {"number": "A-7"})
    assert send(desk, "POST", "accounts", body, idempotency_key="k").json() == first.json()
    reused = send(desk, "POST", "accounts", body | {"number": "A-8"}, idempotency_key="k")
    assert (reused.status_code, reused.json()["code"]) == (422, "IdempotencyKeyReused")
    again = send(desk, "POST", "accounts", body)
    assert (again.status_code, again.json()["code"]) == (409, "AccountAlreadyKnown")
    missing = desk.post("/api/accounts", body, content_type="application/json")
    assert missing.json()["code"] == "IdempotencyKeyMissing"


def test_a_customer_finds_what_is_theirs_and_nothing_of_staff(
    consumer: Client, bills: Bills
) -> None:
    page = consumer.get("/").text
    assert "A-1" in page
    assert "B-2" in page
    for others in ("A-2", "N-1", "Review", "held", "not billed"):
        assert others not in page
    assert consumer.get("/accounts/A-1").status_code == 200
    assert consumer.get("/bills/B-2").status_code == 200
    assert consumer.get("/review").status_code == 403
    assert "review" not in consumer.get("/bills/B-2").text
