"""Somebody is erased, or must not be."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.events import PersonErased
from lamplighter.identity.models import LegalHold, User
from lamplighter.kernel import Place, Refusal, new_id
from lamplighter.platform import audit, outbox, personal, privacy
from lamplighter.platform.approvals import Proposal, carried_out

HOLD_REASON: Final = "identity_legalhold.reason"


class PersonUnknown(Refusal):
    """There is no such person."""

    status = 404


class ErasureNotPossible(Refusal):
    """This person cannot be erased yet."""

    status = 409


class UnderLegalHold(Refusal):
    """What is known about this person has to be kept."""

    status = 409


class HoldReasonMissing(Refusal):
    """A legal hold says why, in 1 to 500 characters."""


class LegalHoldUnknown(Refusal):
    """There is no such legal hold, or it was lifted."""

    status = 404


@transaction.atomic
def erase_person(*, person: UUID, by: str, at: datetime) -> None:
    """
    Make unreadable who somebody was. Ledger, bills and readings stay with their numbers.

    :raises PersonUnknown: if there is none of this id, or they were erased before
    :raises UnderLegalHold: if somebody has said that all has to be kept
    :raises ErasureNotPossible: naming what is in the way: an open account, a debt
    """
    user = _locked(person)
    if LegalHold.objects.filter(user_id=person, lifted_at=None).exists():
        raise UnderLegalHold(remedy="It has to be lifted first.")
    if reasons := privacy.objections_to_erasing(person):
        raise ErasureNotPossible(" ".join(reasons), remedy="Close accounts and settle them first.")
    privacy.erase_everywhere(person, at=at)
    personal.forget({person})
    # What nobody knows finds nobody, and the address is free for somebody else.
    user.email_index, user.phone_index = secrets.token_hex(32), ""
    user.set_unusable_password()
    user.is_active, user.erased_at = False, at
    user.save()
    outbox.publish(PersonErased(user_id=person), at=at)
    audit.record(
        actor=by, action="identity.erase_person", subject=f"user:{person}", detail={}, at=at
    )


def erasure_of(person: UUID) -> Proposal:
    """
    What is proposed where somebody else is to be erased.

    :raises PersonUnknown: if there is none of this id, or they were erased before
    """
    if not User.objects.filter(id=person, erased_at=None).exists():
        raise PersonUnknown
    return Proposal(subject=f"user:{person}", arguments={"person": str(person)})


@carried_out("identity.erase_person", action=Action.ERASE_PEOPLE)
def erase_approved(arguments: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """
    Erase somebody once two people want it.

    :raises Refusal: see `erase_person`
    """
    erase_person(person=UUID(arguments["person"]), by=by, at=at)


@transaction.atomic
def hold_person(*, person: UUID, reason: str, by: str, at: datetime) -> UUID:
    """
    Keep somebody from being erased.

    :raises PersonUnknown: if there is none of this id, or they were erased before
    :raises HoldReasonMissing: if nobody says why
    """
    if not 0 < len(reason.strip()) <= 500:
        raise HoldReasonMissing(places=(Place(field="reason"),))
    _locked(person)
    hold_id, keys = new_id(), personal.meet({person})
    sealed = keys.seal(reason.strip(), person=person, column=HOLD_REASON, row=hold_id)
    LegalHold.objects.create(id=hold_id, user_id=person, reason=sealed, by=by, since=at)
    _record("identity.hold_person", person, hold_id, by=by, at=at)
    return hold_id


@transaction.atomic
def lift_hold(*, hold_id: UUID, by: str, at: datetime) -> None:
    """:raises LegalHoldUnknown: if there is none of this id, or it was lifted"""
    hold = LegalHold.objects.select_for_update().filter(id=hold_id, lifted_at=None).first()
    if hold is None:
        raise LegalHoldUnknown(places=(Place(field="hold_id"),))
    hold.lifted_at, hold.lifted_by = at, by
    hold.save(update_fields=["lifted_at", "lifted_by"])
    _record("identity.lift_hold", hold.user_id, hold_id, by=by, at=at)


def _locked(person: UUID) -> User:
    user = User.objects.select_for_update().filter(id=person, erased_at=None).first()
    if user is None:
        raise PersonUnknown(places=(Place(field="user_id"),))
    return user


def _record(action: str, person: UUID, hold_id: UUID, *, by: str, at: datetime) -> None:
    audit.record(
        actor=by, action=action, subject=f"user:{person}", detail={"hold": str(hold_id)}, at=at
    )
