import json
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as installed
from pytest_django import Settings

from lamplighter.identity.adapters.mailbox import Mailbox
from lamplighter.identity.adapters.smtp import Smtp
from lamplighter.identity.domain.messages import Message, code_message
from lamplighter.identity.models import Challenge
from lamplighter.identity.tests.people import EMAIL, App, add_mary
from lamplighter.platform.deliveries import deliver_due
from lamplighter.platform.models import Delivery

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MESSAGE = code_message(purpose="log_in", channel="email", to="mary@home.example", code="123456")


class Post:
    """A mail server that keeps what it gets, or takes nothing."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.is_full = False

    async def handle_DATA(self, *about: Any) -> str:  # noqa: N802 - its name
        *_, envelope = about
        if self.is_full:
            return "452 Insufficient storage"
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    server = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    # pytest-django puts a mailbox of its own in the place of the real one.
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.DEFAULT_FROM_EMAIL = "lights@utility.example"
    settings.LAMPLIGHTER_MESSENGER = "lamplighter.identity.adapters.smtp.Smtp"
    yield server
    controller.stop()


def test_a_message_is_laid_down_for_its_owner_alone() -> None:
    Mailbox().send(MESSAGE, at=NOON)
    folder: Path = installed.LAMPLIGHTER_HOME / "mailbox"
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    told = json.loads(path.read_text())
    assert set(told) == {"channel", "to", "subject", "body", "kind", "at"}
    assert (told["to"], told["kind"]) == ("mary@home.example", "code.log_in")
    assert told["at"] == "2026-01-01T12:00:00+00:00"


def test_a_mailbox_takes_an_sms_but_not_in_production(settings: Settings) -> None:
    assert Mailbox().can_send("sms")
    settings.LAMPLIGHTER_PRODUCTION = True
    assert not Mailbox().can_send("sms")
    assert Mailbox().can_send("email")
    assert not Smtp().can_send("sms")


def test_a_message_is_handed_to_the_mail_server(post: Post) -> None:
    Smtp().send(MESSAGE, at=NOON)
    (envelope,) = post.got
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "lights@utility.example", ["mary@home.example"],
    )  # fmt: skip
    mail = message_from_bytes(envelope.content)
    assert mail["Subject"] == "Your code to log in"
    assert mail["Date"] == "Thu, 01 Jan 2026 12:00:00 +0000"
    assert "123456" in str(mail.get_payload())


def test_nobody_writes_headers_of_their_own(post: Post) -> None:
    evil = Message(channel="email", to="a@x.example\nBcc: b@x.example", subject="x", body="y",
                   kind="z")  # fmt: skip
    with pytest.raises(ValueError, match="Invalid address"):
        Smtp().send(evil, at=NOON)
    assert post.got == []


@pytest.mark.django_db
def test_what_the_server_does_not_take_is_sent_later_and_kept_till_then(post: Post) -> None:
    add_mary()
    App().post("/password/forgot", {"email": EMAIL})
    post.is_full = True
    now = datetime.now(UTC)
    deliver_due(at=now)
    assert Challenge.objects.get().code is not None
    post.is_full = False
    delivery = Delivery.objects.get(reaction="identity.when_code_wanted")
    deliver_due(at=delivery.due_at)
    (envelope,) = post.got
    assert envelope.rcpt_tos == [EMAIL]
    assert Challenge.objects.get().code is None
