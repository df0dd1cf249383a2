"""
Whatever is sent to an operation, its answer is one that the description of the API tells of:
schemathesis makes it up, from what the description allows and from what it does not.

LAMPLIGHTER_FUZZ says how many cases an operation gets: a few in each run of the suite, a thousand
in a long one (`make fuzz`).
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings

from lamplighter.billing.tests.issued import issue, month, move_in
from lamplighter.customers.models import AccountUser
from lamplighter.identity.actions import add_member
from lamplighter.identity.actions.sessions import Device, begin_session
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Session
from lamplighter.site.api import api

pytestmark = pytest.mark.django_db
CASES = int(os.environ.get("LAMPLIGHTER_FUZZ", "8"))
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
SCHEMA.app = get_wsgi_application()


class Administrator:
    """Somebody who may do everything, so that no case ends at the door."""

    def __init__(self) -> None:
        roles = (Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR, Role.MERCHANT_OWNER)[:2]
        self.user_id = add_member(
            email="ada@x.example", password="a lamp in the window", roles=roles,
            by="test", at=LONG_AGO,
        )  # fmt: skip
        home = move_in()
        issue(home, month(home, date(2025, 1, 1), 100), "B-1")
        AccountUser.objects.create(account_id=home.account_id, user_id=self.user_id, since=LONG_AGO)

    def authorization(self) -> str:
        """A session of its own for each case: another one may have been ended by it."""
        session_id = begin_session(
            user_id=self.user_id,
            device=Device(kind=Session.Kind.API, name="fuzz", network_address=""),
            at=timezone.now(),
        )
        token = access_token(user_id=self.user_id, session_id=session_id, at=timezone.now())
        return f"Bearer {token}"


@pytest.fixture(scope="module")
def administrator(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[Administrator]:
    # As Django's own test client does: a request must not close the connection of the test.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield Administrator()
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@SCHEMA.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=CASES < 100,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_any_input_is_answered_as_described(case: Any, administrator: Administrator) -> None:
    with transaction.atomic():
        case.call_and_validate(headers={"Authorization": administrator.authorization()})
        transaction.set_rollback(True)
