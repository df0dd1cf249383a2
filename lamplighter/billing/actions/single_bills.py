"""Bills outside of a run: off-cycle, adjustments, held ones that are decided, and payment."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from django.db import transaction

from lamplighter.billing.actions.cancelling import (
    ReasonMissing,
    line_of,
    lock_account,
    record,
    terms_of,
)
from lamplighter.billing.actions.issuing import Issue, issue_bills, today
from lamplighter.billing.actions.parking import hold
from lamplighter.billing.actions.runs import PeriodNotOver
from lamplighter.billing.domain.bills import BillKind
from lamplighter.billing.domain.documents import canonical_text
from lamplighter.billing.domain.drafts import Draft, draft_from, draft_of
from lamplighter.billing.models import (
    Agreement,
    Bill,
    BilledAccount,
    BillingException,
    HeldBill,
    PendingCorrection,
)
from lamplighter.billing.queries.addressees import addressee_of, held_addressee
from lamplighter.billing.queries.bills import BillNotFound
from lamplighter.billing.queries.cycles import Cycle, facts_of
from lamplighter.billing.queries.drafting import NothingToBill, Wanted, draft_bills
from lamplighter.billing.queries.work import HeldBillUnknown
from lamplighter.customers import queries as customers
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit


class AccountNotBilled(Refusal):
    """This account is in no billing cycle: it has no agreement."""

    status = 409


class AdjustmentMalformed(Refusal):
    """This cannot be an adjustment."""


class HeldBillOutdated(Refusal):
    """The account was billed otherwise since this bill was held."""

    status = 409


class ExceptionUnknown(Refusal):
    """There is no open exception of this id."""

    status = 404


@transaction.atomic
def bill_account(*, account: str, through: date, by: str, at: datetime) -> str | None:
    """
    Bill an account off its cycle, up to and including a day: its final bill if it has moved out.

    :return: the number of the bill; None if a check has held it
    :raises AccountUnknown, AccountNotBilled: if there is nobody to bill
    :raises PeriodNotOver: if the day is not over
    :raises NothingToBill: if all days up to then are billed
    :raises Refusal: if it cannot be billed, as drafting says
    """
    if through >= today(at):
        raise PeriodNotOver(f"{through} is not over.", places=(Place(field="through"),))
    facts = customers.account(account)
    cycle = _cycle_of(facts.id, account)
    lock_account(facts.id)
    wanted = Wanted(
        accounts=[facts.id],
        until=through + timedelta(1),
        cycle=cycle,
        kind=BillKind.OFF_CYCLE,
        known_at=at,
    )
    drafted = draft_bills(wanted, lock=True)
    for one in drafted.unbillable:
        raise one.refusal
    if not drafted.ready:
        raise NothingToBill(f"{account} is billed through {through}.")
    (ready,) = drafted.ready
    if ready.checks:
        hold([ready], run_id=None, at=at)
        _record_account(facts.id, "billing.bill_account", {"held": True}, by=by, at=at)
        return None
    issue = Issue(draft=ready.draft, addressee=ready.addressee)
    (number,) = issue_bills([issue], terms_of(cycle, at), at=at)
    record(number, "billing.bill_account", {"through": through.isoformat()}, by=by, at=at)
    return number


@transaction.atomic
def adjust(
    *,
    account: str,
    lines: Sequence[tuple[str, int]],
    reason: str,
    refers_to: str | None = None,
    by: str,
    at: datetime,
) -> str:
    """
    Charge or credit an account with amounts that no usage stands behind, by a bill of their own.

    :param lines: what for, and how much in minor units; negative: a credit
    :param refers_to: the number of the bill that this is about
    :return: the number of the bill
    :raises AccountUnknown, AccountNotBilled, BillNotFound: if there is none such
    :raises AdjustmentMalformed: naming the line that cannot be
    :raises ReasonMissing: if the reason is blank
    """
    if not reason.strip():
        raise ReasonMissing(places=(Place(field="reason"),))
    _check_lines(lines)
    facts = customers.account(account)
    cycle = _cycle_of(facts.id, account)
    own = Bill.objects.filter(number=refers_to or "", account=facts.id)
    if refers_to is not None and not own.exists():
        raise BillNotFound(
            f"{account} has no bill {refers_to}.", places=(Place(field="refers_to"),)
        )
    draft = draft_of(
        account_id=facts.id,
        account=account,
        kind=BillKind.ADJUSTMENT,
        currency=facts.currency,
        segments=(),
        adjustments=[line_of(name, minor, facts.currency, reason=reason) for name, minor in lines],
        refers_to=refers_to,
        days=(today(at), today(at) + timedelta(1)),
        known_at=at,
    )
    issue = Issue(draft=draft, addressee=addressee_of(facts))
    (number,) = issue_bills([issue], terms_of(cycle, at), at=at)
    record(number, "billing.adjust", {"account": account, "reason": reason}, by=by, at=at)
    return number


def _check_lines(lines: Sequence[tuple[str, int]]) -> None:
    if not 1 <= len(lines) <= 100:
        raise AdjustmentMalformed("An adjustment has 1 to 100 lines.")
    for n, (name, minor) in enumerate(lines):
        if not 0 < len(name.strip()) <= 200 or not name.isprintable():
            raise AdjustmentMalformed(
                "A line says what it is for, in 1 to 200 characters.",
                places=(Place(field=f"lines[{n}].name"),),
            )
        if not minor or abs(minor) >= 10**15:
            raise AdjustmentMalformed(
                f"{minor} is no amount to charge.", places=(Place(field=f"lines[{n}].amount"),)
            )


@transaction.atomic
def release_held_bill(*, held_id: UUID, by: str, at: datetime) -> str:
    """
    Issue a bill that was held, as it was looked at.

    :return: its number
    :raises HeldBillUnknown: if none of this id is held
    :raises HeldBillOutdated: if the account was billed otherwise meanwhile
    """
    held = _held(held_id)
    draft = draft_from(orjson.loads(held.draft))
    lock_account(held.account_id)
    billed = dict(
        Agreement.objects.filter(account=held.account_id).values_list("id", "billed_until")
    )
    moved_on = any(str(billed.get(key) or "") != until for key, until in draft.begins)
    if moved_on or _corrected_otherwise(draft):
        raise HeldBillOutdated(remedy="Discard it, and bill the account again.")
    cycle = _cycle_of(held.account_id, str(held.account_id))
    issue = Issue(draft=draft, addressee=held_addressee(held.addressee, held_id=held.id))
    (number,) = issue_bills([issue], terms_of(cycle, at), at=at)
    _decide(held, HeldBill.State.RELEASED, by=by, at=at, bill=Bill.objects.get(number=number))
    record(number, "billing.release_held_bill", {"held": str(held_id)}, by=by, at=at)
    return number


@transaction.atomic
def discard_held_bill(*, held_id: UUID, reason: str, by: str, at: datetime) -> None:
    """
    Give up a bill that was held. Its days can be billed again.

    :raises HeldBillUnknown: if none of this id is held
    :raises ReasonMissing: if the reason is blank
    """
    if not reason.strip():
        raise ReasonMissing(places=(Place(field="reason"),))
    held = _held(held_id)
    _decide(held, HeldBill.State.DISCARDED, by=by, at=at, reason=reason.strip())
    _record_account(
        held.account_id, "billing.discard_held_bill", {"reason": reason.strip()}, by=by, at=at
    )


@transaction.atomic
def dismiss_exception(*, exception_id: UUID, reason: str, by: str, at: datetime) -> None:
    """
    Note that nothing is to come of an account that could not be billed.

    :raises ExceptionUnknown: if there is none open of this id
    :raises ReasonMissing: if the reason is blank
    """
    if not reason.strip():
        raise ReasonMissing(places=(Place(field="reason"),))
    found = (
        BillingException.objects.select_for_update()
        .filter(id=exception_id, resolved_at=None)
        .first()
    )
    if found is None:
        raise ExceptionUnknown(places=(Place(field="exception_id"),))
    found.resolved_at, found.resolution = at, reason.strip()
    found.save(update_fields=["resolved_at", "resolution"])
    _record_account(
        found.account_id, "billing.dismiss_exception", {"reason": reason.strip()}, by=by, at=at
    )


def _cycle_of(account_id: UUID, account: str) -> Cycle:
    found = BilledAccount.objects.select_related("cycle").filter(account=account_id).first()
    if found is None:
        raise AccountNotBilled(
            f"{account} pays for nothing.",
            remedy="Make an agreement first.",
            places=(Place(field="account"),),
        )
    return facts_of(found.cycle)


def _held(held_id: UUID) -> HeldBill:
    found = (
        HeldBill.objects.select_for_update()
        .filter(id=held_id, state=HeldBill.State.WAITING)
        .first()
    )
    if found is None:
        raise HeldBillUnknown(
            remedy="`lamplighter bills held` lists those that are.",
            places=(Place(field="held_id"),),
        )
    return found


def _corrected_otherwise(draft: Draft) -> bool:
    """Whether corrections on a draft are on another bill by now, or were worked out anew."""
    waiting = PendingCorrection.objects.filter(
        id__in=draft.corrections, state=PendingCorrection.State.TO_BILL
    )
    texts = dict(waiting.values_list("id", "correction"))
    documents = draft.document.get("corrections", [])
    return any(
        texts.get(key) != canonical_text(document)
        for key, document in zip(draft.corrections, documents, strict=True)
    )


def _decide(
    held: HeldBill,
    state: HeldBill.State,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    bill: Bill | None = None,
) -> None:
    held.state, held.decided_at, held.decided_by = state, at, by
    held.reason, held.bill = reason, bill
    held.save()


def _record_account(
    account_id: UUID, action: str, detail: dict[str, str | bool], *, by: str, at: datetime
) -> None:
    audit.record(actor=by, action=action, subject=f"account:{account_id}", detail=detail, at=at)
