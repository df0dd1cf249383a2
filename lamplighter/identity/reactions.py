"""What identity does when something is told."""

from datetime import datetime

from lamplighter.identity.actions.sending import send_code, tell_known_already
from lamplighter.identity.events import CodeWanted, KnownAddressTried
from lamplighter.platform.outbox import on


@on(CodeWanted)
def when_code_wanted(event: CodeWanted, *, at: datetime) -> None:
    """The one who waits for it gets it."""
    send_code(challenge_id=event.challenge_id, at=at)


@on(KnownAddressTried)
def when_known_address_tried(event: KnownAddressTried, *, at: datetime) -> None:
    """Its owner is told."""
    tell_known_already(user_id=event.user_id, at=at)
