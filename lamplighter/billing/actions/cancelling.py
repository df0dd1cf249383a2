"""Bills are taken back, and made anew."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F, Max

from lamplighter.billing.actions.issuing import Issue, Terms, issue_bills, today
from lamplighter.billing.domain.bills import BillKind, BillLine
from lamplighter.billing.domain.documents import content_of
from lamplighter.billing.domain.drafts import Draft, draft_of
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledAccount,
    BilledSpan,
    PendingCorrection,
    Settlement,
)
from lamplighter.billing.queries.addressees import addressee_on
from lamplighter.billing.queries.bills import BillNotFound
from lamplighter.billing.queries.cycles import Cycle, facts_of
from lamplighter.billing.queries.drafting import draft_bills
from lamplighter.billing.queries.drafting.book import LOCKED_IN
from lamplighter.billing.queries.rebilling import wanted_again
from lamplighter.kernel import Currency, Money, Place, Refusal
from lamplighter.platform import audit


class BillAlreadyCancelled(Refusal):
    """This bill was cancelled already."""

    status = 409


class CancellationStays(Refusal):
    """A cancellation cannot be cancelled; nor can an adjustment be made anew."""

    status = 409


class BillSettled(Refusal):
    """This bill is paid."""

    status = 409


class SettledInTheFuture(Refusal):
    """Nothing is paid on a day that is still to come."""


class LaterDaysBilled(Refusal):
    """Later days are billed, and these would be billed by nobody."""

    status = 409


class LaterBillsBuildOnIt(Refusal):
    """Later bills go by what this one has handed on."""

    status = 409


class ReasonMissing(Refusal):
    """A bill is taken back, adjusted or discarded for a reason."""


@transaction.atomic
def cancel_bill(*, number: str, reason: str, by: str, at: datetime) -> str:
    """
    Take back a bill, all of it, by another one. Its days can be billed again.

    :return: the number of the cancellation
    :raises BillNotFound, BillAlreadyCancelled, CancellationStays, BillSettled, ReasonMissing
    :raises LaterDaysBilled: if later days of its agreements are billed: rebill it instead
    """
    bill = held_bill(number, reason)
    if _later_spans(bill).exists():
        raise LaterDaysBilled(
            f"{number} is not the last bill of its agreements.",
            remedy="Rebill it instead, or cancel the later bills first.",
        )
    return _cancelled(bill, reason, by=by, at=at)


@transaction.atomic
def rebill(*, number: str, reason: str, by: str, at: datetime) -> tuple[str, str]:
    """
    Take back a bill and bill its days anew, by what is known now.

    :return: the numbers of the cancellation and of the new bill
    :raises BillNotFound, BillAlreadyCancelled, CancellationStays, BillSettled, ReasonMissing
    :raises LaterBillsBuildOnIt: if a later bill goes by what this one has handed on
    :raises Refusal: if the days cannot be billed now, as drafting says
    """
    bill = held_bill(number, reason)
    spans = list(bill.spans.order_by("agreement_id", "first_day"))
    if not spans:
        raise CancellationStays(remedy="Cancel it, and make another adjustment.")
    if any(span.carried for span in spans) and _later_spans(bill).exists():
        raise LaterBillsBuildOnIt(remedy="Cancel the later bills first, the newest before.")
    cycle = _cycle_of(bill.account_id)
    cancellation = _cancelled(bill, reason, by=by, at=at)
    wanted = wanted_again(spans, account_id=bill.account_id, cycle=cycle, refers_to=number, at=at)
    drafted = draft_bills(wanted, lock=True)
    for one in drafted.unbillable:
        raise one.refusal
    (ready,) = drafted.ready
    issue = Issue(draft=ready.draft, addressee=ready.addressee, replaces=bill.id)
    (made,) = issue_bills([issue], terms_of(cycle, at), at=at)
    record(made, "billing.rebill", {"replaces": number, "reason": reason}, by=by, at=at)
    return cancellation, made


def held_bill(number: str, reason: str) -> Bill:
    """
    A bill that can be taken back, and nobody else bills its account until the transaction is over.

    :raises BillNotFound, BillAlreadyCancelled, CancellationStays, BillSettled, ReasonMissing
    """
    if not reason.strip():
        raise ReasonMissing(places=(Place(field="reason"),))
    found = Bill.objects.filter(number=number).first()
    if found is None:
        raise BillNotFound(
            f"{number!r} is not the number of a bill.", places=(Place(field="number"),)
        )
    lock_account(found.account_id)
    if found.kind == BillKind.CANCELLATION:
        raise CancellationStays(remedy="Bill the days again instead.")
    cancelled_by = Bill.objects.filter(cancels=found).first()
    if cancelled_by is not None:
        raise BillAlreadyCancelled(f"{number} was cancelled by {cancelled_by.number}.")
    settled = Settlement.objects.filter(bill=found).first()
    if settled is not None:
        raise BillSettled(
            f"{number} was settled on {settled.settled_on}.",
            remedy="Correct it by an adjustment of the difference.",
        )
    _check_not_corrected(found)
    return found


def _check_not_corrected(bill: Bill) -> None:
    """:raises LaterBillsBuildOnIt: if another bill has corrected its days"""
    for span in bill.spans.all():
        corrected = PendingCorrection.objects.filter(
            agreement=span.agreement_id,
            first_day=span.first_day,
            state=PendingCorrection.State.BILLED,
        ).exclude(bill=bill)
        later = corrected.select_related("bill").first()
        if later is not None and later.bill is not None:
            raise LaterBillsBuildOnIt(
                f"{bill.number} was corrected by {later.bill.number}.",
                remedy="Cancel that one first, or adjust the difference.",
            )


def lock_account(account_id: UUID) -> None:
    """Until the transaction is over, nobody else bills this account."""
    list(BilledAccount.objects.select_for_update().filter(account=account_id))
    list(Agreement.objects.select_for_update().filter(account=account_id).order_by(*LOCKED_IN))


def terms_of(cycle: Cycle, at: datetime) -> Terms:
    """By what terms single bills of a cycle's accounts are issued."""
    return Terms(series=cycle.series, due_days=cycle.rules.due_days, issued_on=today(at))


def _cycle_of(account_id: UUID) -> Cycle:
    return facts_of(BilledAccount.objects.select_related("cycle").get(account=account_id).cycle)


def _later_spans(bill: Bill) -> Any:
    agreements = bill.spans.values("agreement")
    return BilledSpan.objects.filter(
        agreement__in=agreements, first_day__gte=bill.after_last
    ).exclude(bill=bill)


def _cancelled(bill: Bill, reason: str, *, by: str, at: datetime) -> str:
    draft = _cancellation(bill, at)
    _drop_corrections(bill, at=at)
    _free_days(bill)
    issue = Issue(draft=draft, addressee=addressee_on(bill), cancels=bill.id)
    (number,) = issue_bills([issue], terms_of(_cycle_of(bill.account_id), at), at=at)
    record(number, "billing.cancel_bill", {"cancels": bill.number, "reason": reason}, by=by, at=at)
    return number


def _cancellation(bill: Bill, at: datetime) -> Draft:
    """Each part of a bill, taken back by a line of its own."""
    content = content_of(orjson.loads(bill.document))
    parts = [
        (f"{part.tariff_name}, {part.usage_point}, {part.first_day} to {part.after_last}",
         part.total_minor)
        for part in content.segments
    ]  # fmt: skip
    parts += [
        (f"Correction of {part.bill}, {part.usage_point}", part.amount_minor)
        for part in content.corrections
    ]
    parts += [(line.component, line.amount_minor) for line in content.adjustments]
    lines = [
        line_of(component, -amount, bill.currency, reason=f"takes back {bill.number}")
        for component, amount in parts
    ]
    return draft_of(
        account_id=bill.account_id,
        account=content.account,
        kind=BillKind.CANCELLATION,
        currency=bill.currency,
        segments=(),
        adjustments=lines,
        refers_to=bill.number,
        days=(bill.first_day, bill.after_last),
        known_at=at,
    )


def line_of(component: str, amount_minor: int, currency: str, *, reason: str) -> BillLine:
    """A line that no usage stands behind."""
    amount = Money(amount_minor, Currency(currency)).amount
    return BillLine(
        component=component,
        kind="adjustment",
        quantity=Decimal(1),
        unit="",
        rate=amount,
        amount_minor=amount_minor,
        reason=reason,
    )


def _free_days(bill: Bill) -> None:
    """Let a bill's days be billed again, and what it has corrected be corrected again."""
    for pending in PendingCorrection.objects.filter(bill=bill):
        document = orjson.loads(pending.correction)
        amount = document["after_minor"] - document["before_minor"]
        amount -= document.get("waived_minor", 0)
        BilledSpan.objects.filter(
            agreement=pending.agreement_id, first_day=pending.first_day
        ).update(total_minor=F("total_minor") - amount, usage=document["usage_before"]["quantity"])
        _check_again(pending)
    agreements = list(bill.spans.values_list("agreement_id", flat=True).distinct())
    bill.spans.all().delete()
    for agreement in agreements:
        left = BilledSpan.objects.filter(agreement=agreement).aggregate(until=Max("after_last"))
        Agreement.objects.filter(id=agreement).update(billed_until=left["until"])


def _check_again(pending: PendingCorrection) -> None:
    """What a bill has corrected that is taken back has to be worked out once more."""
    others = PendingCorrection.objects.filter(
        agreement=pending.agreement_id, first_day=pending.first_day, settled_at=None
    )
    if others.update(state=PendingCorrection.State.TO_CHECK):
        pending.state = PendingCorrection.State.IGNORED
    else:
        pending.state, pending.settled_at = PendingCorrection.State.TO_CHECK, None
    pending.bill = None
    pending.save()


def _drop_corrections(bill: Bill, *, at: datetime) -> None:
    """What waits to be corrected of days that are billed anew is put right by that."""
    for span in bill.spans.all():
        PendingCorrection.objects.filter(
            agreement=span.agreement_id, first_day=span.first_day, settled_at=None
        ).update(state=PendingCorrection.State.REBILLED, settled_at=at)


def record(number: str, action: str, detail: dict[str, str], *, by: str, at: datetime) -> None:
    """Write the audit line of something done to a bill."""
    audit.record(actor=by, action=action, subject=f"bill:{number}", detail=detail, at=at)
