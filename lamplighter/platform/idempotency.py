"""
Writes that happen once however often they are asked for.

    answer = once(actor=…, key=…, operation="POST /payments", body=request.body, at=…, act=pay)

The key, the write and its answer are one transaction: whoever asks again, at the same time or a
month later, gets the first answer; what failed or was refused has left nothing, so it may be asked
for again under the same key.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from lamplighter.kernel import Refusal
from lamplighter.platform import stored_secrets
from lamplighter.platform.canonical_json import JSON, canonical, plain
from lamplighter.platform.models import IdempotencyKey

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
SECRET: Final = "idempotent-answers"  # noqa: S105 - its name


class IdempotencyKeyReused(Refusal):
    """This idempotency key was used before, for something else."""


class IdempotencyKeyMalformed(Refusal):
    """An idempotency key is 1 to 255 visible ASCII characters, without spaces."""

    status = 400


def once(
    *,
    actor: str,
    key: str,
    operation: str,
    body: bytes,
    at: datetime,
    act: Callable[[], Mapping[str, JSON]],
    for_ever: bool = False,
) -> dict[str, Any]:
    """
    Call `act` and return its answer, or return the answer of the first time.

    :param actor: whose key it is: another's same key is another key
    :param operation: what is asked for, such as the request's method and path
    :param body: the particulars, as they came
    :param for_ever: whether the key is kept past its retention: for what moves money
    :raises IdempotencyKeyReused: if the operation or the body was another one the first time
    :raises IdempotencyKeyMalformed: if it cannot be a key
    """
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMalformed
    asked = hashlib.sha256(operation.encode() + b"\0" + body).hexdigest()
    with transaction.atomic():
        row = _locked(actor, key, asked, at, for_ever=for_ever)
        if row.request_hash != asked:
            raise IdempotencyKeyReused(
                remedy="Use a new key for each write; the same one only to ask for it again."
            )
        place = f"platform_idempotencykey.answer:{actor}:{key}"
        if row.answer is None:
            # An answer may tell of people, whose own keys it cannot be sealed by.
            row.answer = stored_secrets.seal(SECRET, canonical(plain(act())), place=place)
            row.save(update_fields=["answer"])
        text = stored_secrets.unseal(SECRET, bytes(row.answer), place=place)
        answer: dict[str, Any] = json.loads(text)
        return answer


def _locked(actor: str, key: str, asked: str, at: datetime, *, for_ever: bool) -> IdempotencyKey:
    """
    The key's row, made if there is none. Who asks at the same time waits here, at the unique
    constraint, until the other one's transaction is over, and then sees its answer.
    """
    fresh = IdempotencyKey(
        actor=actor, key=key, request_hash=asked, asked_at=at, kept_for_ever=for_ever
    )
    IdempotencyKey.objects.bulk_create([fresh], ignore_conflicts=True)
    return IdempotencyKey.objects.select_for_update().get(actor=actor, key=key)
