"""Somebody gets another e-mail address or telephone number, confirmed at both ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from lamplighter.identity.actions import challenges, limits
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.second_factors import MethodNotOffered
from lamplighter.identity.actions.users import UserAlreadyKnown, checked_email
from lamplighter.identity.domain.limits import ASK_ABOUT
from lamplighter.identity.domain.names import clean_phone
from lamplighter.identity.events import EmailChanged, KnownAddressTried, PhoneChanged
from lamplighter.identity.models import Challenge, User
from lamplighter.identity.models.users import email_index
from lamplighter.identity.ports.messenger import messenger
from lamplighter.identity.queries.factors import EMAIL, SMS
from lamplighter.platform import audit, personal
from lamplighter.platform.outbox import publish

EMAIL_ENDS: Final = (Purpose.CHANGE_EMAIL_OLD, Purpose.CHANGE_EMAIL_NEW)
PHONE_ENDS: Final = (Purpose.CHANGE_PHONE_OLD, Purpose.CHANGE_PHONE_NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBegun:
    """The handles of the challenges that have to be met, both of them."""

    old: str | None
    """None: there was nothing before."""
    new: str


def begin_email_change(*, user_id: UUID, email: str, at: datetime) -> ChangeBegun:
    """
    Send codes to the address that somebody has and to the one that they want.

    If that is another's, its owner is told, and who asks is answered alike.

    :raises EmailMalformed: if no mail could be sent there
    :raises TooManyAttempts: if that was asked too often
    """
    spelt = checked_email(email)
    limits.count([(ASK_ABOUT, f"change:{user_id}"), (ASK_ABOUT, spelt)], at=at)
    with transaction.atomic():
        old = _begin(Purpose.CHANGE_EMAIL_OLD, user_id, spelt, EMAIL, at)
        owner = User.objects.filter(email_index=email_index(spelt)).first()
        if owner is None:
            new = _begin(Purpose.CHANGE_EMAIL_NEW, user_id, spelt, EMAIL, at)
        else:
            _, new = challenges.open_challenge(Purpose.CHANGE_EMAIL_NEW, user_id=user_id, at=at)
            if owner.is_active:
                publish(KnownAddressTried(user_id=owner.id), at=at)
        return ChangeBegun(old=old, new=new)


def begin_phone_change(*, user_id: UUID, phone: str, at: datetime) -> ChangeBegun:
    """
    Send codes to the number that somebody has, if any, and to the one that they want.

    :raises TextMalformed: if it is no number
    :raises MethodNotOffered: if nothing here can send there
    :raises TooManyAttempts: if that was asked too often
    """
    number = clean_phone(phone)
    if not messenger().can_send(SMS):
        raise MethodNotOffered("Nothing here can send an SMS.")
    limits.count([(ASK_ABOUT, f"change:{user_id}"), (ASK_ABOUT, number)], at=at)
    with transaction.atomic():
        old = None
        if User.objects.filter(id=user_id, phone_verified_at__isnull=False).exists():
            old = _begin(Purpose.CHANGE_PHONE_OLD, user_id, number, SMS, at)
        return ChangeBegun(old=old, new=_begin(Purpose.CHANGE_PHONE_NEW, user_id, number, SMS, at))


def confirm_change(
    *, user_id: UUID, handle: str, code: str, ends: tuple[Purpose, Purpose], by: str, at: datetime
) -> bool:
    """
    Take the code of one end; once both are there the change is made.

    :param ends: `EMAIL_ENDS` or `PHONE_ENDS`
    :return: whether it is made
    :raises ChallengeOver, CodeWrong, TooManyAttempts: see `challenges`
    :raises UserAlreadyKnown: if the address has become another's meanwhile
    """
    taken = challenges.take_try(handle=handle, purposes=ends, at=at)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        challenge = challenges.meet(taken, code, at=at)
        if challenge.user_id != user_id:
            raise challenges.over()
        wanted = challenges.opened(challenge, "target")
        if not _is_met_at_both_ends(user, wanted, ends, at):
            return False
        change = _change_email if ends == EMAIL_ENDS else _change_phone
        change(user, wanted, by, at)
        return True


def _begin(purpose: Purpose, user_id: UUID, wanted: str, channel: str, at: datetime) -> str:
    challenge, handle = challenges.open_challenge(purpose, user_id=user_id, target=wanted, at=at)
    challenges.want_code(challenge, channel=channel, at=at)
    return handle


def _is_met_at_both_ends(
    user: User, wanted: str, ends: tuple[Purpose, Purpose], at: datetime
) -> bool:
    """The old end is only asked if there is one."""
    is_first = ends == PHONE_ENDS and user.phone_verified_at is None
    needed = set(ends[1:] if is_first else ends)
    met = Challenge.objects.filter(
        user=user, purpose__in=needed, done_at__isnull=False, expires_at__gt=at
    )
    same = {one.purpose for one in met if one.target and _wants(one) == wanted}
    return same == needed


def _wants(challenge: Challenge) -> str:
    return challenges.opened(challenge, "target")


def _change_email(user: User, email: str, by: str, at: datetime) -> None:
    user.email_index, user.email = email_index(email), user.sealed(email=email)["email"]
    user.email_verified_at = at
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_index", "email_verified_at"])
    except IntegrityError:
        raise UserAlreadyKnown from None
    publish(EmailChanged(user_id=user.id), at=at)
    _changed("identity.change_email", user, EMAIL_ENDS, by, at)


def _change_phone(user: User, phone: str, by: str, at: datetime) -> None:
    user.phone_index = personal.blind_index("phone", phone)
    user.phone, user.phone_verified_at = user.sealed(phone=phone)["phone"], at
    user.save(update_fields=["phone", "phone_index", "phone_verified_at"])
    publish(PhoneChanged(user_id=user.id), at=at)
    _changed("identity.change_phone", user, PHONE_ENDS, by, at)


def _changed(action: str, user: User, ends: tuple[Purpose, Purpose], by: str, at: datetime) -> None:
    """What both ends have agreed to happens once."""
    Challenge.objects.filter(user=user, purpose__in=ends).update(target=None, expires_at=at)
    User.objects.filter(id=user.id).update(revision=F("revision") + 1)
    audit.record(actor=by, action=action, subject=f"user:{user.id}", detail={}, at=at)
