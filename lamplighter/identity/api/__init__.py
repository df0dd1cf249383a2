"""Who asks, and what they do about themselves, over HTTP."""

from lamplighter.identity.api.approvals import router as approvals
from lamplighter.identity.api.browsers import caller_in, log_in, log_out
from lamplighter.identity.api.clients import router as clients
from lamplighter.identity.api.doorkeeper import caller_of
from lamplighter.identity.api.keys import router as api_keys
from lamplighter.identity.api.members import router as members
from lamplighter.identity.api.organisations import router as organisations
from lamplighter.identity.api.permissions import router as permissions
from lamplighter.identity.api.users import router as users

__all__ = [
    "api_keys",
    "approvals",
    "caller_in",
    "caller_of",
    "clients",
    "log_in",
    "log_out",
    "members",
    "organisations",
    "permissions",
    "users",
]
