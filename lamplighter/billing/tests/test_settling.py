"""Many bills are paid at once."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lamplighter.billing import actions
from lamplighter.billing.actions.settling import Paid, settle_bills
from lamplighter.billing.models import Settlement
from lamplighter.billing.queries.bills import BillNotFound, balance_of
from lamplighter.billing.queries.open_bills import open_bills
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import Home, read_meters, run, settle, tariff
from lamplighter.platform.models import AuditLine

pytestmark = pytest.mark.django_db

LATER = datetime(2025, 4, 10, 9, tzinfo=UTC)
DAY, NEXT = date(2025, 3, 20), date(2025, 3, 21)
ALWAYS = {"issued_from": date(2025, 1, 1), "issued_before": date(2026, 1, 1)}


@pytest.fixture
def homes(tmp_path: Path) -> list[Home]:
    """Two homes with two bills each."""
    village.publish(tmp_path, tariff())
    village.define_cycle()
    homes = settle(2)
    read_meters(homes, date(2025, 1, 1), date(2025, 3, 1))
    run(date(2025, 2, 28))
    return homes


def pay(*numbers: str, on: date = DAY) -> int:
    payments = [Paid(number=number, settled_on=on) for number in numbers]
    return settle_bills(payments, source="statement 7", by="test", at=LATER)


def still_open() -> list[str]:
    return [one.number for one in open_bills(**ALWAYS)]


def test_what_is_paid_is_no_longer_open(homes: list[Home]) -> None:
    assert len(still_open()) == 4
    assert pay("B-0000001", "B-0000003") == 2
    assert still_open() == ["B-0000002", "B-0000004"]
    row = Settlement.objects.get(bill__number="B-0000001")
    assert (row.settled_on, row.source, row.recorded_at) == (DAY, "statement 7", LATER)
    line = AuditLine.objects.latest("id")
    assert (line.action, line.detail) == (
        "billing.settle_bills",
        {"count": 2, "source": "statement 7"},
    )
    pay("B-0000002", "B-0000004")
    assert all(not balance_of(home.account).minor for home in homes)


def test_the_same_statement_again_changes_nothing(homes: list[Home]) -> None:
    pay("B-0000001")
    lines = AuditLine.objects.count()
    assert pay("B-0000001", "B-0000001") == 0
    assert (Settlement.objects.count(), AuditLine.objects.count()) == (1, lines)


def test_one_wrong_row_undoes_the_statement(homes: list[Home]) -> None:
    pay("B-0000001")
    cancellation = actions.cancel_bill(number="B-0000004", reason="test", by="test", at=LATER)
    for wrong, no in (
        ("B-0000009", BillNotFound),
        ("B-0000001", actions.BillSettled),
        ("B-0000004", actions.BillAlreadyCancelled),
        (cancellation, actions.CancellationStays),
    ):
        with pytest.raises(no) as refused:
            pay("B-0000002", wrong, on=NEXT)
        assert refused.value.places[0].row == 2
    assert still_open() == ["B-0000002", "B-0000003"]


def test_open_bills_are_told_with_whose_they_are(homes: list[Home]) -> None:
    first = next(iter(open_bills(**ALWAYS)))
    assert first.account in {home.number for home in homes}
    # 744 hours of 0.5 kWh at 0.20, and 5.00.
    assert first.total.minor == 7940
    assert not list(open_bills(issued_from=date(2026, 1, 1), issued_before=date(2027, 1, 1)))
