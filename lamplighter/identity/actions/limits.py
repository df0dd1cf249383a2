"""Limits on what may be tried, kept in the database for all processes alike."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db.models import Q
from django.utils.crypto import salted_hmac

from lamplighter.identity.domain.limits import LONGEST_WINDOW, Limit
from lamplighter.identity.models import LogInAttempt
from lamplighter.kernel import Refusal


class TooManyAttempts(Refusal):
    """This was tried too often."""

    status = 429
    retry_after_s: int = 0

    @classmethod
    def until(cls, free_at: datetime, *, at: datetime) -> Self:
        wait_s = max(1, math.ceil((free_at - at).total_seconds()))
        minutes = math.ceil(wait_s / 60)
        no = cls(remedy=f"Try again in {minutes} minute{'' if minutes == 1 else 's'}.")
        no.retry_after_s = wait_s
        return no


class AccountLocked(TooManyAttempts):
    """There were too many attempts to log in."""


Tried = tuple[Limit, str]
"""A limit, and whose it is."""


def count(
    tried: Iterable[Tried], *, at: datetime, refusal: type[TooManyAttempts] = TooManyAttempts
) -> None:
    """
    Count an attempt against some limits.

    It is written down, and committed, before anybody looks at what was sent, so that a hundred at
    once are a hundred; one that is refused does not count itself.

    :raises TooManyAttempts: as `refusal`, if this is one too many for any of the limits
    """
    LogInAttempt.objects.filter(at__lte=at - LONGEST_WINDOW).delete()
    limits = [(limit, key_of(limit, subject)) for limit, subject in tried]
    mine = [LogInAttempt.objects.create(key=key, at=at).id for _, key in limits]
    for limit, key in limits:
        others = LogInAttempt.objects.filter(key=key, at__gt=at - limit.within)
        others = others.exclude(id__in=mine).order_by("-at", "-id")
        recent = list(others.values_list("at", flat=True)[: limit.most])
        if len(recent) >= limit.most:
            LogInAttempt.objects.filter(id__in=mine).delete()
            raise refusal.until(recent[-1] + limit.within, at=at)


def forgive(tried: Iterable[Tried], *, once: Iterable[Tried] = (), at: datetime) -> None:
    """
    Wipe the slate of somebody who was right.

    :param once: limits that others share: of these only this attempt is taken away
    """
    gone = Q(key__in=[key_of(limit, subject) for limit, subject in tried])
    for limit, subject in once:
        mine = LogInAttempt.objects.filter(key=key_of(limit, subject), at=at).first()
        gone |= Q(id=mine.id if mine else None)
    LogInAttempt.objects.filter(gone).delete()


def key_of(limit: Limit, subject: str) -> str:
    return salted_hmac(
        f"lamplighter.identity.{limit.name}", subject, algorithm="sha256"
    ).hexdigest()
