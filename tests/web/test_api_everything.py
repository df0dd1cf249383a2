"""Every operation that reads answers, for staff and for strangers, whatever it is asked."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from lamplighter.identity.domain.permissions import Action
from lamplighter.site.api import api
from tests.web.conftest import Bills

pytestmark = pytest.mark.django_db(databases=["default", "history"])

READING = sorted(
    path.removesuffix("/") or "/"
    for path, operation in api.operations()
    if "GET" in operation.methods
    and any(getattr(one, "action", "") in set(Action) for one in operation.auth_callbacks)
    and not str(operation.auth_callbacks[0].action).startswith("me.")  # type: ignore[attr-defined]
)
NEEDED = {
    "/usage-data/history": "?usage_point=UP1&begin=2025-01-01&before=2025-02-01",
    "/reports/revenue": "?begin=2025-01-01&before=2025-12-31",
}


def filled_in(path: str, name: str) -> str:
    path = path if path.startswith("/") else f"/{path}"
    steps = re.sub(r"{identifier:\w+}", name, path)
    steps = re.sub(r"{(uuid\w*:)?\w+}", lambda _: str(uuid4()), steps)
    steps = re.sub(r"{\w+:\w+}", "nothing", steps)
    return f"/api{steps}{NEEDED.get(path, '')}"


def test_there_are_operations_to_look_at() -> None:
    assert len(READING) > 30


@pytest.mark.parametrize("path", READING)
def test_staff_are_answered_and_strangers_are_not(
    desk: Client, stranger: Client, bills: Bills, path: str
) -> None:
    answer = desk.get(filled_in(path, "A-1"))
    assert answer.status_code in (200, 404), answer.text
    if answer.status_code == 200:
        assert "ETag" in answer.headers or answer.headers["Content-Type"] == "application/pdf"
        again = desk.get(filled_in(path, "A-1"), headers={"if-none-match": answer.get("ETag", "")})
        assert again.status_code in (200, 304)
    assert "RateLimit" in answer.headers
    stranger.logout()
    stranger.cookies.clear()
    assert stranger.get(filled_in(path, "A-1")).status_code == 401


@pytest.mark.parametrize("path", [path for path in READING if "{" not in path])
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "1e308"}, {"limit": "NaN"}, {"limit": "١"}, {"limit": "1_0"},
        {"after": "AAAA"}, {"after": "\0"}, {"after": "W10"}, {"sort": "id;drop"},
        {"account": "\ud7ff\u202e"}, {"fields": "password"}, {"user": "1"},
    ],
)  # fmt: skip
def test_nonsense_is_refused_or_passed_over_and_breaks_nothing(
    desk: Client, path: str, query: dict[str, Any]
) -> None:
    answer = desk.get(filled_in(path, "A-1"), query)
    assert answer.status_code < 500, answer.text
