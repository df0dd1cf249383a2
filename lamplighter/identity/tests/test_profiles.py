from typing import Any
from uuid import UUID

import pytest

from lamplighter.identity.models import User
from lamplighter.identity.tests.people import (
    EMAIL,
    App,
    add_mary,
    code_sent,
    mailbox,
    mary,
    refused,
)

pytestmark = pytest.mark.django_db

PROFILE = {
    "name": "Mary Müller",
    "postal_address": ["1 High Street", "Springfield"],
    "language": "de-AT",
    "time_zone": "Europe/Vienna",
}


def change(app: App, sent: dict[str, Any], tag: str | None = None) -> Any:
    seen = tag or app.get("/user-profiles").headers["ETag"]
    return app.put("/user-profiles", sent, **{"if-match": seen})


def test_somebody_sees_and_changes_their_profile() -> None:
    app = mary()
    told = app.get("/user-profiles").json()
    assert (told["email"], told["name"], told["phone"]) == (EMAIL, "Mary Ward", None)
    answer = change(app, PROFILE)
    assert answer.status_code == 200
    again = app.get("/user-profiles")
    assert again.json() == answer.json() == told | PROFILE
    assert again.headers["ETag"] == answer.headers["ETag"]
    row = User.objects.get()
    assert b"High" not in bytes(row.postal_address or b"")


def test_a_profile_is_changed_by_who_has_seen_the_newest() -> None:
    app = mary()
    old = app.get("/user-profiles").headers["ETag"]
    assert app.get("/user-profiles", **{"if-none-match": old}).status_code == 304
    refused(app.put("/user-profiles", PROFILE), 428, "IfMatchMissing")
    assert change(app, PROFILE, old).status_code == 200
    refused(change(app, PROFILE, old), 412, "ChangedMeanwhile")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u202eyraM"}, "name"),
        ({"name": None}, "name"),
        ({"postal_address": ["x"] * 7}, "postal_address"),
        ({"postal_address": ["a\nb"]}, "postal_address.0"),
        ({"postal_address": [" "]}, "postal_address[0]"),
        ({"language": "german"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"email": "eve@x.example"}, "email"),
        ({"phone": "+4915112345678"}, "phone"),
        ({"id": "0"}, "id"),
        ({"is_active": False}, "is_active"),
    ],
)
def test_what_cannot_be_in_a_profile_is_refused_by_its_field(
    wrong: dict[str, Any], field: str
) -> None:
    app = mary()
    told = refused(change(app, PROFILE | wrong), 422, "InvalidInput")
    assert told["errors"][0]["field"] == field
    assert app.get("/user-profiles").json()["name"] == "Mary Ward"


VIENNA = {"language": "de-AT", "time_zone": "Europe/Vienna"}


def set_to(app: App, sent: dict[str, Any]) -> Any:
    tag = app.get("/account-settings").headers["ETag"]
    return app.put("/account-settings", sent, **{"if-match": tag})


def test_settings_are_changed_without_the_rest_of_the_profile() -> None:
    app = mary()
    profile = app.get("/user-profiles").json()
    assert set(app.get("/account-settings").json()) == set(VIENNA)
    answer = set_to(app, VIENNA)
    again = app.get("/account-settings")
    assert answer.json() == again.json() == VIENNA
    assert answer.headers["ETag"] == again.headers["ETag"]
    assert app.get("/user-profiles").json() == profile | VIENNA


def test_settings_are_changed_by_who_has_seen_the_newest() -> None:
    app = mary()
    old = {"if-match": app.get("/account-settings").headers["ETag"]}
    assert app.get("/account-settings", **{"if-none-match": old["if-match"]}).status_code == 304
    refused(app.put("/account-settings", VIENNA), 428, "IfMatchMissing")
    assert change(app, PROFILE).status_code == 200
    refused(app.put("/account-settings", VIENNA, **old), 412, "ChangedMeanwhile")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"language": "german"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": "Eve"}, "name"),
    ],
)
def test_what_cannot_be_a_setting_is_refused_by_its_field(
    wrong: dict[str, Any], field: str
) -> None:
    app = mary()
    told = refused(set_to(app, VIENNA | wrong), 422, "InvalidInput")
    assert told["errors"][0]["field"] == field
    assert app.get("/account-settings").json()["time_zone"] != VIENNA["time_zone"]


def begin(app: App, email: str = "mary@work.example") -> dict[str, str]:
    answer = app.post("/email-changes", {"email": email})
    assert answer.status_code == 201
    told: dict[str, str] = answer.json()
    return told


def confirm(app: App, what: str, handle: str | None, code: str) -> Any:
    return app.post(f"/{what}-changes/confirm", {"challenge": handle, "code": code})


def codes() -> dict[str, str]:
    """The code of each end."""
    return {one["kind"].removeprefix("code."): one["body"][:6] for one in mailbox()}


@pytest.mark.parametrize("is_new_first", [True, False])
def test_an_address_changes_once_both_ends_agree(is_new_first: bool) -> None:
    app = mary()
    told = begin(app)
    sent = codes()
    ends = [("old_challenge", "change_email_old"), ("new_challenge", "change_email_new")]
    first, second = ends[::-1] if is_new_first else ends
    assert confirm(app, "email", told[first[0]], sent[first[1]]).json() == {"is_changed": False}
    assert app.get("/user-profiles").json()["email"] == EMAIL
    assert confirm(app, "email", told[second[0]], sent[second[1]]).json() == {"is_changed": True}
    assert app.get("/user-profiles").json()["email"] == "mary@work.example"
    refused(App().log_in(), 401, "InvalidCredentials")
    assert App().log_in("mary@work.example").status_code == 200


def test_codes_go_to_both_addresses() -> None:
    begin(mary())
    assert {(one["kind"], one["to"]) for one in mailbox()} == {
        ("code.change_email_old", EMAIL),
        ("code.change_email_new", "mary@work.example"),
    }


def test_anothers_address_is_not_taken_nor_told() -> None:
    app = mary()
    add_mary("eve@x.example")
    told = begin(app, "EVE@x.example")
    assert set(told) == {"old_challenge", "new_challenge"}
    kinds = {one["to"]: one["kind"] for one in mailbox()}
    assert kinds["eve@x.example"] == "known_already"
    refused(confirm(app, "email", told["new_challenge"], "000000"), 422, "CodeWrong")


def test_anothers_challenge_is_not_ones_own() -> None:
    app = mary()
    told = begin(app)
    sent = codes()
    add_mary("eve@x.example")
    eve = App()
    eve.log_in("eve@x.example")
    answer = confirm(eve, "email", told["new_challenge"], sent["change_email_new"])
    refused(answer, 410, "ChallengeOver")


def test_both_ends_agree_to_the_same_address() -> None:
    app = mary()
    first = begin(app, "one@x.example")
    assert (
        confirm(app, "email", first["old_challenge"], codes()["change_email_old"]).status_code
        == 200
    )
    second = begin(app, "two@x.example")
    new = confirm(app, "email", second["new_challenge"], codes()["change_email_new"])
    assert new.json() == {"is_changed": False}


def test_a_number_is_added_then_changed_at_both_ends_and_used_at_log_in() -> None:
    app = mary()
    refused(app.put("/mfa/sms"), 422, "MethodNotOffered")
    refused(app.post("/phone-changes", {"phone": "0151 1234"}), 422, "TextMalformed")
    told = app.post("/phone-changes", {"phone": "+49 151 12345678"}).json()
    assert told["old_challenge"] is None
    code = code_sent("change_phone_new")
    assert confirm(app, "phone", told["new_challenge"], code).json() == {"is_changed": True}
    assert app.get("/user-profiles").json()["phone"] == "+4915112345678"
    told = app.post("/phone-changes", {"phone": "+49 151 99999999"}).json()
    sent = codes()
    old = confirm(app, "phone", told["old_challenge"], sent["change_phone_old"])
    assert old.json() == {"is_changed": False}
    new = confirm(app, "phone", told["new_challenge"], sent["change_phone_new"])
    assert new.json() == {"is_changed": True}
    assert app.put("/mfa/sms").status_code == 204
    asked = app.log_in().json()
    assert asked["methods"] == ["sms"]
    shown = {"challenge": asked["challenge"], "method": "sms"}
    app.post("/login/challenge", shown)
    (message,) = mailbox()
    assert (message["channel"], message["to"]) == ("sms", "+4915199999999")
    assert app.verify(**shown, code=message["body"][:6]).status_code == 200


def test_where_nothing_can_send_an_sms_it_is_not_offered(settings: Any) -> None:
    app = mary()
    told = app.post("/phone-changes", {"phone": "+49 151 12345678"}).json()
    confirm(app, "phone", told["new_challenge"], code_sent("change_phone_new"))
    app.put("/mfa/sms")
    settings.LAMPLIGHTER_PRODUCTION = True
    refused(app.post("/phone-changes", {"phone": "+49 151 9999999"}), 422, "MethodNotOffered")
    # And nobody gets in by the password alone instead.
    asked = app.log_in().json()
    assert (asked["mfa_required"], asked["methods"]) == (True, [])


def test_the_id_of_a_profile_is_its_users() -> None:
    app = mary()
    assert UUID(app.get("/user-profiles").json()["id"]) == User.objects.get().id
