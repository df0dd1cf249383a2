"""
Readings that arrive, or change, after their days were billed.

First it is noted which billed days are concerned; then each is worked out once more, and what comes
of the difference is as the tariff's policy says. An estimated bill is trued up in the same way: its
readings arrive late.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from lamplighter.billing.actions.cancelling import (
    lock_account,
    rebill,
    terms_of,
)
from lamplighter.billing.actions.issuing import Issue, issue_bills, today
from lamplighter.billing.actions.parking import park
from lamplighter.billing.domain.bills import BillKind, Correction, FlowUsage
from lamplighter.billing.domain.documents import canonical_text, document_of
from lamplighter.billing.domain.drafts import Draft, draft_of
from lamplighter.billing.models import (
    Agreement,
    BilledAccount,
    BilledSpan,
    BillingCycle,
    PendingCorrection,
)
from lamplighter.billing.queries.addressees import addressee_of
from lamplighter.billing.queries.cycles import Cycle, facts_of
from lamplighter.billing.queries.drafting import Unbillable, draft_bills
from lamplighter.billing.queries.rebilling import wanted_again
from lamplighter.customers import queries as customers
from lamplighter.kernel import Currency, Money, Refusal
from lamplighter.platform import audit
from lamplighter.tariffs.domain.schedule import Late, LatePolicy
from lamplighter.tariffs.queries.versions import schedule_of_id

log = structlog.get_logger(__name__)

IN_FLIGHT: Final = timedelta(hours=12)
"""So long may pass from an import's time to its commit: bills made meanwhile have not seen it."""


def note_changed_readings(
    *, usage_point_id: UUID, first_day: date, last_day: date, recorded_at: datetime, at: datetime
) -> int:
    """
    Note the billed days of a usage point of which something else is known by now.

    :return: of how many spans there was nothing noted yet
    """
    spans = BilledSpan.objects.filter(
        agreement__usage_point=usage_point_id,
        first_day__lte=last_day,
        after_last__gt=first_day,
        known_at__lt=recorded_at + IN_FLIGHT,
    ).order_by("first_day")
    return sum(
        _note(agreement, first, at)
        for agreement, first in spans.values_list("agreement_id", "first_day")
    )


def _note(agreement_id: UUID, first_day: date, at: datetime) -> bool:
    """Whether it is new. What waits for the next bill has to be worked out once more."""
    known = PendingCorrection.objects.filter(
        agreement=agreement_id, first_day=first_day, settled_at=None
    )
    if known.update(state=PendingCorrection.State.TO_CHECK):
        return False
    try:
        with transaction.atomic():
            PendingCorrection.objects.create(
                agreement_id=agreement_id, first_day=first_day, noticed_at=at
            )
    except IntegrityError:
        return False
    return True


def check_next_correction(*, cycle: str, by: str, at: datetime) -> str | None:
    """
    Work out one of the cycle's spans of which readings have changed, the earliest first.

    :return: what came of it: `ignored`, `rebilled`, `to-bill` or `billed`; None if none is left
    """
    in_cycle = BilledAccount.objects.filter(cycle__code=cycle).values("account")
    with transaction.atomic():
        pending = (
            PendingCorrection.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=PendingCorrection.State.TO_CHECK, agreement__account__in=in_cycle)
            .select_related("agreement")
            .order_by("first_day", "id")
            .first()
        )
        if pending is None:
            return None
        facts = facts_of(BillingCycle.objects.get(code=cycle))
        lock_account(pending.agreement.account_id)
        return _check(pending, facts, by=by, at=at)


def _check(pending: PendingCorrection, cycle: Cycle, *, by: str, at: datetime) -> str:
    span = (
        BilledSpan.objects.filter(agreement=pending.agreement_id, first_day=pending.first_day)
        .select_related("bill")
        .first()
    )
    if span is None:
        # Its bill was cancelled: the days are billed anew, by what is known then.
        return _settle(pending, PendingCorrection.State.REBILLED, at=at)
    try:
        found = _worked_out(span, cycle, at)
    except Refusal as no:
        park([_unbillable(span, pending, no)], run_id=None, at=at)
        return _settle(pending, PendingCorrection.State.IGNORED, at=at)
    pending.correction = canonical_text(document_of(found.correction))
    late = schedule_of_id(span.version_id).late
    if _let_go(found, late):
        return _settle(pending, PendingCorrection.State.IGNORED, at=at)
    if late.policy is LatePolicy.REBILL:
        try:
            with transaction.atomic():
                rebill(number=span.bill.number, reason="late readings", by=by, at=at)
        except Refusal as no:
            # It is paid, later bills build on it, or other days on it cannot be billed now.
            log.info("corrected on the next bill instead", bill=span.bill.number, reason=no.code)
        else:
            return _settle(pending, PendingCorrection.State.REBILLED, at=at)
    return _to_bill(pending, found, cycle, by=by, at=at)


def _unbillable(span: BilledSpan, pending: PendingCorrection, no: Refusal) -> Unbillable:
    return Unbillable(
        account_id=pending.agreement.account_id,
        refusal=no,
        first_day=span.first_day,
        after_last=span.after_last,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a span comes to now."""

    correction: Correction
    currency: str


def _worked_out(span: BilledSpan, cycle: Cycle, at: datetime) -> _Found:
    """:raises Refusal: if the days cannot be billed now"""
    account_id = Agreement.objects.values_list("account_id", flat=True).get(id=span.agreement_id)
    drafted = draft_bills(wanted_again([span], account_id=account_id, cycle=cycle, at=at))
    for one in drafted.unbillable:
        raise one.refusal
    (ready,) = drafted.ready
    segments = ready.draft.document["segments"]
    after = sum(charged.total_minor for charged in ready.draft.charged)
    used = sum((charged.usage for charged in ready.draft.charged), Decimal(0))
    unit = next((u["unit"] for u in segments[0]["usage"] if u["flow"] == "import"), "")
    correction = Correction(
        bill=span.bill.number,
        usage_point=segments[0]["usage_point"],
        first_day=span.first_day,
        after_last=span.after_last,
        usage_before=FlowUsage(flow="import", quantity=Decimal(span.usage), unit=unit),
        usage_after=FlowUsage(flow="import", quantity=used, unit=unit),
        before_minor=span.total_minor,
        after_minor=after,
        reason="estimated before, measured now"
        if span.estimated and not ready.draft.estimated
        else "other readings than before",
        estimated=ready.draft.estimated,
    )
    return _Found(_capped(correction, cycle, at), ready.draft.currency)


def _capped(correction: Correction, cycle: Cycle, at: datetime) -> Correction:
    """What was used too long ago is not charged; what is owed to the customer always is given."""
    now = today(at)
    months = (now.year - correction.after_last.year) * 12 + now.month - correction.after_last.month
    beyond = months > cycle.rules.back_billing_months
    if not beyond or correction.amount_minor <= 0:
        return correction
    return replace(correction, waived_minor=correction.amount_minor)


def _let_go(found: _Found, late: Late) -> bool:
    amount = Money(abs(found.correction.amount_minor), Currency(found.currency)).amount
    return late.policy is LatePolicy.IGNORE or not amount or amount < late.below


def _to_bill(
    pending: PendingCorrection, found: _Found, cycle: Cycle, *, by: str, at: datetime
) -> str:
    pending.state = PendingCorrection.State.TO_BILL
    pending.save()
    _record(pending, "to-bill", at=at, by=by)
    agreement = pending.agreement
    if agreement.ends_on is None or agreement.billed_until != agreement.ends_on:
        return PendingCorrection.State.TO_BILL.value
    to_bill = Agreement.objects.filter(
        Q(ends_on=None) | Q(billed_until=None) | Q(billed_until__lt=F("ends_on")),
        account=agreement.account_id,
    )
    if to_bill.exists():
        return PendingCorrection.State.TO_BILL.value
    # The final bill is out, so no other one will take it along.
    account = customers.account_of_id(agreement.account_id)
    draft = _closing_draft(pending, found, account, at)
    issue_bills([Issue(draft=draft, addressee=addressee_of(account))], terms_of(cycle, at), at=at)
    return PendingCorrection.State.BILLED.value


def _closing_draft(
    pending: PendingCorrection, found: _Found, account: customers.Account, at: datetime
) -> Draft:
    return draft_of(
        account_id=account.id,
        account=account.number,
        kind=BillKind.ADJUSTMENT,
        currency=found.currency,
        segments=(),
        corrections=[(pending.id, found.correction)],
        refers_to=found.correction.bill,
        days=(found.correction.first_day, found.correction.after_last),
        known_at=at,
    )


def _settle(pending: PendingCorrection, state: PendingCorrection.State, *, at: datetime) -> str:
    pending.state, pending.settled_at = state, at
    pending.save(update_fields=["state", "settled_at", "correction"])
    return state.value


def _record(pending: PendingCorrection, outcome: str, *, by: str, at: datetime) -> None:
    audit.record(
        actor=by,
        action="billing.check_correction",
        subject=f"agreement:{pending.agreement_id}",
        detail={"first_day": pending.first_day.isoformat(), "outcome": outcome},
        at=at,
    )
