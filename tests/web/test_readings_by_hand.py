"""A reading is entered on a page."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.test import Client

from lamplighter.billing.tests.issued import Household, move_in
from lamplighter.metering.models import RegisterReading
from lamplighter.platform.models import AuditLine
from tests.web.conftest import LONG_AGO

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(meter: UUID) -> str:
    return f"/accounts/A-1/readings/{meter}"


def entered(shown: str = "1240.5", **more: str) -> dict[str, str]:
    facts = {"shown_0": shown, "read_on": "2025-02-01", "read_at": "12:00", "source": "visit"}
    return facts | {"token": str(uuid4())} | more


def readings() -> list[Any]:
    return list(RegisterReading.objects.filter(at__gt=LONG_AGO).values_list("at", "count"))


def test_one_meter_is_not_asked_for(desk: Client, address: str) -> None:
    assert desk.get("/accounts/A-1/readings").headers["Location"] == address
    page = desk.get(address).text
    assert "Aster M-77" in page
    assert "On 1 January 2025 it showed 1000.0." in page


def test_without_a_meter_there_is_nothing_to_read(desk: Client, home: Household) -> None:
    assert "There is no meter" in desk.get("/accounts/A-1/readings").text


def test_a_reading_is_shown_with_what_was_used_and_then_written_down(
    desk: Client, address: str
) -> None:
    facts = entered()
    page = desk.post(address, facts)
    assert page.status_code == 200
    # 1,000 at midnight of New Year, 1,240.5 on 1 February at noon: 31 days and a half.
    assert "240.5 kWh in 31 days" in page.text
    assert readings() == []
    assert AuditLine.objects.filter(action="metering.record_register_reading").count() == 0
    answer = desk.post(address, facts | {"confirmed": "yes"}, follow=True)
    assert answer.redirect_chain == [("/accounts/A-1", 302)]
    assert "The reading of Aster M-77 is written down." in answer.text
    assert readings() == [(datetime(2025, 2, 1, 12, tzinfo=UTC), 12405)]


def test_a_double_click_writes_once(desk: Client, address: str) -> None:
    facts = entered() | {"confirmed": "yes"}
    for _ in range(2):
        assert desk.post(address, facts).status_code == 302
    assert len(readings()) == 1
    lines = AuditLine.objects.filter(action="metering.record_register_reading")
    assert [line.actor[:5] for line in lines] == ["user:"]
    # Another value under the same token is no repetition.
    answer = desk.post(address, facts | {"shown_0": "1300"})
    assert answer.status_code == 422
    assert "used before" in answer.text


def test_what_was_entered_can_be_changed(desk: Client, address: str) -> None:
    page = desk.post(address, entered() | {"change": "yes"})
    assert 'value="1240.5"' in page.text
    assert readings() == []


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"shown_0": ""}, "shown_0", "Enter what at least one shows."),
        ({"shown_0": "-5"}, "shown_0", "Digits only"),
        ({"shown_0": "1e5"}, "shown_0", "Digits only"),
        ({"shown_0": "1_000"}, "shown_0", "Digits only"),
        ({"shown_0": "١٢٣"}, "shown_0", "Digits only"),
        ({"shown_0": "NaN"}, "shown_0", "Digits only"),
        ({"shown_0": "9" * 40}, "shown_0", "at most 23"),
        ({"shown_0": "1240.55"}, "shown_0", "more than 1 digits behind the point"),
        ({"shown_0": "123456"}, "shown_0", "more than 5 digits"),
        ({"shown_0": "900"}, "shown_0", "is lower than"),
        ({"rolled_over_0": "on"}, "shown_0", "Leave out that it rolled over"),
        ({"read_on": "2025-02-30"}, "read_on", "Enter a valid date."),
        ({"read_on": ""}, "read_on", "required"),
        ({"read_on": "2024-12-31"}, "read_at", "was not installed"),
        ({"read_on": "2999-01-01"}, "read_at", "later than now"),
        ({"read_at": "25:00"}, "read_at", "Enter a valid time."),
        ({"source": "nobody"}, "source", "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    desk: Client, address: str, wrong: dict[str, str], field: str, said: str
) -> None:
    for more in ({}, {"confirmed": "yes"}):
        answer = desk.post(address, entered() | wrong | more)
        assert answer.status_code == 422
        assert said in answer.text
        if not more:
            frame = re.search(rf'<label for="id_{field}">(.*?)</div>', answer.text, re.DOTALL)
            assert frame
            assert said in frame[1].replace("&#x27;", "'")
    assert readings() == []


@pytest.mark.parametrize("token", ["", "x", "1"])
def test_a_form_without_its_token_writes_nothing(desk: Client, address: str, token: str) -> None:
    answer = desk.post(address, entered() | {"token": token, "confirmed": "yes"})
    assert answer.status_code == 422
    assert readings() == []


def test_a_lower_reading_may_have_rolled_over(desk: Client, address: str) -> None:
    page = desk.post(address, entered("900") | {"rolled_over_0": "on"})
    # From 1,000.0 around 99,999.9 to 900.0.
    assert "99,900 kWh" in page.text


def test_the_time_is_by_the_clocks_of_the_place(desk: Client, meter: UUID, address: str) -> None:
    # Only tests move a place: in Berlin 12:00 is 11:00 UTC, and on 30 March 2025 there is no 02:30.
    apps.get_model("customers", "ServiceLocation").objects.update(time_zone="Europe/Berlin")
    assert desk.post(address, entered() | {"confirmed": "yes"}).status_code == 302
    assert readings()[0][0] == datetime(2025, 2, 1, 11, tzinfo=UTC)
    skipped = entered("1300", read_on="2025-03-30", read_at="02:30")
    assert "The clocks went forward" in desk.post(address, skipped).text


def test_anothers_meter_is_not_read_here(desk: Client, meter: UUID) -> None:
    move_in("A-2", usage_point="UP2")
    assert desk.get(f"/accounts/A-2/readings/{meter}").status_code == 404
    assert desk.post(f"/accounts/A-2/readings/{meter}", entered()).status_code == 404
