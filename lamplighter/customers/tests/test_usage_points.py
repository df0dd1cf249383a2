from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from lamplighter.customers import actions, queries
from lamplighter.customers.events import UsagePointAdded
from lamplighter.customers.models import ServiceLocation, UsagePoint
from lamplighter.kernel import new_id
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.platform.tests.lamps import NOON
from lamplighter.platform.tests.processes import race

pytestmark = pytest.mark.django_db
NMI = "NMI0000001"


def add_location(**other: Any) -> UUID:
    asked = {"address": "1 Lamp Street", "time_zone": "Australia/Sydney", **other}
    return actions.add_service_location(**asked, by="test", at=NOON)


@pytest.fixture
def location() -> UUID:
    return add_location()


def add_point(location: UUID, **other: Any) -> UUID:
    asked = {"reference": NMI, "commodity": "electricity", **other}
    return actions.add_usage_point(**{"service_location_id": location, **asked}, by="test", at=NOON)


def test_a_usage_point_is_found_by_its_reference(location: UUID) -> None:
    added = add_point(location)
    assert queries.usage_point(NMI) == queries.UsagePoint(
        id=added,
        reference=NMI,
        commodity="electricity",
        time_zone="Australia/Sydney",
        address="1 Lamp Street",
    )


def test_a_reference_nobody_knows_is_refused() -> None:
    with pytest.raises(queries.UsagePointUnknown) as no:
        queries.usage_point("nobody")
    assert no.value.status == 404


def test_each_action_leaves_its_line_without_the_address(location: UUID) -> None:
    point = add_point(location)
    lines = AuditLine.objects.order_by("id").values_list("actor", "action", "subject")
    assert list(lines) == [
        ("test", "customers.add_service_location", f"service_location:{location}"),
        ("test", "customers.add_usage_point", f"usage_point:{point}"),
    ]
    assert "Lamp Street" not in str(list(AuditLine.objects.values()))


def test_a_new_usage_point_is_told_to_others(location: UUID) -> None:
    point = add_point(location)
    stored = OutboxEvent.objects.get()
    assert stored.name == UsagePointAdded.name == "customers.UsagePointAdded"
    assert UsagePointAdded.from_json(stored.data) == UsagePointAdded(
        usage_point_id=point, reference=NMI, commodity="electricity"
    )


def test_a_reference_is_one_points_only(location: UUID) -> None:
    add_point(location)
    with pytest.raises(actions.UsagePointAlreadyKnown) as no:
        add_point(location, commodity="gas")
    assert no.value.places[0].field == "reference"
    assert UsagePoint.objects.count() == OutboxEvent.objects.count() == 1
    assert AuditLine.objects.count() == 2


def add_as_one_of_many(number: int) -> str:
    location = ServiceLocation.objects.get().id
    try:
        return str(add_point(location))
    except actions.UsagePointAlreadyKnown as no:
        return no.code


@pytest.mark.django_db(transaction=True)
def test_of_several_that_add_the_same_point_at_once_one_does(location: UUID) -> None:
    answers = race(add_as_one_of_many, runners=4)
    assert answers.count("UsagePointAlreadyKnown") == 3
    assert str(UsagePoint.objects.get().id) in answers


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "/etc/passwd", "../x", "a\0b"])
def test_a_time_zone_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(actions.TimeZoneUnknown):
        add_location(time_zone=zone)
    assert not ServiceLocation.objects.exists()


@pytest.mark.parametrize("address", ["", "  ", "a\nb", "a\0b", "x" * 501])
def test_an_address_is_one_line_of_something(address: str) -> None:
    with pytest.raises(actions.AddressMalformed):
        add_location(address=address)


@pytest.mark.parametrize("reference", ["", " ", "a b", "a\n", "a\0", "x" * 65])
def test_a_reference_is_visible_and_short(reference: str, location: UUID) -> None:
    with pytest.raises(actions.ReferenceMalformed):
        add_point(location, reference=reference)


@pytest.mark.parametrize("commodity", ["", "steam", "Electricity"])
def test_a_commodity_nobody_delivers_is_refused(commodity: str, location: UUID) -> None:
    with pytest.raises(actions.CommodityUnknown):
        add_point(location, commodity=commodity)


def test_a_service_location_nobody_serves_is_refused() -> None:
    with pytest.raises(actions.ServiceLocationUnknown):
        add_point(new_id())


@pytest.mark.parametrize("wrong", [{"commodity": "steam"}, {"reference": ""}])
def test_the_database_by_itself_refuses_what_must_not_be(
    wrong: dict[str, str], location: UUID
) -> None:
    fields = {"reference": NMI, "commodity": "gas", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        UsagePoint.objects.create(service_location_id=location, **fields)
