"""Somebody who may call the API."""

from datetime import UTC, datetime
from typing import Final

EMAIL: Final = "bench@utility.example"
PASSWORD: Final = "a lamp in the window"


def hire() -> None:
    """Add a billing officer."""
    from lamplighter.identity.actions import add_member
    from lamplighter.identity.domain.permissions import Role

    roles, at = (Role.BILLING_OFFICER,), datetime.now(UTC)
    add_member(email=EMAIL, password=PASSWORD, roles=roles, by="bench", at=at)


def token() -> str:
    """An access token of theirs, good for five minutes."""
    from lamplighter.identity.actions.sessions import Device, begin_session
    from lamplighter.identity.actions.tokens import access_token
    from lamplighter.identity.models import Session, User

    at = datetime.now(UTC)
    user_id = User.objects.get_by_natural_key(EMAIL).id
    session_id = begin_session(
        user_id=user_id,
        device=Device(kind=Session.Kind.API, name="bench", network_address=""),
        at=at,
    )
    return access_token(user_id=user_id, session_id=session_id, at=at)
