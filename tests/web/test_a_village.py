"""A village is billed, and staff look at what came of it."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from lamplighter.billing.models import Bill, HeldBill
from lamplighter.billing.tests import village
from lamplighter.platform.models import AuditLine
from tests.web.test_pages import read

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> village.Home:
    """January and February are billed; March is nine times as much, and held."""
    village.publish(tmp_path, village.tariff())
    village.define_cycle()
    (home,) = village.settle(1)
    village.read_meters([home], JANUARY, MARCH)
    village.read_meters([home], MARCH, APRIL, wh=9 * village.WH)
    village.run(date(2025, 3, 31))
    return home


def test_a_difference_is_told_in_words_and_to_the_cent(desk: Client) -> None:
    # January: 744 hours of 0.5 kWh at 0.20, and 5.00. February: 672 of them.
    page = read(desk, "/bills/B-0000002")
    for words in ("79.40", "72.20", "−7.20", "What has changed since B-0000001", "Days"):
        assert words in page
    told = desk.get("/api/bills/B-0000002/explanation").json()
    assert (told["previous"], told["before"]["amount"], told["after"]["amount"]) == (
        "B-0000001", "79.40", "72.20",
    )  # fmt: skip
    assert {one["name"]: one["amount"]["amount"] for one in told["effects"]} == {
        "days": "-7.20", "usage": "0.00", "rate": "0.00", "estimation": "0.00",
    }  # fmt: skip


def test_the_first_bill_is_compared_with_nothing(desk: Client) -> None:
    assert "What has changed" not in read(desk, "/bills/B-0000001")
    told = desk.get("/api/bills/B-0000001/explanation").json()
    assert (told["previous"], told["effects"]) == (None, [])


def test_runs_are_shown_with_what_came_of_them(desk: Client) -> None:
    page = read(desk, "/review")
    assert "March 2025 finished on" in page
    assert "High usage." in page


def test_a_held_bill_is_released_once(desk: Client) -> None:
    held = HeldBill.objects.get()
    answer = desk.post(f"/review/{held.id}/release", follow=True)
    assert "The bill of 00001 is issued as B-0000003." in answer.text
    assert "No bill is held." in answer.text
    assert Bill.objects.get(number="B-0000003").total_minor == held.total_minor
    assert desk.post(f"/review/{held.id}/release").status_code == 404
    line = AuditLine.objects.get(action="billing.release_held_bill")
    assert line.actor.startswith("user:")


def test_a_held_bill_is_discarded_with_its_reason(desk: Client) -> None:
    held = HeldBill.objects.get()
    answer = desk.post(f"/review/{held.id}/discard", {"reason": "misread"}, follow=True)
    assert "The bill of 00001 is discarded." in answer.text
    held.refresh_from_db()
    assert (held.state, held.reason) == ("discarded", "misread")
    assert Bill.objects.count() == 2


@pytest.mark.parametrize("address", ["/bills/B-0000002/pdf", "/api/bills/B-0000002/pdf"])
def test_a_bill_comes_on_paper_and_is_kept_by_no_cache(
    desk: Client, address: str, settings: Settings, tmp_path: Path
) -> None:
    settings.LAMPLIGHTER_HOME = tmp_path
    utility = {"name": "Village Light", "payment_url": "https://pay.example/{bill}"}
    (tmp_path / "utility.json").write_text(json.dumps(utility))
    on_a4, on_letter = desk.get(address), desk.get(f"{address}?paper=letter")
    for answer in (on_a4, on_letter):
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == 'inline; filename="B-0000002.pdf"'
    assert on_a4.content != on_letter.content
