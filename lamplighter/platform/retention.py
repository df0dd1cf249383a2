"""
How long what is kept, by kind. What is older is deleted, a bounded batch at a time.

    @kept(kind="log-in-attempts", what="…", days=30, least=1, most=90, why="…")
    def sweep_attempts(*, before: datetime, limit: int) -> int: ...

The functions are in the contexts' `privacy` rooms; each deletes at most `limit` rows from before a
time, and tells how many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from django.db import transaction

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit
from lamplighter.platform.models import Delivery, IdempotencyKey, OutboxEvent, RetentionPolicy
from lamplighter.platform.tasks import every

AT_ONCE: Final = 1000


class RetentionKindUnknown(Refusal):
    """Nothing of this kind is kept."""

    status = 404


class RetentionOutOfBounds(Refusal):
    """It has to be kept for longer than this, or must not be kept for so long."""


class Sweep(Protocol):
    """Deletes what is older, and tells how many rows it deleted."""

    def __call__(self, *, before: datetime, limit: int) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that is kept for a while."""

    kind: str
    what: str
    days: int
    """If nobody says otherwise."""
    least: int
    most: int
    why: str
    sweep: Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long something is kept now."""

    kind: Kind
    days: int
    changed_at: datetime | None
    """None: nobody has said otherwise."""


KINDS: Final[dict[str, Kind]] = {}
"""Every kind by its name. Filled at start-up."""


def kept(
    *, kind: str, what: str, days: int, least: int, most: int, why: str
) -> Callable[[Sweep], Sweep]:
    """Register a function that sweeps a kind."""

    def register(sweep: Sweep) -> Sweep:
        KINDS[kind] = Kind(
            kind=kind, what=what, days=days, least=least, most=most, why=why, sweep=sweep
        )
        return sweep

    return register


def policies() -> tuple[Policy, ...]:
    """How long each kind is kept, by name."""
    said = {row.kind: row for row in RetentionPolicy.objects.all()}
    return tuple(_policy(KINDS[name], said.get(name)) for name in sorted(KINDS))


def policy_of(kind: str) -> Policy:
    """:raises RetentionKindUnknown: if nothing of this kind is kept"""
    if kind not in KINDS:
        raise RetentionKindUnknown(places=(Place(field="kind"),))
    return _policy(KINDS[kind], RetentionPolicy.objects.filter(kind=kind).first())


@transaction.atomic
def change_policy(*, kind: str, days: int, by: str, at: datetime) -> None:
    """
    Keep something for longer, or not for so long, from now on.

    :raises RetentionKindUnknown: if nothing of this kind is kept
    :raises RetentionOutOfBounds: if law or safety ask for something else
    """
    known = policy_of(kind).kind
    if not known.least <= days <= known.most:
        raise RetentionOutOfBounds(
            f"{known.least} to {known.most} days: {known.why}", places=(Place(field="days"),)
        )
    RetentionPolicy.objects.update_or_create(kind=kind, defaults={"days": days, "changed_at": at})
    audit.record(
        actor=by,
        action="platform.change_retention",
        subject=f"retention:{kind}",
        detail={"days": days},
        at=at,
    )


@every(hours=1)
def sweep_what_is_old(*, at: datetime) -> bool:
    """Delete a batch of each kind. What was found of each is counted in no audit line."""
    counts = [
        policy.kind.sweep(before=at - timedelta(policy.days), limit=AT_ONCE)
        for policy in policies()
    ]
    return any(count >= AT_ONCE for count in counts)


@kept(
    kind="deliveries",
    what="Deliveries of events that are done or were discarded",
    days=30, least=1, most=365,
    why="They tell what was delivered when something is looked into.",
)  # fmt: skip
def sweep_deliveries(*, before: datetime, limit: int) -> int:
    over = [Delivery.State.DONE, Delivery.State.DISCARDED]
    ids = Delivery.objects.filter(state__in=over, finished_at__lt=before).order_by("id")
    return Delivery.objects.filter(id__in=list(ids.values_list("id", flat=True)[:limit])).delete()[
        0
    ]


@kept(
    kind="outbox-events",
    what="Events that are delivered to everybody",
    days=90, least=1, most=365,
    why="They tell what happened when something is looked into.",
)  # fmt: skip
def sweep_events(*, before: datetime, limit: int) -> int:
    waited_for = Delivery.objects.values("event_id")
    found = OutboxEvent.objects.filter(published_at__lt=before).exclude(id__in=waited_for)
    ids = list(found.order_by("id").values_list("id", flat=True)[:limit])
    return OutboxEvent.objects.filter(id__in=ids).delete()[0]


@kept(
    kind="idempotency-keys",
    what="Keys under which a write was asked for, and its answer; not those of payments",
    days=30, least=1, most=365,
    why="A program that was down may ask again; a payment's key is kept for ever.",
)  # fmt: skip
def sweep_idempotency_keys(*, before: datetime, limit: int) -> int:
    found = IdempotencyKey.objects.filter(kept_for_ever=False, asked_at__lt=before)
    ids = list(found.order_by("asked_at").values_list("id", flat=True)[:limit])
    return IdempotencyKey.objects.filter(id__in=ids).delete()[0]


def _policy(kind: Kind, said: RetentionPolicy | None) -> Policy:
    return Policy(
        kind=kind,
        days=kind.days if said is None else said.days,
        changed_at=None if said is None else said.changed_at,
    )
