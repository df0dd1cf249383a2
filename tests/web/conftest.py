"""Somebody at a desk of the utility, and a household that asks them questions."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from lamplighter.billing.models import Bill
from lamplighter.billing.tests.issued import (
    Household,
    correction_of,
    estimated_by_hand,
    issue,
    month,
    move_in,
    settle,
)
from lamplighter.customers.models import AccountUser
from lamplighter.identity.actions import add_member
from lamplighter.identity.domain.permissions import Role
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.registers import Dials, RegisterPlan

EMAIL, PASSWORD = "mary@utility.example", "a lamp in the window"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
Page = Callable[..., str]


@pytest.fixture
def staff(db: None) -> UUID:
    return add_member(
        email=EMAIL, password=PASSWORD, roles=(Role.ADMINISTRATOR,), by="test", at=LONG_AGO
    )


@pytest.fixture
def stranger() -> Client:
    """A browser in which nobody has logged in."""
    return Client(headers={"accept": "text/html"}, raise_request_exception=False)


@pytest.fixture
def desk(staff: UUID, stranger: Client) -> Client:
    """The browser of somebody who has logged in."""
    answer = stranger.post("/login", {"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 302
    return stranger


@pytest.fixture
def home(db: None) -> Household:
    return move_in()


@dataclass(frozen=True)
class Bills:
    paid: Bill
    latest: Bill


@pytest.fixture
def bills(home: Household) -> Bills:
    """February was paid; March is estimated, and corrects February."""
    paid = issue(home, month(home, date(2025, 2, 1), 200), "B-1")
    settle(paid, on=date(2025, 3, 10))
    content = month(
        home,
        date(2025, 3, 1),
        240,
        basis=estimated_by_hand(),
        corrections=(correction_of(paid, home),),
    )
    return Bills(paid, issue(home, content, "B-2", open_before_minor=-500))


@pytest.fixture
def meter(home: Household) -> UUID:
    """It showed 1,000 on the first day of 2025."""
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=1))
    meter_id = metering.add_meter(
        serial="M-77",
        make="Aster",
        commodity="electricity",
        registers=[plan],
        by="test",
        at=datetime.now(UTC),
    )
    metering.install_meter(
        meter_id=meter_id,
        usage_point_id=home.usage_point_id,
        installed_at=LONG_AGO,
        readings={"E1": Decimal(1000)},
        by="test",
        at=datetime.now(UTC),
    )
    return meter_id


def logged_in(email: str, *, sees: Household | None = None, roles: tuple[Role, ...] = ()) -> Client:
    """The client of somebody who has registered, and may see the account of a household."""
    user = add_member(email=email, password=PASSWORD, roles=roles, by="test", at=LONG_AGO)
    if sees is not None:
        AccountUser.objects.create(account_id=sees.account_id, user_id=user, since=LONG_AGO)
    client = Client(headers={"accept": "text/html"}, raise_request_exception=False)
    assert client.post("/login", {"email": email, "password": PASSWORD}).status_code == 302
    return client


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Send JSON to the API, a POST under a new idempotency key."""
    if method == "POST":
        headers.setdefault("idempotency_key", str(uuid4()))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(
        method, f"/api/{path}", json.dumps(body), content_type="application/json", headers=named
    )


@pytest.fixture
def neighbour(db: None) -> Household:
    """A household that is none of the consumer's business, with a bill."""
    other = move_in("A-2", holder="Kim Soren", usage_point="UP2", address="3 Mill Lane")
    issue(other, month(other, date(2025, 2, 1), 100), "N-1")
    return other


@pytest.fixture
def consumer(bills: Bills, home: Household, neighbour: Household) -> Client:
    """Somebody who may see the account A-1, and nothing else."""
    return logged_in("mary.ward@home.example", sees=home)
