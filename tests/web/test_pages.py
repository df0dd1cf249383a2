"""What staff see."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from django.test import Client

from lamplighter.billing.models import BillingCycle, BillingException, BillRun, BillSeries, HeldBill
from lamplighter.billing.tests.issued import Household, cancel, issue, month, move_in
from tests.web.conftest import Bills

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 5, 2, 6, tzinfo=UTC)


class Reader(HTMLParser):
    """Reads a page as a person does, and notes what the page may not have."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forbidden: list[str] = []
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.tables = self.captions = self.mains = self.heads = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.forbidden += [f"{tag} {name}" for name in said if name == "style" or name[:2] == "on"]
        if tag in ("style", "iframe", "object"):
            self.forbidden.append(tag)
        if tag == "label":
            self.labelled.add(said.get("for") or "")
        if tag in ("input", "select", "textarea") and said.get("type") != "hidden":
            self.fields.add(said.get("id") or "without an id")
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.mains += tag == "main"
        self.heads += tag == "h1"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(browser: Client, address: str, *, status: int = 200) -> str:
    """A page's words; it is as a page has to be."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    reader = Reader()
    reader.feed(answer.text)
    assert reader.forbidden == []
    assert reader.fields <= reader.labelled
    assert reader.tables == reader.captions
    assert (reader.mains, reader.heads) == (1, 1)
    return re.sub(r"\s+", " ", " ".join(reader.words))


def test_an_account_is_found(desk: Client, home: Household) -> None:
    move_in("A-2", holder="Kim & Søn <b>", usage_point="UP2", address="3 Mill Lane")
    assert "Mary Ward" in read(desk, "/")
    found = read(desk, "/?q=mill")
    assert "Kim & Søn <b>" in found
    assert "Mary Ward" not in found
    assert "Nothing is found for “nobody”" in read(desk, "/?q=nobody")
    assert "&lt;b&gt;" in desk.get("/?q=mill").text


@pytest.mark.parametrize(
    "text", ["%", "_", "'", '"', "\0", "\x7f", "\u202e", "a" * 5000, "<script>"]
)
def test_whatever_is_typed_is_only_searched_for(desk: Client, home: Household, text: str) -> None:
    answer = desk.get("/", {"q": text, "after": text})
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_many_accounts_come_page_by_page(desk: Client) -> None:
    for n in range(30):
        move_in(f"A-{n:02}", usage_point=f"UP{n}")
    first = desk.get("/").text
    assert "A-24" in first
    assert "A-25" not in first
    (link,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = read(desk, "/" + link.replace("&amp;", "&"))
    assert "A-25" in second
    assert "First page" in second


def test_an_account_shows_properties_balance_and_bills(desk: Client, bills: Bills) -> None:
    page = read(desk, "/accounts/A-1")
    for words in ("Mary Ward", "1 High Street", "UP1", "At home", "62.50 EUR", "B-1", "B-2",
                  "Settled", "Open", "March 2025"):  # fmt: skip
        assert words in page
    assert "240 kWh, estimated" in page


def test_a_bill_shows_where_its_amount_comes_from(desk: Client, bills: Bills) -> None:
    page = read(desk, "/bills/B-2")
    for words in (
        "57.50 EUR",  # 60.00 for March and 2.50 for February, less a credit of 5.00
        "62.50 EUR",
        "Credit before −5.00 EUR",
        "240 kWh",
        "0.25",
        "peak 17:00-20:00 on workdays",
        "Aster 000001",
        "30 actual, 1 estimated",
        "The same days a year ago",
        "Readings came in late.",
        "+2.50",
    ):
        assert words in page


def test_a_bill_says_what_has_become_of_it(desk: Client, home: Household, bills: Bills) -> None:
    cancel(home, bills.latest, "B-3", on=date(2025, 4, 9))
    assert "Taken back by B-3" in read(desk, "/bills/B-2")
    assert "Takes back B-2" in read(desk, "/bills/B-3")


def test_bills_of_yen_have_no_decimals(desk: Client) -> None:
    home = move_in("A-9", usage_point="UP9", currency="EUR")
    issue(home, month(home, date(2025, 1, 1), 4000), "B-9")
    assert "1,000.00 EUR" in read(desk, "/bills/B-9")


@pytest.mark.parametrize(
    "address", ["/accounts/nobody", "/bills/none", "/bills/none/pdf", "/nowhere",
                "/accounts/A-1?after=none", "/accounts/A-1/readings/none"],
)  # fmt: skip
def test_what_is_not_there_is_said_on_a_page(desk: Client, home: Household, address: str) -> None:
    assert "Search the accounts" in read(desk, address, status=404)


def test_a_paper_that_is_unknown_is_refused(desk: Client, bills: Bills) -> None:
    assert "A4 or Letter" in read(desk, "/bills/B-1/pdf?paper=a5", status=422)


@pytest.fixture
def held(home: Household) -> HeldBill:
    return HeldBill.objects.create(
        account_id=home.account_id,
        total_minor=90000,
        currency="EUR",
        draft="{}",
        checks=[{"code": "high-usage", "detail": "9 times the usage of a year ago."}],
        held_at=NOW,
    )


def test_what_waits_is_shown(desk: Client, home: Household, held: HeldBill) -> None:
    series = BillSeries.objects.create(code="B")
    cycle = BillingCycle.objects.create(code="M", name="Every month", series=series, rules={})
    run = BillRun.objects.create(
        cycle=cycle, first_day=date(2025, 4, 1), after_last=date(2025, 5, 1),
        issued_on=date(2025, 5, 2), started_at=NOW,
    )  # fmt: skip
    BillingException.objects.create(
        account_id=home.account_id, run=run, first_day=run.first_day, after_last=run.after_last,
        code="NoVersionInForce", detail="HOME has no published rates.", raised_at=NOW,
    )  # fmt: skip
    page = read(desk, "/review")
    for words in ("Mary Ward", "900.00 EUR", "9 times the usage", "HOME has no published rates",
                  "Every month", "0 of 0"):  # fmt: skip
        assert words in page
    assert "1 bill held" in read(desk, "/")


def test_a_bill_is_discarded_for_a_reason_only(desk: Client, held: HeldBill) -> None:
    address = f"/review/{held.id}/discard"
    assert "900.00 EUR" in read(desk, address)
    for reason in ("", "   ", "x" * 501):
        assert desk.post(address, {"reason": reason}).status_code == 422
    held.refresh_from_db()
    assert held.state == "waiting"


def test_a_bill_that_does_not_wait_is_not_decided(desk: Client, held: HeldBill) -> None:
    held.state, held.decided_at = "discarded", NOW
    held.save()
    for what in ("release", "discard"):
        assert desk.post(f"/review/{held.id}/{what}", {"reason": "x"}).status_code == 404
