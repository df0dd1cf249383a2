"""History is held against the bills, and made whole."""

from datetime import timedelta

import pytest
from django.db import connections

from lamplighter.history import actions
from lamplighter.history.models import DATABASE, BilledFact, LineFact
from lamplighter.history.queries import agreeing
from lamplighter.history.queries.agreeing import HistoryDiffers, verify
from lamplighter.history.tests.bills import (
    APRIL,
    BOTH,
    FEBRUARY,
    JANUARY,
    MARCH,
    NOON,
    Account,
    bill_of,
    change_history,
    issue,
    month,
    open_accounts,
)
from lamplighter.platform.deliveries import deliver_due
from lamplighter.platform.models import AuditLine

pytestmark = pytest.mark.django_db(databases=BOTH)
SECOND_LINE = (
    "position = 1 AND bill_id = (SELECT bill_id FROM history_billedfact WHERE number = 'B-%07d')"
)
LATER = NOON + timedelta(days=400)


@pytest.fixture
def accounts() -> list[Account]:
    """Three accounts with bills of three months."""
    accounts = open_accounts(3)
    for first_day, on in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH), (MARCH, APRIL)):
        issue(accounts, [month(each, first_day, "100") for each in accounts], on=on)
    return accounts


@pytest.fixture
def copied(accounts: list[Account]) -> list[Account]:
    deliver_due(at=LATER)
    return accounts


def test_rebuild_copies_all_of_a_history_that_was_lost(accounts: list[Account]) -> None:
    told: list[tuple[int, int]] = []
    assert actions.rebuild(by="cli:mw", at=LATER, progress=lambda *a: told.append(a)) == 9
    assert told == [(3, 9), (6, 9), (9, 9)]
    assert verify(every=True) == 9
    line = AuditLine.objects.get(action="history.rebuild")
    assert (line.actor, line.detail) == ("cli:mw", {"copied": 9})


def test_rebuild_copies_only_what_is_missing(accounts: list[Account]) -> None:
    actions.copy_bills([bill_of(f"B-000000{n}").id for n in (1, 2, 3, 5)])
    with pytest.raises(HistoryDiffers, match="B-0000004 is not in history"):
        verify()
    assert actions.rebuild(by="test", at=LATER) == 5
    assert verify() == 9
    assert actions.rebuild(by="test", at=LATER) == 0
    assert LineFact.objects.count() == 27


def test_pages_of_a_day_are_gone_through_to_the_end(
    accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreeing, "PAGE", 2)
    assert actions.rebuild(by="test", at=LATER) == 9
    assert verify(every=True) == 9


def test_history_that_agrees_is_verified(copied: list[Account]) -> None:
    assert verify() == verify(every=True) == 9


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            f"UPDATE history_linefact SET amount_minor = 2001 WHERE {SECOND_LINE % 5}",
            "B-0000005, line 2, amount_minor: billing has 2000, history 2001",
        ),
        (
            "UPDATE history_billedfact SET total_minor = 1 WHERE number = 'B-0000007'",
            "B-0000007, the bill, total_minor: billing has 2500, history 1",
        ),
        (
            f"DELETE FROM history_linefact WHERE {SECOND_LINE % 2}",
            "B-0000002, line: billing has 3, history 2",
        ),
    ],
)
def test_the_first_difference_is_named(copied: list[Account], change: str, says: str) -> None:
    change_history(change)
    with pytest.raises(HistoryDiffers) as no:
        verify()
    assert says in no.value.detail


def test_what_sums_do_not_show_is_found_line_by_line(copied: list[Account]) -> None:
    change_history("UPDATE history_usagefact SET quantity = '7' WHERE flow = 'import'")
    assert verify() == 9
    with pytest.raises(HistoryDiffers, match=r"B-0000001, usage 1, quantity: .* 100, history 7"):
        verify(every=True)


@pytest.mark.parametrize("number", ["B-0000000", "B-0000005X", "B-0000099"])
def test_a_bill_that_was_never_issued_is_found(
    copied: list[Account], number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreeing, "PAGE", 2)
    fact = BilledFact.objects.get(number="B-0000005")
    fact.pk, fact.number = copied[0].id, number
    fact.save(force_insert=True)
    with pytest.raises(HistoryDiffers, match=f"{number} is in history and no bill"):
        verify()


def test_lines_are_kept_together_with_their_bill(copied: list[Account]) -> None:
    with connections[DATABASE].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history_linefact WHERE currency = 'EUR'")
        assert cursor.fetchone() == (27,)
