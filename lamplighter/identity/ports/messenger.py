"""The port by which people are sent codes."""

from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lamplighter.identity.domain.messages import Message


class Messenger(Protocol):
    """Sends messages. What it cannot send now it raises for, and is asked again later."""

    def can_send(self, channel: str) -> bool:
        """Whether messages of this channel, `email` or `sms`, reach anybody."""

    def send(self, message: Message, *, at: datetime) -> None:
        """Hand a message over to who brings it."""


def messenger() -> Messenger:
    """The one of this installation."""
    one: Messenger = import_string(settings.LAMPLIGHTER_MESSENGER)()
    return one
