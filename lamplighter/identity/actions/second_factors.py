"""Somebody shows a second factor."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.crypto import constant_time_compare

from lamplighter.identity.actions import limits
from lamplighter.identity.actions.challenges import CodeWrong
from lamplighter.identity.domain.limits import CODE_OF
from lamplighter.identity.models import UsedCode
from lamplighter.identity.queries.factors import RECOVERY_CODE, TOTP
from lamplighter.kernel import Place, Refusal

PERIOD_S: Final = 30
"""How long an authenticator app shows a code (RFC 6238)."""
STEPS_APART: Final = 1
"""So many codes before and after count too: clocks differ, and typing takes time."""


class MethodNotOffered(Refusal):
    """This way of showing a second factor is not open to you."""


def check_otp(*, user_id: UUID, otp: str, method: str = "", at: datetime) -> str:
    """
    Look at a code that was sent along: of an authenticator app, or a recovery code.

    :param method: which of the two; empty: whichever it is
    :return: the method
    :raises TooManyAttempts: if there were too many wrong codes
    :raises CodeWrong: if it is wrong, or was used before
    """
    limits.count([(CODE_OF, str(user_id))], at=at)
    for name, check in ((TOTP, check_totp), (RECOVERY_CODE, check_recovery_code)):
        if method in ("", name):
            try:
                check(user_id=user_id, code=otp, at=at)
            except CodeWrong:
                continue
            limits.forgive([(CODE_OF, str(user_id))], at=at)
            return name
    raise wrong("otp")


@transaction.atomic
def check_totp(*, user_id: UUID, code: str, at: datetime) -> None:
    """
    Take a code of somebody's authenticator app, once.

    :raises CodeWrong: if it is wrong, or was used before
    """
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user_id=user_id, type=Authenticator.Type.TOTP).first()
    if row is None:
        raise wrong()
    take_totp(user_id=user_id, secret=decrypt(row.data["secret"]), code=code, at=at)
    row.last_used_at = at
    row.save(update_fields=["last_used_at"])


def take_totp(*, user_id: UUID, secret: str, code: str, at: datetime) -> None:
    """
    Take a code of an app with this secret, in the caller's transaction.

    :raises CodeWrong: if it is wrong, or was used before
    """
    digits = "".join(code.split())
    now = int(at.timestamp()) // PERIOD_S
    shown = {
        counter: format_hotp_value(hotp_value(secret, counter))
        for counter in range(now - STEPS_APART, now + STEPS_APART + 1)
    }
    counter = next((n for n, one in shown.items() if constant_time_compare(one, digits)), None)
    if counter is None:
        raise wrong()
    UsedCode.objects.filter(used_at__lt=at - timedelta(hours=1)).delete()
    _, is_first = UsedCode.objects.get_or_create(
        user_id=user_id, counter=counter, defaults={"used_at": at}
    )
    if not is_first:
        raise wrong()


@transaction.atomic
def check_recovery_code(*, user_id: UUID, code: str, at: datetime) -> None:
    """
    Take one of somebody's recovery codes, once.

    :raises CodeWrong: if it is wrong, or was used before
    """
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user_id=user_id, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None or not RecoveryCodes(row).validate_code(code):
        raise wrong()
    rows.filter(id=row.id).update(last_used_at=at)


def wrong(field: str = "code") -> CodeWrong:
    return CodeWrong(places=(Place(field=field),))
