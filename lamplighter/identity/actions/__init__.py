"""What can be done in identity."""

from lamplighter.identity.actions.api_keys import make_key, revoke_key
from lamplighter.identity.actions.clients import register_client, remove_client
from lamplighter.identity.actions.disabling import disable_user, enable_user, end_sessions
from lamplighter.identity.actions.limits import AccountLocked
from lamplighter.identity.actions.members import invite, redeem_invitations, remove_member
from lamplighter.identity.actions.oidc_keys import rotate_oidc_key
from lamplighter.identity.actions.prove_identity import (
    EmailNotVerified,
    InvalidCredentials,
    prove_identity,
)
from lamplighter.identity.actions.sessions import begin_session, end_session
from lamplighter.identity.actions.tokens import rotate_access_keys
from lamplighter.identity.actions.users import EmailMalformed, UserAlreadyKnown, add_member

__all__ = [
    "AccountLocked",
    "EmailMalformed",
    "EmailNotVerified",
    "InvalidCredentials",
    "UserAlreadyKnown",
    "add_member",
    "begin_session",
    "disable_user",
    "enable_user",
    "end_session",
    "end_sessions",
    "invite",
    "make_key",
    "prove_identity",
    "redeem_invitations",
    "register_client",
    "remove_client",
    "remove_member",
    "revoke_key",
    "rotate_access_keys",
    "rotate_oidc_key",
]
