"""
Carrying out what the outbox holds: each (event, reaction) exactly once.

A delivery is claimed in one transaction and carried out in a second one. The first writes down
that a try begins, and when the next one is due should nothing more be heard of this one: so what
kills the worker is counted, and parked in the end like any failure. The second locks the
delivery's row and marks it done together with all that the reaction writes.

First tries share a transaction, which is what makes them fast. If one of them fails, all of it is
undone and done again with a savepoint for each; from then on the failed one is carried out alone
and cannot harm the others. Any number of workers may do this at the same time.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from lamplighter.platform.logs import tracing
from lamplighter.platform.models import Delivery
from lamplighter.platform.outbox import REACTIONS

BATCH_SIZE: Final = 100
BATCH_S: Final = 0.1
"""A transaction that has taken longer than this is ended, for others to have their turn."""
LEASE: Final = timedelta(minutes=1)
"""How long after the beginning of a try that is not heard of again the next one is due."""
DELAY: Final = timedelta(seconds=1)
DELAY_MAX: Final = timedelta(hours=1)
TRIES_MAX: Final = 12
"""With these delays, a reaction that keeps failing is parked after about an hour."""
ERROR_LENGTH_MAX: Final = 2000

log = structlog.get_logger(__name__)
Outcome = Counter[Delivery.State]
"""How many deliveries were done, failed and are pending, or were parked."""
CarryOut = Callable[[Delivery, datetime], Exception | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries of which this process has begun the try of this number."""

    ids: tuple[int, ...]
    tries: int


def deliver_due(*, at: datetime) -> Outcome:
    """Carry out everything that is due, and what comes of it, until nothing is left."""
    outcome = Outcome()
    while (some := deliver_next(at=at)) is not None:
        outcome += some
    return outcome


def deliver_next(*, at: datetime) -> Outcome | None:
    """
    Carry out a batch of first tries, then some that have failed before, for about as long: neither
    kind keeps the other waiting. Return nothing if there was nothing to do.
    """
    outcome = None
    if claimed := claim_first_tries(at=at):
        outcome = deliver(claimed, at=at)
    until = time.monotonic() + BATCH_S
    while time.monotonic() < until and (claimed := claim_another_try(at=at)):
        outcome = (outcome or Outcome()) + deliver(claimed, at=at)
    return outcome


def claim_first_tries(*, at: datetime) -> Claim | None:
    """Begin the first try of some deliveries that are due and that no other worker is busy with."""
    due = _due(at).filter(tries=0)
    if not due.first():
        return None
    with transaction.atomic():
        ids = tuple(row.id for row in due.select_for_update(skip_locked=True)[:BATCH_SIZE])
        _begin(ids, 1, at=at)
    return Claim(ids, 1) if ids else None


def claim_another_try(*, at: datetime) -> Claim | None:
    """Begin the next try of a delivery that has failed before, or park it."""
    due = _due(at).filter(tries__gt=0)
    while due.first():
        with transaction.atomic():
            row = due.select_for_update(skip_locked=True).first()
            if row is None:
                return None
            if row.tries < TRIES_MAX:
                _begin((row.id,), row.tries + 1, at=at)
                return Claim((row.id,), row.tries + 1)
            # The last try was the end of a worker, as perhaps all before it were.
            Delivery.objects.filter(id=row.id).update(state=Delivery.State.PARKED, finished_at=at)
            log.error("delivery parked", delivery=row.id)
    return None


def _due(at: datetime) -> QuerySet[Delivery]:
    # In the order of its index, so that PostgreSQL cannot think it quicker to go through all that
    # was ever done. Looked at without a lock first: mostly there is nothing to do.
    pending = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lte=at)
    return pending.order_by("due_at", "id").only("id", "tries")


def _begin(ids: tuple[int, ...], tries: int, *, at: datetime) -> None:
    Delivery.objects.filter(id__in=ids).update(
        tries=tries, due_at=at + LEASE, error="The worker ended in the middle."
    )


def deliver(claimed: Claim, *, at: datetime) -> Outcome:
    """Carry out what was claimed, in as few transactions as their length allows."""
    outcome, left = Outcome(), claimed.ids
    while left:
        batch, left = _deliver_some(Claim(left, claimed.tries), at=at)
        outcome += batch
    return outcome


def _deliver_some(claimed: Claim, *, at: datetime) -> tuple[Outcome, tuple[int, ...]]:
    """Carry out deliveries, and return for which of them there was no time in the transaction."""
    if len(claimed.ids) > 1:
        try:
            return _deliver_together(claimed, _react, at=at)
        except Exception as error:  # noqa: BLE001 - what it was is seen when it happens again
            log.info("batch undone, and done again with savepoints", reason=repr(error))
    try:
        return _deliver_together(claimed, _attempt, at=at)
    except IntegrityError as error:
        # One of them broke a rule that the database only looks at when it commits.
        return _deliver_apart(claimed, error, at=at), ()


def _deliver_together(
    claimed: Claim, carry_out: CarryOut, *, at: datetime
) -> tuple[Outcome, tuple[int, ...]]:
    outcome: Outcome = Outcome()
    with transaction.atomic():
        rows = _lock(claimed)
        until, done = time.monotonic() + BATCH_S, []
        while rows and (not outcome or time.monotonic() < until):
            delivery = rows.pop(0)
            with tracing(delivery.event.trace_id):
                error = carry_out(delivery, at)
            if error is None:
                done.append(delivery.id)
                outcome[Delivery.State.DONE] += 1
            else:
                outcome[_put_off(delivery, error, at=at)] += 1
        Delivery.objects.filter(id__in=done).update(
            state=Delivery.State.DONE, finished_at=at, error=""
        )
    return outcome, tuple(delivery.id for delivery in rows)


def _deliver_apart(claimed: Claim, error: IntegrityError, *, at: datetime) -> Outcome:
    """Carry out, each in a transaction of its own, deliveries that failed when put together."""
    outcome = Outcome()
    if len(claimed.ids) == 1:
        with transaction.atomic():
            for delivery in _lock(claimed):
                outcome[_put_off(delivery, error, at=at)] += 1
    else:
        for one in claimed.ids:
            outcome += deliver(Claim((one,), claimed.tries), at=at)
    return outcome


def _lock(claimed: Claim) -> list[Delivery]:
    """Those of the deliveries that are still ours: a lease that ended may be another's now."""
    return list(
        Delivery.objects.filter(
            id__in=claimed.ids, tries=claimed.tries, state=Delivery.State.PENDING
        )
        .select_related("event")
        # Waits: a worker that looks for something to claim may hold ours for a moment.
        .select_for_update(of=("self",))
        .order_by("id")
    )


def _react(delivery: Delivery, at: datetime) -> None:
    """Let the reaction happen. If it fails, all that shares its transaction has to be undone."""
    if delivery.reaction not in REACTIONS:
        msg = f"this version of the program has no reaction {delivery.reaction}"
        raise LookupError(msg)
    reaction = REACTIONS[delivery.reaction]
    reaction.act(reaction.event.from_json(delivery.event.data), at=at)


def _attempt(delivery: Delivery, at: datetime) -> Exception | None:
    """Let the reaction happen; if it fails, undo it alone and return why."""
    try:
        with transaction.atomic():
            _react(delivery, at)
    except Exception as error:
        log.warning(
            "reaction failed",
            reaction=delivery.reaction,
            delivery=delivery.id,
            tries=delivery.tries,
            exc_info=error,
        )
        return error
    return None


def _put_off(delivery: Delivery, error: Exception, *, at: datetime) -> Delivery.State:
    """Note a failure, and try again later or, after too many tries, park the delivery."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX]
    # A database does not take every character that may be in there.
    delivery.error = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
    if delivery.tries >= TRIES_MAX:
        delivery.state, delivery.finished_at = Delivery.State.PARKED, at
        log.error("delivery parked", reaction=delivery.reaction, delivery=delivery.id)
    else:
        delivery.due_at = at + delay_before_next_try(delivery.id, delivery.tries)
    delivery.save(update_fields=["state", "finished_at", "due_at", "error"])
    return Delivery.State(delivery.state)


def delay_before_next_try(delivery_id: int, tries: int) -> timedelta:
    """Doubling with each try, less up to a half that differs from delivery to delivery."""
    longest: timedelta = min(DELAY * 2 ** (tries - 1), DELAY_MAX)
    chance = zlib.crc32(f"{delivery_id}:{tries}".encode()) / 2**32
    return longest * (1 - chance / 2)
