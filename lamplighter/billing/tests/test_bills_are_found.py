"""What is told about bills that were issued."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.queries.accounts import properties_of, search_accounts
from lamplighter.billing.queries.bills import (
    BillNotFound,
    BillState,
    balance_of,
    bill,
    bills_of,
    previous_bill,
    standing_of,
)
from lamplighter.billing.queries.usage_history import usage_history
from lamplighter.billing.tests.issued import (
    EUR,
    Household,
    cancel,
    correction_of,
    estimated_by_hand,
    issue,
    month,
    move_in,
    settle,
)
from lamplighter.customers.domain import EVERYTHING
from lamplighter.customers.queries import AccountUnknown
from lamplighter.kernel import Money
from lamplighter.metering import actions as metering
from lamplighter.metering.domain.registers import Dials, RegisterPlan

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = (date(2025, n, 1) for n in (1, 2, 3))
NOW = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def home() -> Household:
    return move_in()


def euros(minor: int) -> Money:
    return Money(minor, EUR)


def test_a_bill_is_told_as_it_was_issued(home: Household) -> None:
    first = issue(home, month(home, JANUARY, 200), "B-1")
    content = month(
        home, FEBRUARY, 240, basis=estimated_by_hand(), corrections=(correction_of(first, home),)
    )
    row = issue(home, content, "B-2", open_before_minor=5000)
    told = bill("B-2")
    assert told.id == row.id
    assert told.content == content
    assert told.addressee.places == (("UP1", "1 High Street"),)
    # 240 kWh at 0.25, and the correction of 10 kWh; 50.00 were open.
    assert (told.content.total, told.due) == (euros(6250), euros(11250))


def test_what_is_no_bill_is_refused_by_name(home: Household) -> None:
    with pytest.raises(BillNotFound, match="'B-9' is not a bill"):
        bill("B-9")
    for ask in (standing_of, previous_bill):
        with pytest.raises(BillNotFound):
            ask("B-9")
    with pytest.raises(BillNotFound):
        bills_of(home.account_id, after="B-9")
    with pytest.raises(BillNotFound):
        usage_history(home.account_id, up_to="B-9")
    with pytest.raises(AccountUnknown):
        balance_of(uuid4())


def test_bills_come_page_by_page_the_newest_first(home: Household) -> None:
    for n in range(1, 8):
        issue(home, month(home, date(2025, n, 1), 100), f"B-{n}")
    # Issued on one day: by number.
    issue(home, month(home, date(2025, 8, 1), 100), "B-8", issued_on=date(2025, 8, 3))
    pages = [bills_of(home.account_id, limit=3)]
    while pages[-1]:
        pages.append(bills_of(home.account_id, after=pages[-1][-1].number, limit=3))
    numbers = [[each.number for each in page] for page in pages]
    assert numbers == [["B-8", "B-7", "B-6"], ["B-5", "B-4", "B-3"], ["B-2", "B-1"], []]


def test_anothers_bill_is_no_cursor(home: Household) -> None:
    other = move_in("A-2", usage_point="UP2")
    issue(other, month(other, JANUARY, 100), "B-1")
    with pytest.raises(BillNotFound):
        bills_of(home.account_id, after="B-1")


def test_a_bill_is_open_until_it_is_settled_or_taken_back(home: Household) -> None:
    paid, wrong, new = (
        issue(home, month(home, day, 200), f"B-{n}")
        for n, day in enumerate((JANUARY, FEBRUARY, MARCH), start=1)
    )
    settle(paid, on=date(2025, 2, 10))
    cancel(home, wrong, "B-4", on=date(2025, 4, 4))
    states = {each.number: each.state for each in bills_of(home.account_id)}
    assert states == {
        "B-1": BillState.SETTLED,
        "B-2": BillState.CANCELLED,
        "B-3": BillState.OPEN,
        "B-4": BillState.CANCELLATION,
    }
    assert standing_of("B-1").settled_on == date(2025, 2, 10)
    assert standing_of("B-2").cancelled_by == "B-4" == bill("B-2").cancelled_by
    assert standing_of("B-4").cancels == "B-2"
    assert balance_of(home.account_id) == euros(new.total_minor) == euros(5000)


def test_a_bill_that_was_paid_and_is_taken_back_is_owed_to_the_customer(home: Household) -> None:
    assert balance_of(home.account_id) == euros(0)
    paid = issue(home, month(home, JANUARY, 200), "B-1")
    settle(paid, on=date(2025, 2, 10))
    cancel(home, paid, "B-2", on=date(2025, 4, 4))
    assert balance_of(home.account_id) == euros(-5000)
    issue(home, month(home, JANUARY, 180, kind=BillKind.REBILL), "B-3", replaces=paid)
    assert balance_of(home.account_id) == euros(-500)
    assert (standing_of("B-1").replaced_by, standing_of("B-3").replaces) == ("B-3", "B-1")


def test_the_previous_bill_is_that_of_the_days_before(home: Household) -> None:
    issue(home, month(home, JANUARY, 200), "B-1")
    wrong = issue(home, month(home, FEBRUARY, 900), "B-2")
    issue(home, month(home, MARCH, 210), "B-3")
    cancel(home, wrong, "B-4", on=date(2025, 4, 4))
    rebill = month(home, FEBRUARY, 190, kind=BillKind.REBILL)
    issue(home, rebill, "B-5", replaces=wrong, issued_on=date(2025, 4, 4))
    previous = {n: previous_bill(f"B-{n}") for n in (1, 3, 5)}
    assert previous[1] is None
    assert {n: each.number for n, each in previous.items() if each} == {3: "B-5", 5: "B-1"}


def test_usage_is_told_as_it_was_known_when_the_bill_was_issued(home: Household) -> None:
    issue(home, month(home, date(2024, 1, 1), 111), "B-0")
    issue(home, month(home, JANUARY, 200), "B-1")
    wrong = issue(home, month(home, FEBRUARY, "900.5"), "B-2")
    issue(home, month(home, MARCH, 210), "B-3")
    cancel(home, wrong, "B-4", on=date(2025, 4, 4))
    rebill = month(home, FEBRUARY, 190, kind=BillKind.REBILL)
    issue(home, rebill, "B-5", replaces=wrong, issued_on=date(2025, 4, 4))
    issue(home, month(home, date(2025, 4, 1), 220), "B-6")

    def told(number: str) -> list[tuple[str, Decimal]]:
        return [(u.number, u.quantity) for u in usage_history(home.account_id, up_to=number)]

    # Thirteen months up to the end of March reach back to the beginning of March 2024.
    assert told("B-3") == [("B-1", Decimal(200)), ("B-2", Decimal("900.5")), ("B-3", Decimal(210))]
    assert told("B-6") == [
        ("B-1", Decimal(200)),
        ("B-5", Decimal(190)),
        ("B-3", Decimal(210)),
        ("B-6", Decimal(220)),
    ]


def test_properties_are_told_with_the_meters_that_are_there(home: Household) -> None:
    plan = RegisterPlan(channel="E1", flow="import", unit="kWh", dials=Dials(dials=5, decimals=0))
    meter = metering.add_meter(
        serial="M-77", make="Aster", commodity="electricity", registers=[plan], by="test", at=NOW
    )
    metering.install_meter(
        meter_id=meter,
        usage_point_id=home.usage_point_id,
        installed_at=datetime(2025, 1, 1, tzinfo=UTC),
        by="test",
        at=NOW,
    )
    (told,) = properties_of(home.account_id, at=NOW)
    assert (told.address, told.usage_point, told.tariff, told.tariff_name) == (
        "1 High Street", "UP1", "HOME", "At home",
    )  # fmt: skip
    assert [(one.make, one.serial) for one in told.meters] == [("Aster", "M-77")]
    (before,) = properties_of(home.account_id, at=datetime(2024, 6, 1, tzinfo=UTC))
    assert before.meters == ()
    assert [found.number for found in search_accounts("M-77", sight=EVERYTHING)] == ["A-1"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", ["A-1", "A-2", "A-3"]),
        ("A-2", ["A-2"]),
        ("B-1", ["A-1"]),
        ("UP3", ["A-3"]),
        ("UP", ["A-1", "A-2", "A-3"]),
        ("ward", ["A-1", "A-2"]),
        ("  mill lane ", ["A-2"]),
        ("nobody", []),
    ],
)
def test_accounts_are_found_by_what_staff_have(
    home: Household, text: str, numbers: list[str]
) -> None:
    move_in("A-2", holder="Wardell", usage_point="UP2", address="3 Mill Lane")
    move_in("A-3", holder="Kim", usage_point="UP3")
    issue(home, month(home, JANUARY, 200), "B-1")
    found = search_accounts(text, sight=EVERYTHING)
    assert [account.number for account in found] == numbers
    paged = [
        a.number
        for n in ("", *numbers)
        for a in search_accounts(text, sight=EVERYTHING, after=n, limit=1)
    ]
    assert paged == numbers
