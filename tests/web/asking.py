"""Who asks, and how, in tests of the API."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from lamplighter.identity.actions import add_member, begin_session
from lamplighter.identity.actions.sessions import Device
from lamplighter.identity.actions.tokens import access_token
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Organisation, Session

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
PASSWORD = "a lamp in the window"
VERIFIER = "a" * 64
BACK = "https://app.example/back"


@dataclass(frozen=True)
class Asker:
    """A user, and what they are let in by."""

    user_id: UUID
    email: str

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        at = timezone.now()
        session = begin_session(
            user_id=self.user_id,
            device=Device(name="", network_address="", kind=Session.Kind.API),
            at=at,
        )
        token = access_token(user_id=self.user_id, session_id=session, at=at)
        return ask(method, address, body, authorization=f"Bearer {token}", **headers)


def ask(method: str, address: str, body: Any = None, **headers: str) -> Any:
    """One request to the API; a write has a key of its own."""
    sent = {"idempotency-key": str(uuid4())} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    more = {} if body is None else {"data": body, "content_type": "application/json"}
    client = Client(raise_request_exception=False)
    return getattr(client, method)(f"/api/{address}", headers=sent, **more)


def somebody(email: str, *roles: Role) -> Asker:
    return Asker(
        add_member(email=email, password=PASSWORD, roles=roles, by="test", at=LONG_AGO), email
    )


def the(kind: str) -> Organisation:
    return Organisation.objects.get(kind=kind)


def register(by: Asker, **wishes: Any) -> dict[str, Any]:
    """A client of the utility."""
    facts = {"organisation_id": str(the("utility").id), "name": "Sunny", "kind": "system"}
    answer = by.ask("post", "clients", facts | wishes)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def basic(client: dict[str, Any]) -> dict[str, str]:
    told = base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()
    return {"authorization": f"Basic {told}"}


def token_of(client: dict[str, Any], **facts: str) -> Any:
    """The answer of the token endpoint to a client that shows its secret."""
    return Client().post(
        "/oauth/token", {"grant_type": "client_credentials"} | facts, headers=basic(client)
    )


def challenge(verifier: str = VERIFIER) -> str:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def question(client: dict[str, Any], **other: str) -> dict[str, str]:
    """What an app sends somebody's browser with."""
    asked = {
        "response_type": "code",
        "client_id": client["id"],
        "redirect_uri": BACK,
        "scope": "openid email profile me.read",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (asked | other).items() if value}


def browser_of(who: Asker, **how: Any) -> Client:
    browser = Client(headers={"accept": "text/html"}, **how)
    answer = browser.post("/login", {"email": who.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def decide(browser: Client, asked: dict[str, str], answer: str = "allow", **other: Any) -> Any:
    """See the page that asks for consent, and answer it."""
    page = browser.get("/oauth/authorize", asked)
    assert page.status_code == 200, page.text
    found = re.search(r'name="question" value="([^"]+)"', page.text)
    assert found
    scopes = re.findall(r'name="scopes" value="([^"]+)"', page.text)
    sent = {"question": found[1], "scopes": scopes, "answer": answer}
    return browser.post("/oauth/authorize", sent | other)


def led(answer: Any) -> dict[str, str]:
    """What an app is told when somebody is led back to it."""
    assert answer.status_code == 303, answer.text
    there = answer.headers["Location"]
    assert there.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}


def redeem(client: dict[str, Any], code: str, /, **other: str) -> Any:
    """The answer of the token endpoint to a code."""
    facts = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return token_of(client, **(facts | other))
