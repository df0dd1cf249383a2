"""A small world for the tests of platform: lamps are lit, and two reactions write lines of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from lamplighter.kernel import Event
from lamplighter.platform import audit, outbox
from lamplighter.platform.models import AuditLine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    lamp: str


@transaction.atomic
def light(lamp: str, *, at: datetime = NOON) -> None:
    write("light", lamp, at=at)
    outbox.publish(LampLit(lamp=lamp), at=at)


def write(action: str, lamp: str, *, at: datetime = NOON) -> None:
    audit.record(actor="test", action=action, subject=lamp, detail={}, at=at)


def written(lamp: str) -> list[str]:
    """What was done to a lamp, sorted."""
    return sorted(AuditLine.objects.filter(subject=lamp).values_list("action", flat=True))


def when_lamp_lit_log(event: LampLit, *, at: datetime) -> None:
    write("log", event.lamp, at=at)


def when_lamp_lit_tell(event: LampLit, *, at: datetime) -> None:
    write("tell", event.lamp, at=at)
