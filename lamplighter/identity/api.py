"""Who is asking: sessions of people, and for now passwords of programs on this machine."""

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from uuid import UUID

from django.contrib import auth
from django.http import HttpRequest
from django.utils import timezone

from lamplighter.identity.actions import InvalidCredentials, prove_identity
from lamplighter.identity.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of staff who asks for something."""

    user_id: UUID
    email: str
    by_session: bool
    """Otherwise by a password that came with the request."""

    @property
    def actor(self) -> str:
        """For the audit trail."""
        return f"user:{self.user_id}"


def log_in(request: HttpRequest, *, email: str, password: str) -> None:
    """
    Begin a session, under a new name.

    :raises AccountLocked, InvalidCredentials: see `prove_identity`
    """
    user_id = prove_identity(
        email=email, password=password, address=network_address(request), at=timezone.now()
    )
    auth.login(request, User.objects.get(id=user_id))


def log_out(request: HttpRequest) -> None:
    """End the session and forget all that is in it."""
    auth.logout(request)


def staff_of_session(request: HttpRequest) -> Staff | None:
    """The member of staff whose session it is, if it is one's who still works here."""
    user = request.user
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return None
    return Staff(user_id=user.id, email=str(user.email), by_session=True)


def staff_of_password(request: HttpRequest) -> Staff | None:
    """
    Provisional, until programs have tokens: HTTP Basic, on the loopback and past no proxy, where
    nobody can listen. None if there is none.

    :raises AccountLocked, InvalidCredentials: see `prove_identity`
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or not _is_of_this_machine(request):
        return None
    try:
        email, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidCredentials from None
    user_id = prove_identity(
        email=email, password=password, address=network_address(request), at=timezone.now()
    )
    return Staff(user_id=user_id, email=email, by_session=False)


def network_address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _is_of_this_machine(request: HttpRequest) -> bool:
    if {"forwarded", "x-forwarded-for"} & {name.lower() for name in request.headers}:
        return False
    try:
        return ipaddress.ip_address(network_address(request)).is_loopback
    except ValueError:
        return False
