"""What people are told about their log-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to be sent to somebody."""

    channel: str
    """`email` or `sms`."""
    to: str
    subject: str
    """An SMS has none: it is left out."""
    body: str
    kind: str
    """What it is about, such as `code.log_in`."""


_REASONS: Final[Mapping[str, str]] = {
    "verify_email": "to confirm your e-mail address",
    "log_in": "to log in",
    "reset_password": "to choose a new password",
    "change_email_old": "to agree that your log-in gets another e-mail address",
    "change_email_new": "to confirm this e-mail address",
    "change_phone_old": "to agree that your log-in gets another telephone number",
    "change_phone_new": "to confirm this telephone number",
}


def code_message(*, purpose: str, channel: str, to: str, code: str) -> Message:
    """
    The message by which somebody gets a code.

    :param purpose: what the code is for, such as `log_in`
    """
    reason = _REASONS[purpose]
    body = (
        f"{code} is your code {reason}. It is good for ten minutes.\n\n"
        "Tell it to nobody. If you have not asked for it, somebody else has: do nothing, and "
        "nothing happens."
    )
    return Message(
        channel=channel, to=to, subject=f"Your code {reason}", body=body, kind=f"code.{purpose}"
    )


def known_already_message(*, to: str) -> Message:
    """What the owner of an address gets when somebody registers with it once more."""
    body = (
        "Somebody tried to register with this e-mail address, or to move a log-in to it. There is "
        "a log-in of this address already, so nothing has happened.\n\n"
        "If it was you, log in, or choose a new password if you have forgotten yours. If it was "
        "not, you need not do anything."
    )
    return Message(
        channel="email",
        to=to,
        subject="Somebody tried to register with your e-mail address",
        body=body,
        kind="known_already",
    )
