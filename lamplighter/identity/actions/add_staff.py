"""Somebody who works for the utility gets a log-in."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from lamplighter.identity.domain import PasswordUnfit, check_password_length, normalised_email
from lamplighter.identity.models import User
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit


class EmailMalformed(Refusal):
    """This is not an e-mail address."""


class UserAlreadyKnown(Refusal):
    """There is a user of this e-mail address already."""

    status = 409


@transaction.atomic
def add_staff(*, email: str, password: str, by: str, at: datetime) -> UUID:
    """
    Add a member of staff, who sees every account.

    :raises EmailMalformed: if no mail could be sent there
    :raises PasswordUnfit: if it is too short, too long, or one that everybody tries first
    :raises UserAlreadyKnown: if the address is another user's
    """
    address = normalised_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise EmailMalformed(f"{email!r} is not one.", places=(Place(field="email"),)) from None
    _check_password(password)
    user = User(email=address, is_staff=True, joined_at=at)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise UserAlreadyKnown(places=(Place(field="email"),)) from None
    audit.record(actor=by, action="identity.add_staff", subject=f"user:{user.id}", detail={}, at=at)
    return user.id


def _check_password(password: str) -> None:
    check_password_length(password)
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        place = Place(field="password")
        raise PasswordUnfit("It is among the first that are tried.", places=(place,)) from None
