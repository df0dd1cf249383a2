"""What processes do that are killed, or race, in the tests of billing."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from lamplighter.billing import actions
from lamplighter.billing.actions.settling import Paid, settle_bills
from lamplighter.billing.events import BillingFailed, BillIssued, BillsIssued
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledAccount,
    BilledSpan,
    BillingException,
    BillRun,
    BillRunPart,
    BillSeries,
)
from lamplighter.billing.tests import village
from lamplighter.kernel import Event, Refusal, new_id
from lamplighter.platform import audit_chain
from lamplighter.platform.models import OutboxEvent

FIRST, THROUGH, AFTER = date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1)
MARCH_31 = date(2025, 3, 31)
MORNING = datetime(2025, 2, 1, 6, tzinfo=UTC)
SIZE = 2
"""Of a step, in accounts."""


def settle_and_read(tmp_path: Path, *, count: int) -> None:
    """A village of homes with readings of January, of which the fifth has none."""
    village.publish(tmp_path, village.tariff())
    village.define_cycle()
    homes = village.settle(count)
    read = homes[:4] + homes[5:]
    village.read_meters(read, FIRST, AFTER, wh=[100 + n for n in range(len(read))])


def bill_january(intervals: Path) -> int:
    """Do what is left of January's run, and tell how many bills that were."""
    settings.LAMPLIGHTER_INTERVALS = intervals
    issued = 0
    try:
        runs = actions.open_runs(cycle_code=village.CYCLE, through=THROUGH, by="test", at=MORNING)
    except actions.CycleAlreadyBilled:
        return 0
    for run_id in runs:
        while step := actions.go_on(run_id=run_id, size=SIZE, by="test", at=MORNING):
            issued += step.issued
    return issued


def bill_january_as_one_of_many(_: int, *, intervals: Path) -> int:
    return bill_january(intervals)


def is_over() -> bool:
    return BillRun.objects.filter(finished_at__isnull=False).exists()


def documents() -> dict[UUID, tuple[str, str, int]]:
    """What was billed to each account, to the byte."""
    columns = ("account_id", "document", "sha256", "total_minor")
    rows = list(Bill.objects.values_list(*columns))
    found = {account: (document, digest, total) for account, document, digest, total in rows}
    assert len(found) == len(rows), "an account has two bills"
    return found


def check_what_holds() -> None:
    """What must be true whenever a process may have died."""
    numbers = sorted(Bill.objects.values_list("number", flat=True))
    assert numbers == [f"B-{n:07}" for n in range(1, len(numbers) + 1)]
    assert BillSeries.objects.get().next_number == len(numbers) + 1
    _check_events(numbers)
    _check_days()
    assert BillingException.objects.count() == len(_told(BillingFailed))
    audit_chain.verify()


def _check_events(numbers: list[str]) -> None:
    assert sorted(event["number"] for event in _told(BillIssued)) == numbers
    together = [key for event in _told(BillsIssued) for key in event["bill_ids"]]
    assert sorted(together) == sorted(str(bill.id) for bill in Bill.objects.all())


def _check_days() -> None:
    spans = BilledSpan.objects.filter(
        first_day=FIRST, after_last=AFTER, total_minor=F("bill__total_minor"), bill__kind="regular"
    )
    assert spans.count() == Bill.objects.count()
    billed = Agreement.objects.filter(billed_until=AFTER)
    assert set(billed.values_list("id", flat=True)) == set(
        spans.values_list("agreement_id", flat=True)
    )
    assert not Agreement.objects.filter(~Q(billed_until=AFTER), billed_until__isnull=False).exists()
    issued = sum(BillRunPart.objects.values_list("issued", flat=True))
    accounts = sum(BillRunPart.objects.values_list("accounts", flat=True))
    assert issued == Bill.objects.count()
    assert accounts == issued + BillingException.objects.count() <= BilledAccount.objects.count()


def _told(event: type[Event]) -> list[dict[str, Any]]:
    return list(OutboxEvent.objects.filter(name=event.name).values_list("data", flat=True))


def as_one_of_many(
    number: int, *, acts: Sequence[str], at: datetime, intervals: Path, held: UUID | None = None
) -> str:
    """Do the one of these things that is this process's turn, and tell what came of it."""
    settings.LAMPLIGHTER_INTERVALS = intervals
    by: dict[str, Any] = {"by": "test", "at": at}
    things: dict[str, Callable[[], object]] = {
        "cancel": lambda: actions.cancel_bill(number="B-0000002", reason="x", **by),
        "rebill": lambda: actions.rebill(number="B-0000002", reason="x", **by),
        "settle": lambda: actions.settle_bill(
            number="B-0000002", settled_on=THROUGH, source="bank", **by
        ),
        "settle-many": lambda: settle_bills(
            [Paid(number="B-0000002", settled_on=THROUGH)], source="bank", **by
        ),
        "release": lambda: actions.release_held_bill(held_id=held or new_id(), **by),
        "discard": lambda: actions.discard_held_bill(held_id=held or new_id(), reason="x", **by),
        "bill": lambda: actions.bill_account(account="00001", through=MARCH_31, **by),
        "adjust": lambda: actions.adjust(
            account="00001", lines=[("Goodwill", -100)], reason="x", **by
        ),
    }
    try:
        things[acts[number]]()
    except Refusal as no:
        return no.code
    return "done"
