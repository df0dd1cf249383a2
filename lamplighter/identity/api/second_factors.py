"""Second factors over HTTP."""

import io

import segno
from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Status

from lamplighter.identity.actions import enrolling, passkeys
from lamplighter.identity.api.log_in import host_of, person_in
from lamplighter.identity.api.schemas import (
    AppOut,
    CodeIn,
    FactorOut,
    PasskeyIn,
    PasskeyNameIn,
    PasskeyOptionsOut,
    PasskeyOut,
    RecoveryCodesOut,
)
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.queries.factors import (
    EMAIL,
    PASSKEY,
    RECOVERY_CODE,
    SMS,
    TOTP,
    factors_of,
)
from lamplighter.platform.access import needs
from lamplighter.platform.schemas import refusals
from lamplighter.platform.web import actor

router = Router(tags=["second factors"])
SECURE = needs(Action.SECURE_ME, fresh=True)
GONE = {204: None, **refusals(404, 409)}


@router.get(
    "",
    auth=needs(Action.READ_ME),
    response={200: list[FactorOut], **refusals()},
    operation_id="list_factors",
)
def list_factors(request: HttpRequest) -> list[FactorOut]:
    """Your second factors."""
    user_id, _ = person_in(request)
    return [
        FactorOut.model_validate(
            {**{key: getattr(one, key) for key in one.__slots__}}
            | {"id": one.id or None, "name": one.name or None}
        )
        for one in factors_of(user_id)
    ]


@router.post(
    "/totp", auth=SECURE, response={201: AppOut, **refusals(409)}, operation_id="begin_totp"
)
def begin_totp(request: HttpRequest) -> Status[AppOut]:
    """Add an authenticator app: it scans the code, and shows one of its own."""
    user_id, _ = person_in(request)
    app = enrolling.begin_totp(user_id=user_id, at=timezone.now())
    picture = io.BytesIO()
    segno.make(app.uri, error="m", micro=False).save(picture, kind="svg", scale=4)
    told = AppOut(
        challenge=app.handle, secret=app.secret, uri=app.uri, qr_svg=picture.getvalue().decode()
    )
    return Status(201, told)


@router.post(
    "/totp/confirm",
    auth=SECURE,
    response={204: None, **refusals(409, 410, 422)},
    operation_id="confirm_totp",
)
def confirm_totp(request: HttpRequest, shown: CodeIn) -> Status[None]:
    """Send the first code that the app shows. From now on it is asked for."""
    user_id, _ = person_in(request)
    enrolling.confirm_totp(
        user_id=user_id,
        handle=shown.challenge,
        code=shown.code,
        by=actor(request),
        at=timezone.now(),
    )
    return Status(204, None)


@router.delete("/totp", auth=SECURE, response=GONE, operation_id="remove_totp")
def remove_totp(request: HttpRequest) -> Status[None]:
    """Do without the authenticator app."""
    return _remove(request, TOTP)


@router.post(
    "/recovery-codes",
    auth=SECURE,
    response={201: RecoveryCodesOut, **refusals(422)},
    operation_id="make_recovery_codes",
)
def make_recovery_codes(request: HttpRequest) -> Status[RecoveryCodesOut]:
    """Get ten codes for the day on which the phone is gone. Those before are no longer good."""
    user_id, _ = person_in(request)
    codes = enrolling.make_recovery_codes(user_id=user_id, by=actor(request), at=timezone.now())
    return Status(201, RecoveryCodesOut(codes=codes))


@router.delete("/recovery-codes", auth=SECURE, response=GONE, operation_id="remove_recovery_codes")
def remove_recovery_codes(request: HttpRequest) -> Status[None]:
    """Do without recovery codes."""
    return _remove(request, RECOVERY_CODE)


@router.post(
    "/passkeys",
    auth=SECURE,
    response={201: PasskeyOptionsOut, **refusals(422)},
    operation_id="begin_passkey",
)
def begin_passkey(request: HttpRequest) -> Status[PasskeyOptionsOut]:
    """Have this device make a passkey."""
    user_id, _ = person_in(request)
    handle, options = passkeys.begin_passkey(
        user_id=user_id, host=host_of(request), at=timezone.now()
    )
    return Status(201, PasskeyOptionsOut(challenge=handle, options=options))


@router.post(
    "/passkeys/complete",
    auth=SECURE,
    response={201: PasskeyOut, **refusals(410, 422)},
    operation_id="complete_passkey",
)
def complete_passkey(request: HttpRequest, made: PasskeyIn) -> Status[PasskeyOut]:
    """Send what the device has made."""
    user_id, _ = person_in(request)
    passkey = passkeys.complete_passkey(
        user_id=user_id,
        handle=made.challenge,
        credential=made.credential,
        name=made.name,
        host=host_of(request),
        by=actor(request),
        at=timezone.now(),
    )
    return Status(201, PasskeyOut(id=passkey))


@router.put(
    "/passkeys/{passkey}",
    auth=SECURE,
    response={204: None, **refusals(404, 422)},
    operation_id="rename_passkey",
)
def rename_passkey(request: HttpRequest, sent: PasskeyNameIn, passkey: Path[str]) -> Status[None]:
    """Call a passkey something else."""
    user_id, _ = person_in(request)
    passkeys.rename_passkey(
        user_id=user_id,
        passkey=passkey,
        name=sent.name,
        by=actor(request),
        at=timezone.now(),
    )
    return Status(204, None)


@router.delete("/passkeys/{passkey}", auth=SECURE, response=GONE, operation_id="remove_passkey")
def remove_passkey(request: HttpRequest, passkey: Path[str]) -> Status[None]:
    """Do without a passkey."""
    return _remove(request, PASSKEY, passkey)


@router.put(
    "/sms",
    auth=SECURE,
    response={204: None, **refusals(422)},
    operation_id="add_sms_factor",
)
def add_sms(request: HttpRequest) -> Status[None]:
    """Be sent a code by SMS at each log-in, to your verified number."""
    return _add(request, SMS)


@router.delete("/sms", auth=SECURE, response=GONE, operation_id="remove_sms_factor")
def remove_sms(request: HttpRequest) -> Status[None]:
    """Do without codes by SMS."""
    return _remove(request, SMS)


@router.put(
    "/email",
    auth=SECURE,
    response={204: None, **refusals(422)},
    operation_id="add_email_factor",
)
def add_email(request: HttpRequest) -> Status[None]:
    """Be sent a code by e-mail at each log-in."""
    return _add(request, EMAIL)


@router.delete("/email", auth=SECURE, response=GONE, operation_id="remove_email_factor")
def remove_email(request: HttpRequest) -> Status[None]:
    """Do without codes by e-mail."""
    return _remove(request, EMAIL)


def _add(request: HttpRequest, channel: str) -> Status[None]:
    user_id, _ = person_in(request)
    enrolling.add_code_factor(
        user_id=user_id, channel=channel, by=actor(request), at=timezone.now()
    )
    return Status(204, None)


def _remove(request: HttpRequest, method: str, passkey: str = "") -> Status[None]:
    user_id, _ = person_in(request)
    enrolling.remove_factor(
        user_id=user_id, method=method, passkey=passkey, by=actor(request), at=timezone.now()
    )
    return Status(204, None)
