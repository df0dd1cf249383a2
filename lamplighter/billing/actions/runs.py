"""
Bill runs: one period of a cycle, for all of its accounts.

A run goes on step by step. Each step is one transaction: some accounts' bills with all that belongs
to them, and how far the run has come. So it can be killed at any point and gone on with, and any
number of processes may work on it at the same time.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from lamplighter.billing.actions.issuing import Issue, Terms, issue_bills, today
from lamplighter.billing.actions.parking import hold, park
from lamplighter.billing.models import (
    Agreement,
    BilledAccount,
    BillRun,
    BillRunPart,
)
from lamplighter.billing.queries.cycles import Cycle, cycle, facts_of
from lamplighter.billing.queries.drafting import (
    Broken,
    Unbillable,
    Wanted,
    draft_bills,
)
from lamplighter.billing.queries.work import RunUnknown
from lamplighter.kernel import Place, Refusal
from lamplighter.metering.domain.buckets import BUCKETS
from lamplighter.platform import audit

log = structlog.get_logger(__name__)

STEP: Final = 4_000
"""So many accounts in one transaction."""
STORAGE: Final = (OperationalError, InterfaceError, OSError)
"""What is nobody's bill's fault: no space, no connection, a lock that is never given up."""


class PeriodNotOver(Refusal):
    """What is not over yet cannot be billed."""


class NoPeriodToBill(Refusal):
    """The cycle's calendar has no period up to this day."""


class CycleAlreadyBilled(Refusal):
    """All of this cycle's accounts are billed up to this day."""

    status = 409


class StorageFailed(Refusal):
    """The database took no more. Nothing of this step was kept, and all before it was."""

    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of a run has done."""

    accounts: int
    issued: int
    held: int
    parked: int


@transaction.atomic
def open_runs(*, cycle_code: str, through: date, by: str, at: datetime) -> list[UUID]:
    """
    Begin, or find begun, the runs that bill a cycle up to and including a day.

    A run that is over is opened again if accounts were left out, or came later.

    :return: the runs with work to do, the earliest period first
    :raises CycleUnknown: if there is no such cycle
    :raises PeriodNotOver: if the day is not over
    :raises NoPeriodToBill: if no period ends by then
    :raises CycleAlreadyBilled: if nothing is left to do
    """
    if through >= today(at):
        raise PeriodNotOver(
            f"{through} is not over.",
            remedy="Bill through yesterday at the latest.",
            places=(Place(field="through"),),
        )
    facts = cycle(cycle_code)
    periods = [p for p in facts.periods if (p.after_last - through).days <= 1]
    if not periods:
        raise NoPeriodToBill(
            f"No period of {cycle_code} ends by {through}.",
            remedy="Bill through the last day of a period, or extend the calendar.",
            places=(Place(field="through"),),
        )
    runs = []
    for period in periods:
        run, made = BillRun.objects.get_or_create(
            cycle_id=facts.id,
            first_day=period.first_day,
            defaults={
                "after_last": period.after_last,
                "issued_on": today(at),
                "started_at": at,
            },
        )
        if made:
            parts = [BillRunPart(run=run, bucket=bucket) for bucket in range(BUCKETS)]
            BillRunPart.objects.bulk_create(parts)
            _record(run, "billing.open_run", {"cycle": cycle_code}, by=by, at=at)
        runs.append(run)
    _open_again(runs[-1], by=by, at=at)
    unfinished = [run.id for run in runs if run.finished_at is None]
    if not unfinished:
        raise CycleAlreadyBilled(
            f"{cycle_code} is billed through {runs[-1].after_last}, exclusive.",
            remedy="`lamplighter bills exceptions` lists accounts that were left out.",
            places=(Place(field="through"),),
        )
    return unfinished


def _open_again(run: BillRun, *, by: str, at: datetime) -> None:
    """Begin a finished run anew, if it has left something unbilled."""
    facts = facts_of(run.cycle)
    earliest = Wanted(accounts=(), until=run.after_last, cycle=facts, known_at=at).earliest
    left = Agreement.objects.filter(
        # What ended before that is not charged any more.
        Q(ends_on=None) | Q(ends_on__gt=earliest),
        Q(billed_until=None)
        | Q(billed_until__lt=run.after_last) & (Q(ends_on=None) | Q(ends_on__gt=F("billed_until"))),
        account__in=BilledAccount.objects.filter(cycle=run.cycle_id).values("account"),
        starts_on__lt=run.after_last,
    )
    if run.finished_at is None or not left.exists():
        return
    run.finished_at = None
    run.issued_on = today(at)
    run.save(update_fields=["finished_at", "issued_on"])
    run.parts.update(done=False, after_lead=None, after_account=None, accounts=0, parked=0)
    _record(run, "billing.reopen_run", {}, by=by, at=at)


def go_on(*, run_id: UUID, size: int = STEP, by: str, at: datetime) -> Step | None:
    """
    Bill the next accounts of a run.

    :param size: at most so many
    :return: what was done; None if nothing is left for this process to do
    :raises RunUnknown: if there is no such run
    :raises StorageFailed: if the database takes no more
    """
    try:
        with _no_collecting():
            return _step(run_id, size, by=by, at=at)
    except RunUnknown:
        raise
    except STORAGE as error:
        raise _failed(error) from error
    except Exception:
        # One of these accounts has made all fail; alone, the others do not.
        log.exception("a step is done again, account by account", run=str(run_id))
    try:
        return _step(run_id, size, by=by, at=at, apart=True)
    except STORAGE as error:
        raise _failed(error) from error


@contextmanager
def _no_collecting() -> Iterator[None]:
    """
    Put the cyclic garbage collector off: a step makes hundreds of thousands of values without a
    cycle, and it would look through all of them time and again, for a fifth of the step's time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _failed(error: Exception) -> StorageFailed:
    return StorageFailed(
        str(error).strip() or repr(error),
        remedy="See to space and connection (`lamplighter doctor`), then start the run again: it"
        " goes on where it was.",
    )


@transaction.atomic
def _step(run_id: UUID, size: int, *, by: str, at: datetime, apart: bool = False) -> Step | None:
    run = BillRun.objects.select_related("cycle").filter(id=run_id).first()
    if run is None:
        raise RunUnknown(places=(Place(field="run_id"),))
    part = (
        BillRunPart.objects.select_for_update(skip_locked=True)
        .filter(run=run, done=False)
        .order_by("bucket")
        .first()
    )
    if part is None:
        _finish(run, by=by, at=at)
        return None
    chosen = _next_accounts(run, part, size)
    bill = _bill_apart if apart else _bill
    done = bill([account for _, account in chosen], run, facts_of(run.cycle), at=at)
    step = Step(
        accounts=len(chosen),
        issued=len(done.numbers),
        held=done.held,
        parked=len(done.unbillable),
    )
    _move_on(part, chosen, step, last=len(chosen) < size)
    if done.numbers or step.held or step.parked:
        detail: dict[str, str | int] = {
            "issued": step.issued, "held": step.held, "parked": step.parked,
        }  # fmt: skip
        if done.numbers:
            detail |= {"first": done.numbers[0], "last": done.numbers[-1]}
        _record(run, "billing.go_on", detail, by=by, at=at)
    return step


def _next_accounts(run: BillRun, part: BillRunPart, size: int) -> list[tuple[UUID, UUID]]:
    """The leads and ids of the accounts after those that are done."""
    rows = BilledAccount.objects.filter(cycle=run.cycle_id, bucket=part.bucket)
    if part.after_lead is not None:
        rows = rows.filter(
            Q(lead__gt=part.after_lead) | Q(lead=part.after_lead, account__gt=part.after_account)
        )
    return list(rows.order_by("lead", "account").values_list("lead", "account_id")[:size])


@dataclass(slots=True)
class _Done:
    numbers: list[str]
    held: int
    unbillable: list[Unbillable]


def _bill(accounts: Sequence[UUID], run: BillRun, facts: Cycle, *, at: datetime) -> _Done:
    wanted = Wanted(accounts=accounts, until=run.after_last, cycle=facts, known_at=at)
    drafted = draft_bills(wanted, lock=True)
    terms = Terms(
        series=facts.series,
        due_days=facts.rules.due_days,
        issued_on=run.issued_on,
        run_id=run.id,
    )
    passed = [ready for ready in drafted.ready if not ready.checks]
    odd = [ready for ready in drafted.ready if ready.checks]
    issues = [Issue(draft=ready.draft, addressee=ready.addressee) for ready in passed]
    numbers = issue_bills(issues, terms, at=at)
    hold(odd, run_id=run.id, at=at)
    park(drafted.unbillable, run_id=run.id, at=at)
    return _Done(numbers, len(odd), drafted.unbillable)


def _bill_apart(accounts: Sequence[UUID], run: BillRun, facts: Cycle, *, at: datetime) -> _Done:
    """Bill each account by itself: what breaks one bill is parked with it alone."""
    together = _Done([], 0, [])
    for account_id in accounts:
        alone = _bill_alone(account_id, run, facts, at=at)
        together.numbers += alone.numbers
        together.held += alone.held
        together.unbillable += alone.unbillable
    return together


def _bill_alone(account_id: UUID, run: BillRun, facts: Cycle, *, at: datetime) -> _Done:
    try:
        with transaction.atomic():
            return _bill([account_id], run, facts, at=at)
    except STORAGE:
        raise
    except Exception as error:
        log.exception("a bill broke", account=str(account_id))
        broken = Broken(repr(error), remedy=f"Report it; the log says more of {account_id}.")
        no = error if isinstance(error, Refusal) else broken
    one = Unbillable(
        account_id=account_id, refusal=no, first_day=run.first_day, after_last=run.after_last
    )
    park([one], run_id=run.id, at=at)
    return _Done([], 0, [one])


def _move_on(
    part: BillRunPart, chosen: Sequence[tuple[UUID, UUID]], step: Step, *, last: bool
) -> None:
    if chosen:
        part.after_lead, part.after_account = chosen[-1]
    part.done = last
    part.accounts += step.accounts
    part.issued += step.issued
    part.held += step.held
    part.parked += step.parked
    part.save()


def _finish(run: BillRun, *, by: str, at: datetime) -> None:
    """Note that a run is over, once nobody works on it any more."""
    if run.finished_at is None and not run.parts.filter(done=False).exists():
        run.finished_at = at
        run.save(update_fields=["finished_at"])
        _record(run, "billing.finish_run", {}, by=by, at=at)


def _record(
    run: BillRun, action: str, detail: dict[str, str | int], *, by: str, at: datetime
) -> None:
    period: dict[str, str | int] = {
        "first_day": run.first_day.isoformat(),
        "after_last": run.after_last.isoformat(),
    }
    audit.record(
        actor=by, action=action, subject=f"bill_run:{run.id}", detail=period | detail, at=at
    )
