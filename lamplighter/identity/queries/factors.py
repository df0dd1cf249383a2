"""Which second factors somebody has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt

from lamplighter.identity.models import CodeFactor, User
from lamplighter.identity.ports.messenger import messenger

TOTP: Final = "totp"
PASSKEY: Final = "passkey"
RECOVERY_CODE: Final = "recovery_code"
EMAIL: Final = "email"
SMS: Final = "sms"
REAL: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Those of allauth's that are factors by themselves: recovery codes stand in for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor that somebody has."""

    method: str
    id: str = ""
    """Of a passkey: its credential's. Of the others there is one each."""
    name: str = ""
    made_at: datetime
    last_used_at: datetime | None = None
    codes_left: int | None = None
    """Of recovery codes."""


def has_second_factor(user_id: UUID) -> bool:
    """Whether somebody is asked for more than a password."""
    return (
        Authenticator.objects.filter(user_id=user_id, type__in=REAL).exists()
        or CodeFactor.objects.filter(user_id=user_id).exists()
    )


def methods_of(user_id: UUID) -> tuple[str, ...]:
    """
    The ways in which somebody can show a second factor now; none, if they have none or if nothing
    can reach them: `has_second_factor` tells.
    """
    if not has_second_factor(user_id):
        return ()
    return tuple(dict.fromkeys(one.method for one in factors_of(user_id) if _is_usable(one)))


def factors_of(user_id: UUID) -> list[Factor]:
    """All that somebody has, in the order in which they are offered."""
    rows = Authenticator.objects.filter(user_id=user_id).order_by("created_at", "id")
    sent = CodeFactor.objects.filter(user_id=user_id)
    found = [_factor(row) for row in rows]
    found += [Factor(method=one.channel, made_at=one.made_at) for one in sent]
    order = (TOTP, PASSKEY, SMS, EMAIL, RECOVERY_CODE)
    return sorted(found, key=lambda factor: order.index(factor.method))


def can_be_texted(user: User) -> bool:
    """Whether somebody has a telephone number, and something can send there."""
    return user.phone_verified_at is not None and messenger().can_send(SMS)


def _is_usable(factor: Factor) -> bool:
    if factor.method == RECOVERY_CODE:
        return bool(factor.codes_left)
    return factor.method not in (SMS, EMAIL) or messenger().can_send(factor.method)


def _factor(row: Any) -> Factor:
    times = {"made_at": row.created_at, "last_used_at": row.last_used_at}
    if row.type == Authenticator.Type.WEBAUTHN:
        name, credential_id = decrypt(row.data["name"]), row.data["credential"]["id"]
        return Factor(method=PASSKEY, id=credential_id, name=name, **times)
    if row.type == Authenticator.Type.RECOVERY_CODES:
        left = len(RecoveryCodes(row).get_unused_codes())
        return Factor(method=RECOVERY_CODE, codes_left=left, **times)
    return Factor(method=TOTP, **times)
