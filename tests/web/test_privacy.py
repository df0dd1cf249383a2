"""What people are told about themselves, and what is left of them once they are erased."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from lamplighter.billing.models import Bill
from lamplighter.billing.queries.accounts import search_accounts
from lamplighter.billing.tests.issued import Household, issue, month, settle
from lamplighter.customers import actions as customers
from lamplighter.customers.domain import EVERYTHING
from lamplighter.customers.models import AccountWord, PlaceWord
from lamplighter.identity import actions
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Export, ExportPiece, Session, User
from lamplighter.platform.models import AuditLine, OutboxEvent
from lamplighter.platform.tests.processes import killed_at
from tests.web.conftest import EMAIL, logged_in, send

pytestmark = pytest.mark.django_db
MARY, PASSWORD = "mary.ward@home.example", "a lamp in the window"
NOW = datetime(2025, 6, 1, tzinfo=UTC)
PERSONAL = ("Mary", "Ward", "High Street", "Springfield", "home.example")


@pytest.fixture(autouse=True)
def intervals(settings: Any, tmp_path: Path) -> None:
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"


@pytest.fixture
def mary(home: Household) -> UUID:
    user_id = actions.add_member(
        email=MARY, password=PASSWORD, roles=(), name="Mary Ward", by="test", at=NOW
    )
    customers.link_user(account_id=home.account_id, email=MARY, by="test", at=NOW)
    return user_id


@pytest.fixture
def paid(home: Household) -> Bill:
    bill = issue(home, month(home, date(2025, 2, 1), 200), "B-1")
    settle(bill, on=date(2025, 3, 10))
    return bill


@pytest.fixture
def browser(mary: UUID) -> Client:
    browser = Client(raise_request_exception=False)
    assert browser.post("/login", {"email": MARY, "password": PASSWORD}).status_code == 302
    return browser


def close(home: Household) -> None:
    customers.close_account(
        account_id=home.account_id, closed_on=date(2025, 5, 1), by="test", at=NOW
    )


def make_export() -> None:
    while actions.go_on_with_export(at=NOW):
        pass


def rows_of_every_table() -> Iterator[bytes]:
    """All that the database holds, as bytes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == "spatial_ref_sys":  # PostGIS's own, with the names of places everywhere
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    kept = bytes(value) if isinstance(value, bytes | memoryview) else str(value)
                    yield kept if isinstance(kept, bytes) else kept.encode()


def test_the_database_itself_tells_nobody_who_lives_where(browser: Client, paid: Bill) -> None:
    assert browser.post("/api/exports").status_code == 202
    make_export()
    told = [value for value in rows_of_every_table() for text in PERSONAL if text.encode() in value]
    assert told == []


def test_somebody_is_told_everything_about_themselves(browser: Client, paid: Bill) -> None:
    begun = browser.post("/api/exports")
    assert begun.status_code == 202
    where = f"/api/exports/{begun.json()['id']}"
    assert begun.json()["done"] == 0 < begun.json()["total"]
    assert browser.get(f"{where}/file").json()["code"] == "ExportNotReady"
    assert browser.post("/api/exports").json()["code"] == "ExportUnderWay"
    make_export()
    told = browser.get(where).json()
    assert (told["state"], told["done"]) == ("ready", told["total"])
    answer = browser.get(f"{where}/file")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert file.testzip() is None
        names = set(file.namelist())
        assert file.read("billing/A-1/bills/B-1.pdf").startswith(b"%PDF")
        assert json.loads(file.read("identity/profile.json"))["email"] == MARY
        assert json.loads(file.read("customers/accounts.json"))[0]["holder"] == "Mary Ward"
        assert json.loads(file.read("billing/A-1/bills/B-1.json"))["number"] == "B-1"
        (place,) = json.loads(file.read("billing/A-1/properties.json"))
        assert place["usage_point"]["address"] == "1 High Street"
    assert {"identity/sessions.json", "identity/consents.json", "identity/audit.json"} <= names
    assert [one["state"] for one in browser.get("/api/exports").json()] == ["ready"]


def test_the_files_of_an_export_are_sealed_and_their_owners_alone(
    browser: Client, paid: Bill
) -> None:
    browser.post("/api/exports")
    make_export()
    folder = django_settings.LAMPLIGHTER_HOME / "exports" / str(Export.objects.get().id)
    files = list(folder.iterdir())
    assert len(files) == ExportPiece.objects.count() > 5
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert not any(text.encode() in file.read_bytes() for text in (*PERSONAL, "%PDF"))


def test_nobody_fetches_the_export_of_another(browser: Client, desk: Client) -> None:
    export_id = browser.post("/api/exports").json()["id"]
    for path in ("", "/file"):
        assert desk.get(f"/api/exports/{export_id}{path}").status_code == 404
    assert desk.get("/api/exports").json() == []


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_statement_an_export_goes_on(browser: Client, paid: Bill) -> None:
    browser.post("/api/exports")
    statement, killed = 2, True
    while killed:
        killed = killed_at(statement, after=True, function=make_export, args=())
        statement += 9
    make_export()
    told = browser.get("/api/exports").json()[0]
    assert (told["state"], told["done"]) == ("ready", told["total"])
    content = browser.get(f"/api/exports/{told['id']}/file").content
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        assert len(file.namelist()) == told["total"]


def test_an_export_is_deleted_after_a_week(browser: Client) -> None:
    from lamplighter.platform.retention import KINDS

    browser.post("/api/exports")
    make_export()
    folder = django_settings.LAMPLIGHTER_HOME / "exports" / str(Export.objects.get().id)
    assert folder.exists()
    KINDS["exports"].sweep(before=datetime(2999, 1, 1, tzinfo=UTC), limit=10)
    assert not Export.objects.exists()
    assert not folder.exists()


def test_of_who_is_erased_nothing_is_read_anywhere(
    browser: Client, desk: Client, home: Household, paid: Bill, mary: UUID
) -> None:
    browser.post("/api/exports")
    make_export()
    close(home)
    assert browser.post("/api/erasures").status_code == 204
    assert desk.get("/api/accounts/A-1").json()["holder"] == "(erased)"
    told = desk.get("/api/bills/B-1").json()
    assert told["addressee"]["name"] == "(erased)"
    assert told["total"]["amount"] == "50.00"
    assert desk.get("/api/bills/B-1/pdf").content.startswith(b"%PDF")
    for page in ("/bills/B-1", "/accounts/A-1", "/api/accounts/A-1/properties"):
        answer = desk.get(page)
        assert answer.status_code == 200
        assert not any(text in answer.text for text in PERSONAL)
    for text in ("ward", "high", "Springfield"):
        assert search_accounts(text, sight=EVERYTHING) == ()
    assert not AccountWord.objects.exists()
    assert not PlaceWord.objects.exists()
    assert not Export.objects.exists()
    assert Bill.objects.get().total_minor == 5000


def test_who_is_erased_does_not_come_in_any_more(
    browser: Client, home: Household, mary: UUID
) -> None:
    close(home)
    assert browser.post("/api/erasures").status_code == 204
    assert browser.get("/api/exports").status_code == 401
    assert not Session.objects.filter(user_id=mary, ended_at=None).exists()
    user = User.objects.get(id=mary)
    assert (user.is_active, user.has_usable_password()) == (False, False)
    assert browser.post("/login", {"email": MARY, "password": PASSWORD}).status_code != 302
    assert OutboxEvent.objects.filter(name="identity.PersonErased").count() == 1
    line = AuditLine.objects.get(action="identity.erase_person")
    assert (line.actor, line.subject) == (f"user:{mary}", f"user:{mary}")
    # The address is free: whoever comes with it is somebody else.
    again = actions.add_member(email=MARY, password=PASSWORD, roles=(), by="test", at=NOW)
    assert again != mary


def test_who_has_an_open_account_or_owes_money_is_not_erased(
    browser: Client, home: Household, mary: UUID
) -> None:
    issue(home, month(home, date(2025, 2, 1), 200), "B-1")
    no = browser.post("/api/erasures")
    assert (no.status_code, no.json()["code"]) == (409, "ErasureNotPossible")
    assert "Account A-1 is open." in no.json()["detail"]
    close(home)
    no = browser.post("/api/erasures")
    assert no.json()["detail"].startswith("Account A-1 owes")
    assert User.objects.get(id=mary).erased_at is None


def test_an_account_that_somebody_else_sees_too_stays_readable(
    browser: Client, home: Household, staff: UUID
) -> None:
    customers.link_user(account_id=home.account_id, email=EMAIL, by="test", at=NOW)
    assert browser.post("/api/erasures").status_code == 204
    assert [a.holder for a in search_accounts("ward", sight=EVERYTHING)] == ["Mary Ward"]


def test_who_is_under_a_legal_hold_is_erased_once_it_is_lifted(
    browser: Client, desk: Client, home: Household, mary: UUID
) -> None:
    close(home)
    why = {"reason": "Case 7 of the court of Springfield"}
    held = desk.post(f"/api/users/{mary}/legal-holds", why, content_type="application/json")
    assert held.status_code == 201, held.text
    assert desk.get(f"/api/users/{mary}/legal-holds").json()[0]["reason"] == why["reason"]
    assert browser.post("/api/erasures").json()["code"] == "UnderLegalHold"
    erasure = f"users/{mary}/erasure"
    proposal = send(desk, "POST", erasure, None).json()["id"]
    second = logged_in("second@utility.example", roles=(Role.ADMINISTRATOR,))
    approval = f"approvals/{proposal}/approval"
    assert send(second, "POST", approval, None).json()["code"] == "UnderLegalHold"
    assert desk.delete(f"/api/legal-holds/{held.json()['id']}").status_code == 204
    assert send(desk, "POST", approval, None).json()["code"] == "SecondPersonNeeded"
    assert send(second, "POST", approval, None).status_code == 200
    assert send(desk, "POST", erasure, None).json()["code"] == "PersonUnknown"


def test_a_household_does_not_erase_others(browser: Client, staff: UUID) -> None:
    assert browser.post(f"/api/users/{staff}/erasure").status_code == 403
    assert browser.get("/api/retention-policies").status_code == 403


def test_what_somebody_agreed_to_is_listed_the_newest_first(browser: Client) -> None:
    for given in (True, False):
        body = {"kind": "newsletter", "version": "2025-01", "given": given}
        answer = browser.post("/api/consents", body, content_type="application/json")
        assert answer.status_code == 201
    assert [one["given"] for one in browser.get("/api/consents").json()] == [False, True]


@pytest.mark.parametrize(
    "wrong", [{"kind": ""}, {"kind": "a b"}, {"given": "yes"}, {"more": 1}, {"version": "x" * 40}]
)
def test_a_consent_that_cannot_be_is_refused(browser: Client, wrong: dict[str, Any]) -> None:
    body = {"kind": "newsletter", "version": "1", "given": True} | wrong
    answer = browser.post("/api/consents", body, content_type="application/json")
    assert answer.status_code == 422
    assert browser.get("/api/consents").json() == []


def test_how_long_something_is_kept_is_changed_by_who_has_read_it(desk: Client) -> None:
    where = "/api/retention-policies/ended-sessions"
    read = desk.get(where)
    assert read.json()["days"] == 90

    def put(days: int, **headers: str) -> Any:
        return desk.put(where, {"days": days}, content_type="application/json", headers=headers)

    assert put(30).status_code == 428
    changed = put(30, **{"If-Match": read.headers["ETag"]})
    assert changed.json()["days"] == 30
    assert put(60, **{"If-Match": read.headers["ETag"]}).status_code == 412
    assert put(5000, **{"If-Match": changed.headers["ETag"]}).json()["code"] == (
        "RetentionOutOfBounds"
    )
    kinds = {one["kind"]: one["days"] for one in desk.get("/api/retention-policies").json()}
    assert kinds["ended-sessions"] == 30
