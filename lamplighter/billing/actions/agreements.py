"""Who pays for which usage point, by which tariff, from when until when."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.billing.actions.agreement_checks import (
    AgreementMalformed,
    AgreementsOverlap,
    Known,
    NewAgreement,
    check_neighbours,
    check_new,
)
from lamplighter.billing.events import AgreementEnded, AgreementMade
from lamplighter.billing.models import Agreement, BilledAccount
from lamplighter.billing.queries.agreement_lists import AgreementUnknown
from lamplighter.billing.queries.cycles import held_cycle
from lamplighter.kernel import Place, Refusal, new_id
from lamplighter.metering.domain.buckets import bucket_of
from lamplighter.platform import audit, outbox
from lamplighter.platform.bulk import insert_rows


class AccountInAnotherCycle(Refusal):
    """This account is billed in another cycle."""

    status = 409


class AgreementAlreadyEnded(Refusal):
    """This agreement has ended already."""

    status = 409


class AlreadyBilledBeyond(Refusal):
    """Later days of this agreement are billed already."""

    status = 409


@transaction.atomic
def make_agreement(
    new: NewAgreement, *, cycle: str, after_vacancy: bool = False, by: str, at: datetime
) -> UUID:
    """
    Let an account pay for a usage point.

    :param after_vacancy: nobody was to pay for the days since the account's last agreement there
    :raises Refusal: as `take_over_agreements`
    """
    (made,) = take_over_agreements(
        cycle=cycle, agreements=[new], after_vacancy=after_vacancy, by=by, at=at
    )
    return made


@transaction.atomic
def take_over_agreements(
    *,
    cycle: str,
    agreements: Sequence[NewAgreement],
    after_vacancy: bool = False,
    by: str,
    at: datetime,
) -> list[UUID]:
    """
    Make all of these agreements, or none, and bill their accounts in this cycle.

    :return: their ids, in the same order
    :raises CycleUnknown, AccountUnknown, UsagePointUnknown, TariffUnknown: if there is none such
    :raises AgreementMalformed: if its dates or facts cannot be
    :raises CurrencyDiffers: if tariff and account are in different currencies
    :raises AccountInAnotherCycle: if the account is billed in another cycle
    :raises DuplicateProperty: if the account pays for this usage point at that time already
    :raises AgreementsOverlap: if another one does
    :raises AgreementLeavesGap: if the account paid for it before, and there are days in between
    """
    held = held_cycle(cycle)
    known = Known.of(agreements)
    for row, new in enumerate(agreements, start=1):
        check_new(new, known, row=row)
    check_neighbours(agreements, after_vacancy=after_vacancy)
    _assign(agreements, held.id)
    ids = _inserted(agreements, known)
    outbox.publish_all(
        [
            AgreementMade(
                agreement_id=key,
                account_id=new.account_id,
                usage_point_id=new.usage_point_id,
                tariff=new.tariff,
                starts_on=new.starts_on,
            )
            for key, new in zip(ids, agreements, strict=True)
        ],
        at=at,
    )
    audit.record(
        actor=by,
        action="billing.take_over_agreements",
        subject=f"billing_cycle:{held.id}",
        detail={"count": len(ids), "first": str(ids[0]) if ids else ""},
        at=at,
    )
    return ids


@transaction.atomic
def change_rate(*, agreement_id: UUID, tariff: str, on: date, by: str, at: datetime) -> UUID:
    """
    Let a usage point be paid for by another tariff from a day on: one agreement ends, one begins.

    :return: the id of the new agreement
    :raises Refusal: as `end_agreement` and `make_agreement`
    """
    old = _held(agreement_id)
    after = old.ends_on
    if after is not None and after <= on:
        raise AgreementAlreadyEnded(f"It ended on {after}.", places=(Place(field="on"),))
    _end(old, on, by=by, at=at)
    new = NewAgreement(
        account_id=old.account_id,
        usage_point_id=old.usage_point_id,
        tariff=tariff,
        starts_on=on,
        ends_on=after,
        connected_kw=old.connected_kw,
        meters=old.meters,
        power_factor=old.power_factor,
    )
    cycle = BilledAccount.objects.select_related("cycle").get(account_id=old.account_id).cycle
    return make_agreement(new, cycle=cycle.code, by=by, at=at)


@transaction.atomic
def end_agreement(*, agreement_id: UUID, on: date, by: str, at: datetime) -> None:
    """
    Let an account no longer pay for a usage point from a day on: it has moved out.

    The next bill, of a run or off-cycle, is its final one if it pays for nothing else.

    :raises AgreementUnknown: if there is none of this id
    :raises AgreementAlreadyEnded: if it ends earlier already
    :raises AgreementMalformed: if it would end before it begins
    :raises AlreadyBilledBeyond: if later days are billed; cancel that bill first
    """
    old = _held(agreement_id)
    if old.ends_on is not None and old.ends_on <= on:
        raise AgreementAlreadyEnded(f"It ended on {old.ends_on}.", places=(Place(field="on"),))
    _end(old, on, by=by, at=at)


def _assign(agreements: Sequence[NewAgreement], cycle_id: UUID) -> None:
    """:raises AccountInAnotherCycle: if one of the accounts is"""
    lead = {new.account_id: new.usage_point_id for new in reversed(agreements)}
    there = BilledAccount.objects.filter(account__in=lead).select_related("account", "cycle")
    for row in there:
        if row.cycle_id != cycle_id:
            raise AccountInAnotherCycle(f"{row.account.number} is billed in {row.cycle.code}.")
        del lead[row.account_id]
    insert_rows(
        BilledAccount,
        ("account_id", "cycle_id", "bucket", "lead"),
        ((account, cycle_id, bucket_of(point), point) for account, point in lead.items()),
    )


def _inserted(agreements: Sequence[NewAgreement], known: Known) -> list[UUID]:
    ids = [new_id() for _ in agreements]
    rows = (
        (
            key,
            new.account_id,
            new.usage_point_id,
            known.tariffs[new.tariff].id,
            new.starts_on,
            new.ends_on,
            None if new.connected_kw is None else str(new.connected_kw),
            new.meters,
            None if new.power_factor is None else str(new.power_factor),
        )
        for key, new in zip(ids, agreements, strict=True)
    )
    columns = (
        "id", "account_id", "usage_point_id", "tariff_id", "starts_on", "ends_on", "connected_kw",
        "meters", "power_factor",
    )  # fmt: skip
    try:
        with transaction.atomic():
            insert_rows(Agreement, columns, rows)
    except IntegrityError:
        # All else was looked at: somebody else was quicker.
        raise AgreementsOverlap(remedy="Look who pays for these usage points now.") from None
    return ids


def _held(agreement_id: UUID) -> Agreement:
    found = Agreement.objects.select_for_update().filter(id=agreement_id).first()
    if found is None:
        raise AgreementUnknown(places=(Place(field="agreement_id"),))
    return found


def _end(old: Agreement, on: date, *, by: str, at: datetime) -> None:
    if on <= old.starts_on:
        raise AgreementMalformed(
            f"It begins on {old.starts_on}, so it ends on a later day.", places=(Place(field="on"),)
        )
    if old.billed_until is not None and old.billed_until > on:
        raise AlreadyBilledBeyond(
            f"It is billed until {old.billed_until}.",
            remedy="Cancel the bill of those days first.",
            places=(Place(field="on"),),
        )
    old.ends_on = on
    old.save(update_fields=["ends_on"])
    ended = AgreementEnded(agreement_id=old.id, account_id=old.account_id, ends_on=on)
    outbox.publish(ended, at=at)
    audit.record(
        actor=by,
        action="billing.end_agreement",
        subject=f"agreement:{old.id}",
        detail={"ends_on": on.isoformat()},
        at=at,
    )
