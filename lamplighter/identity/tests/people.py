"""People with an app, who register, log in and read what they are sent."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from lamplighter.identity.actions import add_member
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import UsedCode
from lamplighter.platform import master_keys
from lamplighter.platform.deliveries import deliver_due

EMAIL, PASSWORD = "mary@home.example", "four words nobody joins"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class App:
    """A program that somebody uses, on the API."""

    tokens: dict[str, Any] = field(default_factory=dict)
    client: Client = field(
        default_factory=lambda: Client(
            raise_request_exception=False, headers={"user-agent": "Lamp app"}
        )
    )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if token := self.tokens.get("access_token"):
            headers.setdefault("authorization", f"Bearer {token}")
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        content = {} if body is None else {"data": sent, "content_type": "application/json"}
        return self.client.generic(method, f"/api{path}", **content, headers=headers)  # type: ignore[arg-type]

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.ask("DELETE", path, **headers)

    def log_in(self, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> Any:
        """Log in, and keep the tokens if there are any."""
        self.tokens = {}
        answer = self.post("/login", {"email": email, "password": password, **more})
        if "access_token" in answer.json():
            self.tokens = answer.json()
        return answer

    def verify(self, **shown: Any) -> Any:
        """Show what is missing, and keep the tokens if there are any."""
        answer = self.post("/login/verify", shown)
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    def is_in(self) -> bool:
        return bool(self.get("/user-profiles").status_code == 200)

    def add_totp(self) -> str:
        """Add an authenticator app, and tell its secret."""
        told = self.post("/mfa/totp").json()
        code = code_of(told["secret"])
        done = self.post("/mfa/totp/confirm", {"challenge": told["challenge"], "code": code})
        assert done.status_code == 204, done.text
        UsedCode.objects.all().delete()  # half a minute later
        return str(told["secret"])


def add_mary(email: str = EMAIL, roles: tuple[Role, ...] = ()) -> Any:
    return add_member(
        email=email, password=PASSWORD, name="Mary Ward", roles=roles, by="test", at=LONG_AGO
    )


def mary() -> App:
    """A customer who has logged in."""
    add_mary()
    app = App()
    assert app.log_in().status_code == 200
    return app


@pytest.fixture(autouse=True)
def own_mailbox(settings: Settings, tmp_path: Path) -> None:
    """A mailbox in which nothing lies that is not of this test."""
    master_keys.newest()  # is read at the first time, from the home that is everybody's
    settings.LAMPLIGHTER_HOME = tmp_path


def mailbox() -> list[dict[str, Any]]:
    """What was sent, once all of it is on its way, the latest last; and the mailbox is empty."""
    deliver_due(at=datetime.now(UTC))
    found = []
    for path in sorted((settings.LAMPLIGHTER_HOME / "mailbox").glob("*.json")):
        found.append(json.loads(path.read_text()))
        path.unlink()
    return found


def code_sent(kind: str) -> str:
    """The code of the latest message of this kind."""
    (*_, message) = [one for one in mailbox() if one["kind"] == f"code.{kind}"]
    (code,) = re.findall(r"^[0-9]{6}\b", message["body"])
    return str(code)


def code_of(secret: str, *, steps: int = 0, at: datetime | None = None) -> str:
    """What an authenticator app shows, now or some half minutes later."""
    counter = int((at or datetime.now(UTC)).timestamp()) // 30 + steps
    return format_hotp_value(hotp_value(secret, counter))


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Look at a refusal, and return it."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    return told
