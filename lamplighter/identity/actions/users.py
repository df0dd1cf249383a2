"""Somebody gets a log-in."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from lamplighter.identity.domain.emails import normalised_email
from lamplighter.identity.domain.passwords import PasswordUnfit, check_password_length
from lamplighter.identity.domain.permissions import ROLES_OF, Role
from lamplighter.identity.models import Membership, Organisation, User
from lamplighter.identity.models.users import email_index
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit


class EmailMalformed(Refusal):
    """This is not an e-mail address."""


class UserAlreadyKnown(Refusal):
    """There is a user of this e-mail address already."""

    status = 409


@transaction.atomic
def add_member(
    *, email: str, password: str, roles: tuple[Role, ...], name: str = "", by: str, at: datetime
) -> UUID:
    """
    Add somebody who works for the utility or runs the installation. Their e-mail address counts as
    verified: whoever adds them knows them.

    :param roles: of the utility, of the platform, or none: a customer
    :raises EmailMalformed: if no mail could be sent there
    :raises PasswordUnfit: if it is too short, too long, or one that everybody tries first
    :raises UserAlreadyKnown: if the address is another user's
    """
    user = create_user(email=email, password=password, name=name, verified=True, at=at)
    for role in roles:
        organisation = Organisation.objects.get(kind=kind_of(role))
        Membership.objects.create(organisation=organisation, user=user, role=role.value, since=at)
    audit.record(
        actor=by,
        action="identity.add_member",
        subject=f"user:{user.id}",
        detail={"roles": [role.value for role in roles]},
        at=at,
    )
    return user.id


def create_user(*, email: str, password: str, name: str, verified: bool, at: datetime) -> User:
    """
    Add a user, in the caller's transaction.

    :raises EmailMalformed, PasswordUnfit, UserAlreadyKnown: see `add_member`
    """
    address = checked_email(email)
    check_password(password)
    user = User(
        email_index=email_index(address), joined_at=at, email_verified_at=at if verified else None
    )
    for column, sealed in user.sealed(email=address, name=name).items():
        setattr(user, column, sealed)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise UserAlreadyKnown(places=(Place(field="email"),)) from None
    return user


def kind_of(role: Role) -> str:
    """In what kind of organisation somebody has this role."""
    return next(kind.value for kind, roles in ROLES_OF.items() if role in roles)


def checked_email(email: str) -> str:
    """
    Tell the one spelling of an address.

    :raises EmailMalformed: if no mail could be sent there
    """
    address = normalised_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise EmailMalformed(f"{email!r} is not one.", places=(Place(field="email"),)) from None
    return address


def check_password(password: str, *, has_second_factor: bool = False) -> None:
    """:raises PasswordUnfit: if it is too short, too long, or one that everybody tries first"""
    check_password_length(password, has_second_factor=has_second_factor)
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        place = Place(field="password")
        raise PasswordUnfit("It is among the first that are tried.", places=(place,)) from None
