"""What waits to be sent is handed to the messenger."""

from datetime import datetime
from typing import Final
from uuid import UUID

from lamplighter.identity.actions.challenges import opened, whose
from lamplighter.identity.domain.messages import code_message, known_already_message
from lamplighter.identity.models import Challenge, User
from lamplighter.identity.ports.messenger import messenger
from lamplighter.identity.queries.factors import SMS
from lamplighter.identity.queries.profiles import texts_of

_NEW_ENDS: Final = (Challenge.Purpose.CHANGE_EMAIL_NEW, Challenge.Purpose.CHANGE_PHONE_NEW)


def send_code(*, challenge_id: UUID, at: datetime) -> None:
    """
    Send the code of a challenge and forget it, in the caller's transaction.

    What was sent already, or is over, is not sent. If sending fails nothing is forgotten; a code
    may come twice, if we end between the sending and the forgetting.
    """
    rows = Challenge.objects.select_for_update().filter(id=challenge_id, done_at=None)
    challenge = rows.filter(tries_left__gt=0, code__isnull=False).first()
    if challenge is None:
        return
    if challenge.expires_at > at:
        message = code_message(
            purpose=challenge.purpose,
            channel=challenge.channel,
            to=_where(challenge),
            code=opened(challenge, "code"),
        )
        messenger().send(message, at=at)
    challenge.code = None
    challenge.save(update_fields=["code"])


def tell_known_already(*, user_id: UUID, at: datetime) -> None:
    """Tell the owner of an address that somebody has tried to register with it."""
    user = User.objects.filter(id=user_id, is_active=True).first()
    if user is not None:
        messenger().send(known_already_message(to=texts_of(user).email), at=at)


def _where(challenge: Challenge) -> str:
    """A new address or number is in the challenge itself."""
    if challenge.purpose in _NEW_ENDS:
        return opened(challenge, "target")
    texts = texts_of(User.objects.get(id=whose(challenge)))
    return texts.phone if challenge.channel == SMS else texts.email
