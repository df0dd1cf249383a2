"""A token for a name and a password, and a greeting for a token."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from lamplighter.identity.actions.log_in import FactorAsked, log_in
from lamplighter.identity.actions.second_factors import MethodNotOffered
from lamplighter.identity.api.doorkeeper import device_of
from lamplighter.identity.api.log_in import tokens_for
from lamplighter.identity.api.schemas import AuthenticateIn, HelloOut, TokenOut
from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import Session
from lamplighter.identity.queries.profiles import profile_of
from lamplighter.kernel import Place
from lamplighter.platform.access import Open, caller, needs
from lamplighter.platform.schemas import refusals

router = Router(tags=["log-in"])


@router.post(
    "/authenticate",
    auth=Open(),
    response={200: TokenOut, **refusals(422)},
    operation_id="authenticate",
)
def authenticate(request: HttpRequest, who: AuthenticateIn) -> TokenOut:
    """Get a JSON Web Token. It is good for five minutes, and `/api/login` tells how to go on."""
    result = log_in(
        email=who.username,
        password=who.password,
        otp=who.otp or "",
        device=device_of(request, Session.Kind.API),
        at=timezone.now(),
    )
    if isinstance(result, FactorAsked):
        raise MethodNotOffered(
            "You have a second factor.",
            remedy="Send its code as otp, or log in at /api/login.",
            places=(Place(field="otp"),),
        )
    return TokenOut(token=tokens_for(result.session_id).access_token)


@router.get(
    "/hello",
    auth=needs(Action.READ_ME),
    response={200: HelloOut, **refusals(404)},
    operation_id="hello",
)
def hello(request: HttpRequest) -> HelloOut:
    """Be greeted, by who has logged in."""
    return HelloOut(message=f"Hello, {profile_of(caller(request).user_id).name or 'you'}.")
