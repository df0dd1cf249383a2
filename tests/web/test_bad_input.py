"""
What is sent wrongly on purpose or by accident: a no that names the place, nothing done, and
nothing told. What each kind of value may be is tried where the value is; here is what holds for
every operation.
"""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from lamplighter.identity.domain.permissions import Role
from tests.web.conftest import logged_in, send
from tests.web.operations import CHANGING, WITH_BODY, Operation, example

pytestmark = pytest.mark.django_db
UNHEARD_OF = "unheard_of"


@pytest.fixture
def root(db: None) -> Client:
    """Somebody who may do everything, in a browser, by whose cookie alone they are known."""
    everything = (Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR)
    return logged_in("root@utility.example", roles=everything)


def rows() -> dict[str, int]:
    """How much of everything there is."""
    return {
        model._meta.label: model.objects.count()  # type: ignore[attr-defined]
        for model in apps.get_models()
        if model._meta.app_label != "history"
    }


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    """The problem that an answer is, which leads nowhere and tells nothing of our insides."""
    assert answer.status_code in (statuses or range(400, 500)), answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    for inside in ("Traceback", 'File "', "SELECT", "django", "lamplighter.", "sqlite", "psycopg"):
        assert inside not in answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_there_are_operations_to_try() -> None:
    assert len(CHANGING) > 80
    assert len(WITH_BODY) > 45


def test_a_field_that_nobody_knows_is_refused_by_its_name(root: Client) -> None:
    before, wrong = rows(), []
    for operation in WITH_BODY:
        body = example(operation.schema) | {UNHEARD_OF: True}
        told = refused(send(root, operation.method, operation.address, body))
        fields = [error.get("field") for error in told.get("errors", ())]
        if (told["status"], fields) != (422, [UNHEARD_OF]):
            wrong.append((str(operation), body, told))
    assert not wrong
    assert rows() == before


def test_a_body_that_is_not_such_json_is_refused(root: Client) -> None:
    before, wrong = rows(), []
    for operation in WITH_BODY:
        for body, status in BODIES.items():
            told = refused(sent(root, operation, body))
            if (told["status"], told["code"]) != (status, "InvalidInput"):
                wrong.append((str(operation), body[:50], told["status"], told["code"]))
    assert not wrong
    assert rows() == before


def sent(client: Client, operation: Operation, body: bytes, **how: Any) -> Any:
    headers = {"idempotency-key": str(uuid4())} | how.pop("headers", {})
    how.setdefault("content_type", "application/json")
    return client.generic(
        operation.method, f"/api/{operation.address}", body, headers=headers, **how
    )


BODIES = {
    b"{": 400,
    b"\xff\xfe{}": 400,
    b'{"a": NaN}': 400,
    b'{"a": -Infinity}': 400,
    b'{"a": 1e999}': 400,
    b'{"a": ' + b"[" * 100_000: 400,
    b'{"a": ' + b"9" * 5000 + b"}": 400,
    b'{"a": 1, "a": 2}': 422,
    b'{"a": "\\u0000"}': 422,
    b'{"a": "\\ud800"}': 422,
    b"[]": 422,
    b"null": 422,
    b'"lamp"': 422,
    b"1e308": 422,
}
