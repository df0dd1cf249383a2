"""Somebody at a desk of the utility, and a household that asks them questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

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
