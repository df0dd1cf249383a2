"""
Test cases 5 and 7 of the document that this system was asked for in: users see and change what is
known about them, and what they change is saved as they sent it. Test case 6, several properties, is
told in `test_properties.py`.
"""

from typing import Any

import pytest

from lamplighter.identity.tests.people import EMAIL, PASSWORD, App, mailbox, mary, refused

pytestmark = pytest.mark.django_db

CHANGED = {
    "name": "Zoë Müller-Ward",
    "postal_address": ["Wohnung 7", "1 High Street", "Springfield"],
    "language": "de-AT",
    "time_zone": "Europe/Vienna",
}


def change(app: App, path: str, sent: dict[str, Any]) -> Any:
    return app.put(path, sent, **{"if-match": app.get(path).headers["ETag"]})


def again() -> App:
    """The same person, on another device."""
    app = App()
    assert app.log_in().status_code == 200
    return app


def test_5_somebody_sees_their_personal_information() -> None:
    told = mary().get("/user-profiles").json()
    assert (told["email"], told["name"], told["phone"]) == (EMAIL, "Mary Ward", None)
    assert {"postal_address", "language", "time_zone", "joined_at", "id"} <= set(told)


def test_5_somebody_updates_their_personal_information() -> None:
    app = mary()
    before = app.get("/user-profiles").json()
    assert change(app, "/user-profiles", CHANGED).json() == before | CHANGED


def test_5_a_telephone_number_is_added_once_it_is_shown_to_be_theirs() -> None:
    app = mary()
    begun = app.post("/phone-changes", {"phone": "+49 151 12345678"}).json()
    (message,) = [one for one in mailbox() if one["channel"] == "sms"]
    shown = {"challenge": begun["new_challenge"], "code": message["body"][:6]}
    assert app.get("/user-profiles").json()["phone"] is None
    assert app.post("/phone-changes/confirm", shown).json() == {"is_changed": True}
    assert app.get("/user-profiles").json()["phone"] == "+4915112345678"


def test_7_what_was_changed_is_what_is_read_on_every_device() -> None:
    app = mary()
    saved = change(app, "/user-profiles", CHANGED).json()
    assert again().get("/user-profiles").json() == saved
    assert {name: saved[name] for name in CHANGED} == CHANGED
    assert again().get("/hello").json() == {"message": "Hello, Zoë Müller-Ward."}


def test_7_settings_and_profile_say_the_same() -> None:
    app = mary()
    change(app, "/user-profiles", CHANGED)
    settings = {"language": "hi", "time_zone": "Asia/Kolkata"}
    assert change(app, "/account-settings", settings).status_code == 200
    told = again().get("/user-profiles").json()
    assert {name: told[name] for name in CHANGED} == CHANGED | settings


def test_7_what_is_refused_changes_nothing() -> None:
    app = mary()
    before = app.get("/user-profiles").json()
    for wrong in ({"name": ""}, {"time_zone": "Mars/Olympus"}, {"email": "eve@x.example"}):
        refused(change(app, "/user-profiles", CHANGED | wrong), 422, "InvalidInput")
    assert app.get("/user-profiles").json() == before


def test_7_of_two_who_change_it_at_once_none_is_lost() -> None:
    app, other = mary(), again()
    seen = {"if-match": app.get("/user-profiles").headers["ETag"]}
    assert app.put("/user-profiles", CHANGED, **seen).status_code == 200
    late = CHANGED | {"name": "Mary Ward"}
    refused(other.put("/user-profiles", late, **seen), 412, "ChangedMeanwhile")
    assert app.get("/user-profiles").json()["name"] == CHANGED["name"]


def test_7_a_changed_password_is_the_one_that_counts() -> None:
    app = mary()
    new = "another five words at sea"
    sent = {"current_password": PASSWORD, "new_password": new}
    assert app.put("/password", sent).status_code == 204
    refused(App().log_in(), 401, "InvalidCredentials")
    assert App().log_in(password=new).status_code == 200
