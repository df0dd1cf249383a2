"""
Test case 6 of the document that this system was asked for in: users add several properties and
associate them with their profile; they change one, and link it to their account.
"""

from typing import Any

import pytest
from django.test import Client

from lamplighter.customers.models import UserProperty
from tests.web.conftest import logged_in, send

pytestmark = pytest.mark.django_db

HOUSE = {
    "address": ["1 High Street", "Springfield"],
    "commodity": "electricity",
    "meter_number": "M-77",
    "tariff": "HOME",
}
FLAT = HOUSE | {"address": ["7 Quay", "Springfield"], "meter_number": "M-78"}


def add(client: Client, described: dict[str, Any]) -> Any:
    return send(client, "POST", "users/properties", described)


def test_6_several_properties_are_added_and_belong_to_their_user(consumer: Client) -> None:
    made = [add(consumer, one) for one in (HOUSE, FLAT)]
    assert [answer.status_code for answer in made] == [201, 201]
    listed = consumer.get("/api/users/properties").json()["items"]
    assert [one["address"] for one in listed] == [HOUSE["address"], FLAT["address"]]
    assert listed == [answer.json() | {"added_at": one["added_at"]}
                      for answer, one in zip(made, listed, strict=True)]  # fmt: skip
    assert b"High Street" not in bytes(UserProperty.objects.earliest("id").address)


def test_what_was_changed_is_saved_as_it_was_sent(consumer: Client) -> None:
    path = f"users/properties/{add(consumer, HOUSE).json()['id']}"
    tag = consumer.get(f"/api/{path}").headers["ETag"]
    changed = send(consumer, "PUT", path, HOUSE | {"meter_number": "M-99"}, if_match=tag)
    assert changed.status_code == 200
    told = consumer.get(f"/api/{path}")
    assert told.json()["meter_number"] == "M-99"
    assert told.headers["ETag"] == changed.headers["ETag"] != tag
    lost = send(consumer, "PUT", path, FLAT, if_match=tag)
    assert (lost.status_code, lost.json()["code"]) == (412, "ChangedMeanwhile")
    assert send(consumer, "PUT", path, FLAT).status_code == 428
    assert send(consumer, "DELETE", path).status_code == 428
    assert send(consumer, "DELETE", path, if_match=told.headers["ETag"]).status_code == 204
    assert consumer.get(f"/api/{path}").status_code == 404


def test_a_property_is_added_once_however_it_is_written(consumer: Client) -> None:
    assert add(consumer, HOUSE).status_code == 201
    again = add(consumer, HOUSE | {"address": ["１ HIGH street,", " springfield"]})
    assert (again.status_code, again.json()["code"]) == (409, "DuplicateProperty")
    other = add(consumer, FLAT).json()["id"]
    tag = consumer.get(f"/api/users/properties/{other}").headers["ETag"]
    answer = send(consumer, "PUT", f"users/properties/{other}", HOUSE, if_match=tag)
    assert (answer.status_code, answer.json()["code"]) == (409, "DuplicateProperty")


def test_a_linked_property_shows_what_there_really_is(consumer: Client) -> None:
    made = add(consumer, HOUSE | {"account": "A-1"}).json()
    assert made["account"] == "A-1"
    service = consumer.get(f"/api/users/properties/{made['id']}/service").json()
    assert [one["usage_point"] for one in service["places"]] == ["UP1"]
    assert {one["number"] for one in service["bills"]} == {"B-1", "B-2"}
    refused = add(consumer, FLAT | {"account": "A-2"})
    assert (refused.status_code, refused.json()["code"]) == (404, "AccountUnknown")


def test_a_property_is_nobody_elses(consumer: Client) -> None:
    path = f"users/properties/{add(consumer, HOUSE).json()['id']}"
    tag = consumer.get(f"/api/{path}").headers["ETag"]
    other = logged_in("kim@home.example")
    for answer in (
        other.get(f"/api/{path}"),
        other.get(f"/api/{path}/service"),
        send(other, "PUT", path, FLAT, if_match=tag),
        send(other, "DELETE", path, if_match="*"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "UserPropertyUnknown")
    assert other.get("/api/users/properties").json()["items"] == []
    whose = UserProperty.objects.get().user_id
    assert other.get(f"/api/users/properties?user={whose}").json()["items"] == []
    assert add(other, HOUSE).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"tariff": "NONE"}, 404, "tariff"),
        ({"commodity": "steam"}, 422, "commodity"),
        ({"address": []}, 422, "address"),
        ({"address": ["\u202e"]}, 422, "address"),
        ({"meter_number": "\0"}, 422, "meter_number"),
        ({"user_id": "x"}, 422, "user_id"),
    ],
)
def test_what_cannot_be_a_property_is_said_at_its_field(
    consumer: Client, wrong: dict[str, Any], status: int, field: str
) -> None:
    answer = add(consumer, HOUSE | wrong)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == field
    assert not UserProperty.objects.exists()
