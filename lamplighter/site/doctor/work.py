"""What is inside: deliveries that wait or are parked, the end of the audit trail, the readings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from lamplighter.metering.queries.intervals import damaged_files
from lamplighter.platform import audit_chain
from lamplighter.platform.audit_chain import AuditTrailBroken
from lamplighter.platform.models import Delivery, OutboxEvent
from lamplighter.site.doctor.finding import Finding, ok, problem, warning

WAIT_MAX: Final = timedelta(minutes=5)
LINES: Final = 1000
"""How much of the audit trail is looked at; all of it takes `lamplighter audit verify`."""


def check_deliveries(at: datetime) -> Iterator[Finding]:
    parked = Delivery.objects.filter(state=Delivery.State.PARKED).count()
    if parked:
        remedy = "See them by `lamplighter events parked`; then retry or discard each."
        yield warning("parked events", str(parked), remedy)
    else:
        yield ok("parked events", "none")
    pending = Delivery.objects.filter(state=Delivery.State.PENDING)
    late = pending.filter(due_at__lt=at - WAIT_MAX).count()
    if late:
        says = f"{late} deliveries have been due for over {WAIT_MAX.seconds // 60} minutes"
        yield warning("worker", says, "Start one, or another one: lamplighter worker")
    else:
        yield ok("worker", "nothing waits for long")


def check_clock(at: datetime) -> Iterator[Finding]:
    newest = OutboxEvent.objects.order_by("-id").values_list("published_at", flat=True).first()
    if newest is not None and newest > at + timedelta(minutes=1):
        says = f"an event was published at {newest:%Y-%m-%d %H:%M} UTC, and it is not that late yet"
        yield problem("clock", says, "Set the clock, by NTP. It has gone back.")


def check_audit_trail() -> Iterator[Finding]:
    head = audit_chain.head()
    try:
        checked = audit_chain.verify(after=max(0, head.number - LINES))
    except AuditTrailBroken as no:
        yield problem("audit trail", no.detail, "Run: lamplighter audit verify")
    else:
        yield ok("audit trail", f"the last {checked} of {head.number} lines hold")


def check_interval_files() -> Iterator[Finding]:
    damaged = damaged_files()
    if damaged:
        says = f"{len(damaged)} files are missing or cut short, such as {damaged[0]}"
        yield problem("interval readings", says, "Restore them: docs/operations.md, Backup.")
    else:
        yield ok("interval readings", "all files are there")
