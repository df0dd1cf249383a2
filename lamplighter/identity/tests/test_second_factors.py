from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from lamplighter.identity.models import Session, User
from lamplighter.identity.tests.devices import PRESENT, Device
from lamplighter.identity.tests.people import App, add_mary, code_of, mary, refused
from lamplighter.platform.models import AuditLine, OutboxEvent

pytestmark = pytest.mark.django_db


def add_passkey(app: App, device: Device, name: str = "Mary's phone") -> Any:
    told = app.post("/mfa/passkeys").json()
    made = device.make(told["options"])
    sent = {"challenge": told["challenge"], "name": name, "credential": made}
    return app.post("/mfa/passkeys/complete", sent)


def test_an_app_is_shown_a_square_code_and_its_secret_is_sealed() -> None:
    app = mary()
    told = app.post("/mfa/totp").json()
    assert told["uri"].startswith("otpauth://totp/Lamplighter%3Amary%40home.example?secret=")
    assert told["qr_svg"].startswith("<?xml")
    assert app.get("/mfa").json() == []
    wrong = {"challenge": told["challenge"], "code": "000000"}
    refused(app.post("/mfa/totp/confirm", wrong), 422, "CodeWrong")
    right = {"challenge": told["challenge"], "code": code_of(told["secret"])}
    assert app.post("/mfa/totp/confirm", right).status_code == 204
    assert [one["method"] for one in app.get("/mfa").json()] == ["totp"]
    assert told["secret"] not in str(Authenticator.objects.get().data)
    refused(app.post("/mfa/totp"), 409, "FactorAlreadyThere")
    assert OutboxEvent.objects.filter(name="identity.SecondFactorAdded").count() == 1


def test_the_code_that_has_added_an_app_is_used() -> None:
    app = mary()
    told = app.post("/mfa/totp").json()
    code = code_of(told["secret"])
    app.post("/mfa/totp/confirm", {"challenge": told["challenge"], "code": code})
    refused(app.log_in(otp=code), 422, "CodeWrong")


def test_anothers_app_is_not_added() -> None:
    app = mary()
    told = app.post("/mfa/totp").json()
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    sent = {"challenge": told["challenge"], "code": code_of(told["secret"])}
    refused(eve.post("/mfa/totp/confirm", sent), 410, "ChallengeOver")
    assert not Authenticator.objects.exists()


def test_new_recovery_codes_end_those_before() -> None:
    app = mary()
    refused(app.post("/mfa/recovery-codes"), 422, "SecondFactorMissing")
    app.add_totp()
    before = app.post("/mfa/recovery-codes").json()["codes"]
    after = app.post("/mfa/recovery-codes").json()["codes"]
    assert not set(before) & set(after)
    refused(App().log_in(otp=before[0]), 422, "CodeWrong")
    assert App().log_in(otp=after[0]).status_code == 200
    (codes,) = [one for one in app.get("/mfa").json() if one["method"] == "recovery_code"]
    assert codes["codes_left"] == 9
    assert codes["last_used_at"]


def test_with_the_last_factor_its_recovery_codes_go() -> None:
    app = mary()
    app.add_totp()
    app.post("/mfa/recovery-codes")
    assert app.delete("/mfa/totp").status_code == 204
    assert app.get("/mfa").json() == []
    assert "access_token" in app.log_in().json()


@pytest.mark.parametrize("factor", ["totp", "recovery-codes", "sms", "email"])
def test_what_is_not_there_is_not_removed(factor: str) -> None:
    refused(mary().delete(f"/mfa/{factor}"), 404, "FactorNotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/mfa/totp"), ("DELETE", "/mfa/totp"), ("POST", "/mfa/recovery-codes"),
        ("DELETE", "/mfa/recovery-codes"), ("POST", "/mfa/passkeys"), ("PUT", "/mfa/sms"),
        ("DELETE", "/mfa/sms"), ("PUT", "/mfa/email"), ("DELETE", "/mfa/email"),
        ("DELETE", "/mfa/passkeys/x"), ("POST", "/email-changes"), ("POST", "/phone-changes"),
    ],
)  # fmt: skip
def test_who_has_proven_it_long_ago_changes_no_second_factor(method: str, path: str) -> None:
    app = mary()
    Session.objects.update(proven_at="2025-01-01T00:00:00Z")
    refused(app.ask(method, path), 403, "ProofTooOld")


def test_a_passkey_is_made_and_shown_after_the_password() -> None:
    app, device = mary(), Device()
    assert add_passkey(app, device).status_code == 201
    (told,) = app.get("/mfa").json()
    assert (told["method"], told["name"]) == ("passkey", "Mary's phone")
    assert "phone" not in str(Authenticator.objects.get().data["name"])
    asked = app.log_in().json()
    assert asked["methods"] == ["passkey"]
    shown = {"challenge": asked["challenge"], "method": "passkey"}
    options = app.post("/login/challenge", shown).json()["options"]
    assert len(options["publicKey"]["allowCredentials"]) == 1
    credential = device.show(options)
    assert app.verify(**shown, credential=credential).status_code == 200
    assert app.is_in()
    refused(app.verify(**shown, credential=credential), 410, "ChallengeOver")


def test_a_passkey_alone_lets_somebody_in() -> None:
    device = Device()
    add_passkey(mary(), device)
    app = App()
    asked = app.post("/login/challenge", {"method": "passkey"}).json()
    assert asked["options"]["publicKey"].get("allowCredentials", []) == []
    shown = {"challenge": asked["challenge"], "method": "passkey"}
    credential = device.show(asked["options"])
    assert app.verify(**shown, credential=credential).status_code == 200
    assert app.is_in()


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": Device().key},
        {"id": b"x" * 32},
        {"owner": b"x" * 16},
        {"owner": b"x"},
        {"owner": b""},
        {"origin": "https://evil.example"},
        {"origin": "http://testserver"},
        {"host": "evil.example"},
        {"flags": 0},
        {"flags": PRESENT},
        {"count": -1},
    ],
)
def test_a_passkey_that_is_not_right_lets_nobody_in(wrong: dict[str, Any]) -> None:
    device = Device(count=5)
    add_passkey(mary(), device)
    app = App()
    asked = app.post("/login/challenge", {"method": "passkey"}).json()
    for name, value in wrong.items():
        setattr(device, name, value)
    shown = {"challenge": asked["challenge"], "method": "passkey"}
    answer = app.verify(**shown, credential=device.show(asked["options"]))
    refused(answer, 422, "PasskeyWrong")


@pytest.mark.parametrize(
    "changed", [{"type": "webauthn.create"}, {"challenge": "AAAA"}, {"challenge": 7}, {"origin": 7}]
)
def test_a_passkey_that_signs_something_else_lets_nobody_in(changed: dict[str, Any]) -> None:
    device = Device()
    add_passkey(mary(), device)
    app = App()
    asked = app.post("/login/challenge", {"method": "passkey"}).json()
    shown = {"challenge": asked["challenge"], "method": "passkey"}
    answer = app.verify(**shown, credential=device.show(asked["options"], **changed))
    refused(answer, 422, "PasskeyWrong")


@pytest.mark.parametrize(
    "credential",
    [{}, {"id": "x"}, {"id": 1, "rawId": [], "response": None, "type": "public-key"},
     {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "é"}}],
)  # fmt: skip
def test_nonsense_in_the_place_of_a_passkey_is_refused(credential: dict[str, Any]) -> None:
    app = mary()
    told = app.post("/mfa/passkeys").json()
    sent = {"challenge": told["challenge"], "name": "x", "credential": credential}
    refused(app.post("/mfa/passkeys/complete", sent), 422, "PasskeyWrong")
    asked = app.post("/login/challenge", {"method": "passkey"}).json()
    shown = {"challenge": asked["challenge"], "method": "passkey", "credential": credential}
    refused(app.verify(**shown), 422, "PasskeyWrong")


@pytest.mark.parametrize(
    "wrong", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"flags": 0}]
)
def test_a_passkey_for_somewhere_else_is_not_added(wrong: dict[str, Any]) -> None:
    app = mary()
    refused(add_passkey(app, Device(**wrong)), 422, "PasskeyWrong")
    assert app.get("/mfa").json() == []


def test_a_passkey_is_added_once() -> None:
    app, device = mary(), Device()
    assert add_passkey(app, device).status_code == 201
    refused(add_passkey(app, device), 422, "PasskeyWrong")


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone() -> None:
    app = mary()
    passkey = add_passkey(app, Device()).json()["id"]
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    path = f"/mfa/passkeys/{passkey}"
    refused(eve.put(path, {"name": "mine"}), 404, "PasskeyNotFound")
    refused(eve.delete(path), 404, "PasskeyNotFound")
    refused(app.put(path, {"name": "a\u202eb"}), 422, "TextMalformed")
    assert app.put(path, {"name": "The red one"}).status_code == 204
    assert app.get("/mfa").json()[0]["name"] == "The red one"
    assert app.delete(path).status_code == 204
    assert app.get("/mfa").json() == []
    assert AuditLine.objects.filter(action="identity.remove_factor").count() == 1


def test_who_was_disabled_is_not_let_in_by_a_passkey() -> None:
    device = Device()
    add_passkey(mary(), device)
    User.objects.update(is_active=False)
    app = App()
    asked = app.post("/login/challenge", {"method": "passkey"}).json()
    shown = {"challenge": asked["challenge"], "method": "passkey"}
    refused(app.verify(**shown, credential=device.show(asked["options"])), 410, "ChallengeOver")
