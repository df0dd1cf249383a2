"""Somebody says who they are, and proves it by a password."""

import math
from datetime import datetime
from uuid import UUID

import structlog
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils.crypto import salted_hmac

from lamplighter.identity.domain.emails import normalised_email
from lamplighter.identity.domain.passwords import (
    FAILURES_MAX,
    FAILURES_WINDOW,
    PASSWORD_BYTES_MAX,
)
from lamplighter.identity.models import LogInAttempt, User
from lamplighter.kernel import Refusal

log = structlog.get_logger(__name__)


class InvalidCredentials(Refusal):
    """E-mail address and password do not go together."""

    status = 401


class AccountLocked(Refusal):
    """There were too many attempts to log in."""

    status = 429
    retry_after_s: int = 0

    @classmethod
    def until(cls, free_at: datetime, *, at: datetime) -> "AccountLocked":
        wait_s = max(1, math.ceil((free_at - at).total_seconds()))
        no = cls(remedy=f"Try again in {math.ceil(wait_s / 60)} minutes.")
        no.retry_after_s = wait_s
        return no


def prove_identity(*, email: str, password: str, address: str, at: datetime) -> UUID:
    """
    Tell whose e-mail address and password these are.

    Who is unknown, has no password, or was disabled, is answered alike, after the same time.

    :param address: where on the network the attempt comes from
    :raises AccountLocked: after too many failures for this e-mail address from there
    :raises InvalidCredentials: if they are nobody's
    """
    key = salted_hmac(
        "lamplighter.identity.log_in", f"{normalised_email(email)}\0{address}", algorithm="sha256"
    ).hexdigest()
    _count_attempt(key, at)
    user = None
    if len(password.encode(errors="replace")) <= PASSWORD_BYTES_MAX:
        user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        log.info("log-in failed", network_address=address)
        raise InvalidCredentials
    LogInAttempt.objects.filter(key=key).delete()
    return user.id


@transaction.atomic
def _count_attempt(key: str, at: datetime) -> None:
    """
    Written down before the password is looked at, so that a hundred at once are a hundred.

    :raises AccountLocked: if this is one too many, which then does not count itself
    """
    LogInAttempt.objects.filter(at__lte=at - FAILURES_WINDOW).delete()
    mine = LogInAttempt.objects.create(key=key, at=at)
    others = LogInAttempt.objects.filter(key=key).exclude(id=mine.id).order_by("-at", "-id")
    recent = list(others.values_list("at", flat=True)[:FAILURES_MAX])
    if len(recent) >= FAILURES_MAX:
        free_at = recent[-1] + FAILURES_WINDOW
        raise AccountLocked.until(free_at, at=at)
