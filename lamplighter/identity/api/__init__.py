"""Who asks, and what they do about themselves, over HTTP."""

from lamplighter.identity.api.account import router as account
from lamplighter.identity.api.browsers import (
    caller_in,
    log_in,
    log_out,
    send_code,
    show_factor,
)
from lamplighter.identity.api.doorkeeper import caller_of
from lamplighter.identity.api.hello import router as greeting
from lamplighter.identity.api.log_in import router as logging_in
from lamplighter.identity.api.registering import router as registering
from lamplighter.identity.api.second_factors import router as second_factors

__all__ = [
    "account",
    "caller_in",
    "caller_of",
    "greeting",
    "log_in",
    "log_out",
    "logging_in",
    "registering",
    "second_factors",
    "send_code",
    "show_factor",
]
