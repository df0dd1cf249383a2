"""Registration over HTTP."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from lamplighter.identity.actions import registering as actions
from lamplighter.identity.actions.members import AppointedByTwo, is_appointment
from lamplighter.identity.actions.registering import Appointment
from lamplighter.identity.api.schemas import (
    ChallengeOut,
    CodeIn,
    EmailIn,
    RegisteredOut,
    RegisterIn,
)
from lamplighter.identity.domain.permissions import Action, Role
from lamplighter.kernel import Place, Reach
from lamplighter.platform.access import Open, UnauthorizedAccess, let_in
from lamplighter.platform.network_addresses import network_address
from lamplighter.platform.rest import InvalidInput
from lamplighter.platform.schemas import refusals

router = Router(tags=["log-in"])


@router.post(
    "/register",
    auth=Open(),
    response={201: RegisteredOut, **refusals(422)},
    operation_id="register",
)
def register(request: HttpRequest, who: RegisterIn) -> Status[RegisteredOut]:
    """
    Get a log-in. A code comes by e-mail, to be sent to `/api/register/verify`.

    The answer is the same if the address has a log-in already: its owner is told by e-mail.
    """
    appointment, by = _appointment(request, who)
    registered = actions.register(
        email=who.email,
        password=who.password,
        name=who.name,
        appointment=appointment,
        address=network_address(request),
        by=by,
        at=timezone.now(),
    )
    return Status(201, RegisteredOut(id=registered.user_id, challenge=registered.handle))


@router.post(
    "/register/verify",
    auth=Open(),
    response={204: None, **refusals(410, 422)},
    operation_id="verify_email",
)
def verify(request: HttpRequest, shown: CodeIn) -> Status[None]:  # noqa: ARG001 - Ninja's shape
    """Show by the code that the e-mail address is yours. Then you can log in."""
    actions.verify_email(handle=shown.challenge, code=shown.code, at=timezone.now())
    return Status(204, None)


@router.post(
    "/register/resend",
    auth=Open(),
    response={200: ChallengeOut, **refusals(422)},
    operation_id="resend_verification",
)
def resend(request: HttpRequest, who: EmailIn) -> ChallengeOut:
    """
    Have the code sent once more; the one before is no longer good.

    The answer is the same whether or not there is an address to be verified.
    """
    handle = actions.send_verification_again(
        email=who.email, address=network_address(request), at=timezone.now()
    )
    return ChallengeOut(challenge=handle)


def _appointment(request: HttpRequest, who: RegisterIn) -> tuple[Appointment | None, str]:
    """
    The role that is to be given, and who gives it.

    :raises UnauthorizedAccess: if who asks may not give it, there
    :raises AppointedByTwo: if one person alone does not give it
    :raises InvalidInput: if it is not said where
    """
    if who.role in (None, Role.CONSUMER) and who.organisation is None:
        return None, ""
    caller = let_in(request, Action.CHANGE_MEMBERS)
    if who.role is None or who.organisation is None:
        place = Place(field="organisation" if who.organisation is None else "role")
        raise InvalidInput("A role is had in an organisation: send both.", places=(place,))
    grant = caller.grant
    if grant.reach is not Reach.ALL and who.organisation not in grant.organisation_ids:
        raise UnauthorizedAccess("That is not your organisation.")
    if is_appointment(who.role, organisation_id=who.organisation, by=caller):
        raise AppointedByTwo(remedy="Let them register, and propose it then.")
    return Appointment(role=who.role, organisation_id=who.organisation), caller.actor
