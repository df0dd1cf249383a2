"""How often what may be tried."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lamplighter.identity.domain.passwords import FAILURES_MAX, FAILURES_WINDOW

CODE_LIFETIME: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5
CODE_DIGITS: Final = 6
LONGEST_WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of one kind in so much time, for each subject: an account, a network address."""

    name: str
    most: int
    within: timedelta = FAILURES_WINDOW


LOG_IN_FROM: Final = Limit("log_in_from", FAILURES_MAX)
"""Failures for an account from one network address."""
LOG_IN_TO: Final = Limit("log_in_to", 50)
"""Failures for an account from anywhere: more, so that a stranger does not easily lock it."""
LOG_IN_NETWORK: Final = Limit("log_in_network", 100)
"""Failures from one network address for any account."""
CODE_OF: Final = Limit("code_of", 10)
"""Wrong codes for an account, over all challenges."""
CODE_NETWORK: Final = Limit("code_network", 100)
SEND_TO: Final = Limit("send_to", 6)
"""Codes that somebody is sent."""
ASK_ABOUT: Final = Limit("ask_about", 5, LONGEST_WINDOW)
"""Registrations with, and forgotten passwords of, one e-mail address."""
ASK_NETWORK: Final = Limit("ask_network", 60, LONGEST_WINDOW)
"""Such from one network address, behind which there may be a whole office."""
