"""Who asks, and what they do about themselves, over HTTP."""

from lamplighter.identity.api.account import router as account
from lamplighter.identity.api.account_settings import router as account_settings
from lamplighter.identity.api.approvals import router as approvals
from lamplighter.identity.api.browsers import (
    caller_in,
    log_in,
    log_out,
    send_code,
    show_factor,
)
from lamplighter.identity.api.clients import router as clients
from lamplighter.identity.api.doorkeeper import caller_of
from lamplighter.identity.api.hello import router as greeting
from lamplighter.identity.api.keys import router as api_keys
from lamplighter.identity.api.log_in import router as logging_in
from lamplighter.identity.api.members import router as members
from lamplighter.identity.api.organisations import router as organisations
from lamplighter.identity.api.permissions import router as permissions
from lamplighter.identity.api.registering import router as registering
from lamplighter.identity.api.second_factors import router as second_factors
from lamplighter.identity.api.users import router as users

__all__ = [
    "account",
    "account_settings",
    "api_keys",
    "approvals",
    "caller_in",
    "caller_of",
    "clients",
    "greeting",
    "log_in",
    "log_out",
    "logging_in",
    "members",
    "organisations",
    "permissions",
    "registering",
    "second_factors",
    "send_code",
    "show_factor",
    "users",
]
