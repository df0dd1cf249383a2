"""What history does when it hears of bills."""

from datetime import datetime

from lamplighter.billing.events import BillsIssued
from lamplighter.history import actions
from lamplighter.platform.outbox import on


@on(BillsIssued)
def when_bills_issued(event: BillsIssued, *, at: datetime) -> None:  # noqa: ARG001 - see `on`
    """Copy them. If history is down they are copied when the delivery is tried again."""
    actions.copy_bills(event.bill_ids)
