"""Somebody registers by themselves, or is registered by who may give roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lamplighter.identity.actions import challenges, limits
from lamplighter.identity.actions.challenges import Purpose
from lamplighter.identity.actions.users import (
    UserAlreadyKnown,
    check_password,
    checked_email,
    create_user,
)
from lamplighter.identity.domain.limits import ASK_ABOUT, ASK_NETWORK, Limit
from lamplighter.identity.domain.names import clean_line
from lamplighter.identity.domain.permissions import ROLES_OF, OrganisationKind, Role
from lamplighter.identity.events import EmailVerified, KnownAddressTried, UserRegistered
from lamplighter.identity.models import Membership, Organisation, User
from lamplighter.identity.models.users import email_index
from lamplighter.identity.queries.factors import EMAIL
from lamplighter.kernel import Place, Refusal, new_id
from lamplighter.platform import audit
from lamplighter.platform.outbox import publish


class RoleNotGiven(Refusal):
    """This role cannot be had in this organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """The role in which somebody is registered by another one."""

    role: Role
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What is told to who registers: alike, whether the address was known or not."""

    user_id: UUID
    handle: str
    """Of the challenge to verify the address."""


def register(
    *,
    email: str,
    password: str,
    name: str,
    appointment: Appointment | None = None,
    address: str,
    by: str = "",
    at: datetime,
) -> Registered:
    """
    Add a user, who is sent a code to verify their address.

    If the address is somebody's already, its owner is told, and who asks is answered alike, after
    the same time.

    :param address: where on the network it comes from
    :param by: who gives the role; empty: they register by themselves
    :raises EmailMalformed, PasswordUnfit, TextMalformed, RoleNotGiven: if it cannot be
    :raises TooManyAttempts: if that was asked too often
    """
    spelt, called = checked_email(email), clean_line(name, field="name")
    check_password(password)
    if appointment is not None:
        check_appointment(appointment)
    limits.count(_asking(spelt, address), at=at)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = create_user(
                    email=spelt, password=password, name=called, verified=False, at=at
                )
        except UserAlreadyKnown:
            return _answer_alike(spelt, at)
        actor = by or f"user:{user.id}"
        if appointment is not None:
            _appoint(user.id, appointment, at)
        detail = {"role": appointment.role.value if appointment else Role.CONSUMER.value}
        audit.record(
            actor=actor,
            action="identity.register",
            subject=f"user:{user.id}",
            detail=detail,
            at=at,
        )
        publish(UserRegistered(user_id=user.id), at=at)
        return Registered(user_id=user.id, handle=_ask_to_verify(user.id, spelt, at))


def verify_email(*, handle: str, code: str, at: datetime) -> None:
    """
    Take the code by which somebody shows that the address is theirs.

    :raises ChallengeOver, CodeWrong, TooManyAttempts: see `challenges`
    """
    taken = challenges.take_try(handle=handle, purposes=[Purpose.VERIFY_EMAIL], at=at)
    with transaction.atomic():
        verified(challenges.whose(challenges.meet(taken, code, at=at)), at=at)


def send_verification_again(*, email: str, address: str, at: datetime) -> str:
    """
    Send another code to an address that is not verified yet. Whether it is anybody's, and whether
    it is verified, is not told.

    :return: the handle of the new challenge
    :raises TooManyAttempts: if that was asked too often
    """
    spelt = checked_email(email)
    limits.count(_asking(spelt, address), at=at)
    unverified = User.objects.filter(
        email_index=email_index(spelt), email_verified_at=None, is_active=True
    )
    with transaction.atomic():
        return _ask_to_verify(unverified.values_list("id", flat=True).first(), spelt, at)


def verified(user_id: UUID, *, at: datetime) -> None:
    """Somebody has shown that their address is theirs. In the caller's transaction."""
    if User.objects.filter(id=user_id, email_verified_at=None).update(email_verified_at=at):
        audit.record(
            actor=f"user:{user_id}",
            action="identity.verify_email",
            subject=f"user:{user_id}",
            detail={},
            at=at,
        )
        publish(EmailVerified(user_id=user_id), at=at)


def check_appointment(appointment: Appointment) -> None:
    """:raises RoleNotGiven: if the organisation is not there, or has no such role"""
    rows = Organisation.objects.filter(id=appointment.organisation_id, closed_at=None)
    kind = rows.values_list("kind", flat=True).first()
    if kind is None or appointment.role not in ROLES_OF[OrganisationKind(kind)]:
        raise RoleNotGiven(places=(Place(field="role"), Place(field="organisation")))


def _appoint(user_id: UUID, appointment: Appointment, at: datetime) -> None:
    Membership.objects.create(
        organisation_id=appointment.organisation_id,
        user_id=user_id,
        role=appointment.role.value,
        since=at,
    )


def _ask_to_verify(user_id: UUID | None, email: str, at: datetime) -> str:
    challenge, handle = challenges.open_challenge(
        Purpose.VERIFY_EMAIL, user_id=user_id, about=email, at=at
    )
    challenges.want_code(challenge, channel=EMAIL, at=at)
    return handle


def _answer_alike(email: str, at: datetime) -> Registered:
    """What takes time with a new user takes it here too: `create_user` has hashed the password."""
    known = User.objects.get(email_index=email_index(email))
    if known.is_active:
        publish(KnownAddressTried(user_id=known.id), at=at)
    return Registered(user_id=new_id(), handle=_ask_to_verify(None, email, at))


def _asking(email: str, address: str) -> list[tuple[Limit, str]]:
    return [(ASK_ABOUT, email), (ASK_NETWORK, address)]
