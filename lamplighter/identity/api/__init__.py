"""Who asks, and what they do about themselves, over HTTP."""

from lamplighter.identity.api.browsers import caller_in, log_in, log_out
from lamplighter.identity.api.doorkeeper import caller_of

__all__ = ["caller_in", "caller_of", "log_in", "log_out"]
