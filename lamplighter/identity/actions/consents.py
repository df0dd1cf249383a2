"""What somebody agrees to is written down."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.identity.models import Consent
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import audit

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


class ConsentMalformed(Refusal):
    """Kind and version of a consent are words of 1 to 32 letters, digits, and . _ -."""


@transaction.atomic
def record_consent(
    *, user_id: UUID, kind: str, version: str, given: bool, how: str, by: str, at: datetime
) -> UUID:
    """
    Write down that somebody agrees to something, or no longer does.

    :param version: of the words that they were shown
    :raises ConsentMalformed: naming the field that cannot be
    """
    for field, word in (("kind", kind), ("version", version), ("how", how)):
        if not _WORD.fullmatch(word):
            raise ConsentMalformed(places=(Place(field=field),))
    consent = Consent.objects.create(
        user_id=user_id, kind=kind, version=version, given=given, at=at, how=how
    )
    audit.record(
        actor=by,
        action="identity.record_consent",
        subject=f"user:{user_id}",
        detail={"kind": kind, "version": version, "given": given},
        at=at,
    )
    return consent.id
