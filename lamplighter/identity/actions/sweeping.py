"""What was needed for a while only is deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q

from lamplighter.identity.models import (
    Challenge,
    CodeFactor,
    KnownDevice,
    LogInAttempt,
    Membership,
    Session,
    UsedCode,
)


def sweep_attempts(*, before: datetime, limit: int) -> int:
    return _delete(LogInAttempt.objects.filter(at__lt=before).order_by("at"), limit)


def sweep_challenges(*, before: datetime, limit: int) -> int:
    return _delete(Challenge.objects.filter(expires_at__lt=before).order_by("expires_at"), limit)


def sweep_codes(*, before: datetime, limit: int) -> int:
    return _delete(UsedCode.objects.filter(used_at__lt=before).order_by("id"), limit)


def sweep_devices(*, before: datetime, limit: int) -> int:
    return _delete(KnownDevice.objects.filter(last_seen_at__lt=before).order_by("id"), limit)


def sweep_sessions(*, before: datetime, limit: int) -> int:
    """Their tokens go with them."""
    over = Q(ended_at__lt=before) | Q(expires_at__lt=before)
    return _delete(Session.objects.filter(over).order_by("expires_at"), limit)


def forget_proofs(user_id: UUID, *, at: datetime) -> None:
    """End all that somebody could come in by, in the transaction that erases them."""
    Session.objects.filter(user_id=user_id, ended_at=None).update(ended_at=at, end_reason="erased")
    Membership.objects.filter(user_id=user_id, until=None).update(until=at)
    for model in (Authenticator, Challenge, CodeFactor, KnownDevice, UsedCode):
        model.objects.filter(user_id=user_id).delete()


def _delete(found: Any, limit: int) -> int:
    ids = list(found.values_list("id", flat=True)[:limit])
    found.model.objects.filter(id__in=ids).delete()
    return len(ids)
