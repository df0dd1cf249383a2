"""
Who works for an organisation, and as what.

Some roles are only given by two people: those of administrators, and that of the first owner of
a merchant who is not one's own. Nobody gives a role to themselves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from lamplighter.identity.actions.users import checked_email
from lamplighter.identity.domain.permissions import ROLES_OF, Action, OrganisationKind, Role
from lamplighter.identity.models import Invitation, Membership, Organisation, User
from lamplighter.identity.models.users import email_index
from lamplighter.identity.queries.directory import UserUnknown
from lamplighter.identity.queries.organisations import OrganisationUnknown, organisation_in_sight
from lamplighter.kernel import Caller, Grant, Place, Reach, Refusal, new_id
from lamplighter.platform import audit, personal
from lamplighter.platform.access import UnauthorizedAccess
from lamplighter.platform.approvals import Proposal, carried_out
from lamplighter.platform.canonical_json import JSON

INVITATION_GOOD_FOR: Final = timedelta(days=14)
_LAST: Final = frozenset({Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR, Role.MERCHANT_OWNER})
"""Somebody has to have these, or nobody could give any role any more."""


class RoleNotOfThisKind(Refusal):
    """There is no such role in an organisation of this kind."""


class AppointedByTwo(Refusal):
    """This role takes two people to give."""

    status = 403


class NotForOneself(Refusal):
    """Nobody gives a role to themselves."""

    status = 403


class AlreadyMember(Refusal):
    """They have this role already, or are invited to it."""

    status = 409


class MemberUnknown(Refusal):
    """There is no such member."""

    status = 404


class LastAdministrator(Refusal):
    """Without them nobody would be left who could give a role."""

    status = 409


def is_appointment(role: Role, *, organisation_id: UUID, by: Caller) -> bool:
    """Whether it takes two people to give a role there."""
    if role in {Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR}:
        return True
    grant = by.grants.get(Action.CHANGE_MEMBERS)
    own = grant is not None and organisation_id in grant.organisation_ids
    return role is Role.MERCHANT_OWNER and not own


@transaction.atomic
def invite(
    organisation_id: UUID, *, email: str, role: Role, by: Caller, at: datetime
) -> Mapping[str, JSON]:
    """
    Give somebody a role; who has not registered and verified this address yet gets it then.

    :return: `membership` or `invitation`: which of the two it became
    :raises OrganisationUnknown: if what the caller may do does not reach it
    :raises EmailMalformed: if no mail could be sent there
    :raises RoleNotOfThisKind, AppointedByTwo, NotForOneself, AlreadyMember: if it is not to be
    """
    organisation = organisation_in_sight(organisation_id, by.grant)
    _check_role(organisation, role)
    if is_appointment(role, organisation_id=organisation.id, by=by):
        raise AppointedByTwo(
            remedy=f"Propose it: POST /api/organisations/{organisation.id}/administrators"
        )
    address = checked_email(email)
    user = _verified_user(address)
    if user is None:
        made = _invite(organisation, address, role, by=by.actor, at=at)
        return {"membership": None, "invitation": str(made)}
    if user.id == by.user_id:
        raise NotForOneself
    return {"membership": str(_join(organisation, user.id, role, by=by.actor, at=at))}


def appointment(organisation_id: UUID, *, email: str, role: Role, by: Caller) -> Proposal:
    """
    What is proposed when somebody is to get a role that takes two people to give. They have
    registered before, and verified their address.

    :raises OrganisationUnknown: if what the caller may do does not reach it
    :raises UserUnknown: if there is no such user
    :raises RoleNotOfThisKind, NotForOneself, AlreadyMember: if it is not to be
    """
    organisation = organisation_in_sight(organisation_id, by.grant)
    _check_role(organisation, role)
    user = _verified_user(checked_email(email))
    if user is None:
        raise UserUnknown(
            "Nobody who is registered has this address.",
            remedy="Let them register, and verify their address, first.",
        )
    if user.id == by.user_id:
        raise NotForOneself
    going_on = Membership.objects.filter(organisation=organisation, user=user, until=None)
    if going_on.filter(role=role.value).exists():
        raise AlreadyMember
    return Proposal(
        subject=f"organisation:{organisation.id}",
        organisation_id=organisation.id,
        arguments={
            "organisation": str(organisation.id),
            "user": str(user.id),
            "role": role.value,
        },
    )


@carried_out("identity.appoint", action=Action.APPOINT_ADMINISTRATORS)
@transaction.atomic
def appoint(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, JSON]:
    """
    Give somebody a role, which one person has proposed and another one approved.

    :raises NotForOneself: if the one who approves is the one to get it
    :raises UserUnknown, OrganisationUnknown: if they have been disabled or closed since
    :raises AlreadyMember: if they have got it meanwhile
    """
    user_id, organisation_id = UUID(arguments["user"]), UUID(arguments["organisation"])
    if by == f"user:{user_id}":
        raise NotForOneself
    organisation = Organisation.objects.filter(id=organisation_id, closed_at=None).first()
    if organisation is None:
        raise OrganisationUnknown
    if not User.objects.filter(id=user_id, is_active=True).exists():
        raise UserUnknown
    role = Role(arguments["role"])
    return {"membership": str(_join(organisation, user_id, role, by=by, at=at))}


@transaction.atomic
def redeem_invitations(*, user_id: UUID, at: datetime) -> list[UUID]:
    """
    Let somebody have the roles that they were invited to by the address that they have verified.

    To be called when an address is verified. Returns the organisations.
    """
    user = User.objects.filter(id=user_id, is_active=True, email_verified_at__isnull=False).first()
    if user is None:
        return []
    waiting = Invitation.objects.select_for_update().filter(
        email_index=user.email_index,
        over_at=None,
        expires_at__gt=at,
        organisation__closed_at=None,
    )
    joined = []
    for invitation in waiting.select_related("organisation").order_by("id"):
        _end_invitation(invitation, at=at)
        role = Role(invitation.role)
        going_on = Membership.objects.filter(user=user, role=role.value, until=None)
        if not going_on.filter(organisation=invitation.organisation).exists():
            _join(invitation.organisation, user.id, role, by=f"user:{user.id}", at=at)
            joined.append(invitation.organisation_id)
    return joined


@transaction.atomic
def remove_member(organisation_id: UUID, member_id: UUID, *, by: Caller, at: datetime) -> None:
    """
    Take a role away, or an invitation back. Who has all their roles here taken is a customer.

    :raises OrganisationUnknown, MemberUnknown: if what the caller may do does not reach it
    :raises UnauthorizedAccess: if they could not have given it
    :raises LastAdministrator: if nobody else has it
    """
    organisation = organisation_in_sight(organisation_id, by.grant)
    invitation = Invitation.objects.select_for_update().filter(
        id=member_id, organisation=organisation, over_at=None
    )
    if waiting := invitation.first():
        _end_invitation(waiting, at=at)
        _record(organisation, "withdraw_invitation", {"role": waiting.role}, by=by.actor, at=at)
        return
    # All who would take the last one's role wait for each other here.
    Organisation.objects.select_for_update().get(id=organisation.id)
    member = Membership.objects.filter(id=member_id, organisation=organisation, until=None).first()
    if member is None:
        raise MemberUnknown
    role = Role(member.role)
    if member.user_id != by.user_id and is_appointment(
        role, organisation_id=organisation.id, by=by
    ):
        _check_could_appoint(by.grants.get(Action.APPOINT_ADMINISTRATORS), organisation.id)
    check_not_last(member.user_id, roles=[(organisation.id, role)])
    member.until = at
    member.save(update_fields=["until"])
    detail = {"user": str(member.user_id), "role": member.role}
    _record(organisation, "remove_member", detail, by=by.actor, at=at)


def check_not_last(user_id: UUID, *, roles: list[tuple[UUID, Role]]) -> None:
    """:raises LastAdministrator: if somebody is the only one who has one of these roles"""
    for organisation_id, role in roles:
        others = Membership.objects.filter(
            organisation_id=organisation_id, role=role.value, until=None, user__is_active=True
        ).exclude(user_id=user_id)
        if role in _LAST and not others.exists():
            raise LastAdministrator(remedy="Let somebody else have the role first.")


def _check_could_appoint(grant: Grant | None, organisation_id: UUID) -> None:
    reaches = grant is not None and (
        grant.reach is Reach.ALL or organisation_id in grant.organisation_ids
    )
    if not reaches:
        raise UnauthorizedAccess(f"It needs the permission {Action.APPOINT_ADMINISTRATORS}.")


def _check_role(organisation: Organisation, role: Role) -> None:
    if role not in ROLES_OF[OrganisationKind(organisation.kind)]:
        raise RoleNotOfThisKind(places=(Place(field="role"),))
    if organisation.closed_at is not None:
        raise OrganisationUnknown


def _verified_user(address: str) -> User | None:
    """An address that nobody has verified could be anybody's."""
    return User.objects.filter(
        email_index=email_index(address), email_verified_at__isnull=False, is_active=True
    ).first()


def _join(organisation: Organisation, user_id: UUID, role: Role, *, by: str, at: datetime) -> UUID:
    try:
        with transaction.atomic():
            member = Membership.objects.create(
                organisation=organisation, user_id=user_id, role=role.value, since=at
            )
    except IntegrityError:
        raise AlreadyMember from None
    detail = {"user": str(user_id), "role": role.value}
    _record(organisation, "give_role", detail, by=by, at=at)
    return member.id


def _invite(organisation: Organisation, address: str, role: Role, *, by: str, at: datetime) -> UUID:
    index, invitation_id = email_index(address), new_id()
    same = Invitation.objects.filter(organisation=organisation, email_index=index, role=role.value)
    for over in same.select_for_update().filter(over_at=None, expires_at__lte=at):
        _end_invitation(over, at=at)
    keys = personal.meet({invitation_id})
    email = keys.seal(
        address, person=invitation_id, column="identity_invitation.email", row=invitation_id
    )
    try:
        with transaction.atomic():
            Invitation.objects.create(
                id=invitation_id,
                organisation=organisation,
                role=role.value,
                email=email,
                email_index=index,
                made_by=by,
                made_at=at,
                expires_at=at + INVITATION_GOOD_FOR,
            )
    except IntegrityError:
        raise AlreadyMember from None
    detail = {"invitation": str(invitation_id), "role": role.value}
    _record(organisation, "invite", detail, by=by, at=at)
    return invitation_id


def _end_invitation(invitation: Invitation, *, at: datetime) -> None:
    invitation.over_at = at
    invitation.save(update_fields=["over_at"])
    personal.forget([invitation.id])


def _record(
    organisation: Organisation, did: str, detail: Mapping[str, JSON], *, by: str, at: datetime
) -> None:
    audit.record(
        actor=by,
        action=f"identity.{did}",
        subject=f"organisation:{organisation.id}",
        detail=detail,
        at=at,
    )
