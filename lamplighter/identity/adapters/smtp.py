"""E-mail by SMTP."""

from datetime import datetime

from django.core.mail import EmailMessage

from lamplighter.identity.domain.messages import Message


class Smtp:
    """Hands e-mail to the server of LAMPLIGHTER_MAIL. It knows no SMS."""

    def can_send(self, channel: str) -> bool:
        return channel == "email"

    def send(self, message: Message, *, at: datetime) -> None:
        """:raises OSError: if the server cannot be reached, or does not take it"""
        headers = {"Date": f"{at:%a, %d %b %Y %H:%M:%S} +0000", "Auto-Submitted": "auto-generated"}
        EmailMessage(message.subject, message.body, to=[message.to], headers=headers).send()
