"""Somebody says who they are, and proves it by a password."""

from datetime import datetime
from uuid import UUID

import structlog
from django.contrib.auth import authenticate

from lamplighter.identity.actions import limits
from lamplighter.identity.actions.limits import AccountLocked
from lamplighter.identity.domain.emails import normalised_email
from lamplighter.identity.domain.limits import LOG_IN_FROM, LOG_IN_NETWORK, LOG_IN_TO
from lamplighter.identity.domain.passwords import PASSWORD_BYTES_MAX
from lamplighter.identity.models import User
from lamplighter.kernel import Refusal

log = structlog.get_logger(__name__)


class InvalidCredentials(Refusal):
    """E-mail address and password do not go together."""

    status = 401


class EmailNotVerified(Refusal):
    """The e-mail address of this log-in is not verified yet."""

    status = 403


def prove_identity(*, email: str, password: str, address: str, at: datetime) -> UUID:
    """
    Tell whose e-mail address and password these are.

    Who is unknown, has no password, or was disabled, is answered alike, after the same time.

    :param address: where on the network the attempt comes from
    :raises AccountLocked: after too many failures for this e-mail address or from there
    :raises InvalidCredentials: if they are nobody's
    :raises EmailNotVerified: if they are somebody's who has not shown the address to be theirs
    """
    account = normalised_email(email)
    own = [(LOG_IN_FROM, f"{account}\0{address}"), (LOG_IN_TO, account)]
    shared = [(LOG_IN_NETWORK, address)]
    limits.count([*own, *shared], at=at, refusal=AccountLocked)
    user = None
    if len(password.encode(errors="replace")) <= PASSWORD_BYTES_MAX:
        user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        log.info("log-in failed", network_address=address)
        raise InvalidCredentials
    limits.forgive(own, once=shared, at=at)
    if user.email_verified_at is None:
        raise EmailNotVerified(remedy="Ask for a code at /api/register/resend.")
    return user.id
