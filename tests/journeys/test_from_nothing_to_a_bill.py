"""Staff set a utility up by the API alone, and its first bill is made."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from lamplighter.billing.tests.village import tariff
from lamplighter.identity.domain.permissions import Role
from lamplighter.metering.tests.samples import nem12
from lamplighter.platform.tasks import run_due
from tests.web.conftest import logged_in, send

pytestmark = pytest.mark.django_db

NMI = "4103000001"


@pytest.fixture(autouse=True)
def intervals(tmp_path: Path, settings: Settings) -> None:
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"


@pytest.fixture
def officer(db: None) -> Client:
    return logged_in("officer@utility.example", roles=(Role.ADMINISTRATOR,))


def made(client: Client, path: str, body: Any) -> Any:
    answer = send(client, "POST", path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def done_by_two(client: Client, path: str, body: Any) -> Any:
    """What one person proposes and another one approves; what came of it."""
    proposal = send(client, "POST", path, body)
    assert proposal.status_code == 202, proposal.text
    address = f"approvals/{proposal.json()['id']}/approval"
    assert send(client, "POST", address, None).json()["code"] == "SecondPersonNeeded"
    second = logged_in(f"{uuid4()}@utility.example", roles=(Role.BILLING_OFFICER,))
    answer = send(second, "POST", address, None)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def read_july(client: Client) -> Any:
    """A kWh each half-hour: 48 a day, 1,488 in July."""
    text = nem12([(1,) * 48] * 31, nmi=NMI)
    return client.post(
        f"/api/imports?name=july.csv&usage_point={NMI}", text, content_type="text/csv"
    )


@pytest.fixture
def town(officer: Client) -> Client:
    """A home, a tariff, an account, and who pays for what."""
    place = {"address": "1 High Street", "time_zone": "Australia/Brisbane"}
    location = made(officer, "service-locations", place)["id"]
    point = {"service_location": location, "reference": NMI, "commodity": "electricity"}
    made(officer, "usage-points", point)
    version = made(officer, "tariffs/versions", tariff())["version"]
    done_by_two(officer, f"tariffs/versions/{version}/publication", None)
    made(officer, "billing-cycles", {"code": "M", "name": "Monthly", "rules": {"due_days": 21}})
    july = {"first_day": "2024-07-01", "after_last": "2024-08-01"}
    made(officer, "billing-cycles/M/periods", {"periods": [july]})
    account = {"number": "A-1", "holder": "Mary Ward", "postal_address": ["1 High Street"],
               "currency": "EUR", "opened_on": "2024-07-01"}  # fmt: skip
    made(officer, "accounts", account)
    agreement = {"account": "A-1", "usage_point": NMI, "tariff": "FLAT", "cycle": "M",
                 "starts_on": "2024-07-01"}  # fmt: skip
    made(officer, "agreements", agreement)
    return officer


def test_a_bill_is_made_by_the_api_alone(town: Client) -> None:
    stored = read_july(town)
    assert stored.status_code == 201, stored.text
    assert stored.json()["intervals_new"] == 31 * 48
    run = made(town, "bill-runs", {"cycle": "M", "through": "2024-07-31"})["runs"][0]
    assert town.get(f"/api/bill-runs/{run}").json()["finished_at"] is None
    assert run_due(at=datetime.now(UTC)) > 0
    told = town.get(f"/api/bill-runs/{run}").json()
    assert (told["issued"], told["held"], told["parked"]) == (1, 0, 0)
    assert told["finished_at"] is not None
    (bill,) = town.get("/api/bills").json()["items"]
    # 1,488 kWh at 0.20, and 5.00.
    assert bill["total"] == {"amount": "302.60", "currency": "EUR"}
    assert town.get("/api/accounts/A-1/balance").json()["amount"] == "302.60"
    pdf = town.get(f"/api/bills/{bill['number']}/pdf")
    assert pdf.content.startswith(b"%PDF")
    path = f"bills/{bill['number']}/cancellation"
    taken_back = done_by_two(town, path, {"reason": "a wrong rate"})
    standing = town.get(f"/api/bills/{bill['number']}").json()
    assert (standing["state"], standing["cancelled_by"]) == ("cancelled", taken_back["number"])


def test_usage_is_told_as_it_was_measured(town: Client) -> None:
    read_july(town)

    def history(query: str) -> Any:
        answer = town.get(f"/api/usage-data/history?usage_point={NMI}&{query}")
        assert answer.status_code == 200, answer.text
        return [(one["start"], one["quantity"]) for one in answer.json()["items"]]

    month = "begin=2024-07-01&before=2024-08-01"
    assert history(f"{month}&resolution=month") == [("2024-06-30T14:00:00Z", "1488")]
    assert [quantity for _, quantity in history(month)] == ["48"] * 31
    day = "begin=2024-07-01&before=2024-07-02"
    assert [quantity for _, quantity in history(f"{day}&resolution=hour")] == ["2"] * 24
    assert len(history(f"{day}&resolution=interval")) == 48
    for wrong, code in {
        "begin=2024-07-02&before=2024-07-02": "PeriodBackwards",
        "begin=2024-01-01&before=2024-12-31&resolution=hour": "PeriodTooLong",
    }.items():
        answer = town.get(f"/api/usage-data/history?usage_point={NMI}&{wrong}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_file_is_looked_into_and_stored_once(town: Client) -> None:
    text = nem12(nmi=NMI)
    found = town.post("/api/imports/inspection?name=x.csv", text, content_type="text/csv").json()
    assert found["format"] == "nem12"
    assert [(one["usage_point"], one["total"]) for one in found["series"]] == [(NMI, "144")]
    assert town.get("/api/imports").json()["items"] == []
    first, again = read_july(town).json(), read_july(town).json()
    assert (first["intervals_new"], again["intervals_unchanged"]) == (1488, 1488)
    (latest, _) = town.get("/api/imports").json()["items"]
    assert town.get(f"/api/imports/{latest['id']}").json() == latest


def test_what_is_wrong_in_a_file_is_named_row_by_row(town: Client) -> None:
    text = nem12([("x",) * 48, (1,) * 48], nmi=NMI)
    answer = town.post("/api/imports?name=bad.csv", text, content_type="text/csv")
    assert answer.status_code == 422
    (error, *_) = answer.json()["errors"]
    assert (error["source"], error["row"]) == ("bad.csv", 3)


def test_a_bill_that_a_check_holds_is_released(town: Client) -> None:
    read_july(town)
    rules = town.get("/api/billing-cycles/M")
    change = {"rules": {"limit_minor": 10000}}
    unseen = send(town, "PUT", "billing-cycles/M/rules", change)
    assert unseen.status_code == 428
    tag = rules.headers["ETag"]
    changed = send(town, "PUT", "billing-cycles/M/rules", change, if_match=tag)
    assert changed.json()["rules"]["due_days"] == 21
    stale = send(town, "PUT", "billing-cycles/M/rules", change, if_match=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "ChangedMeanwhile")
    made(town, "bill-runs", {"cycle": "M", "through": "2024-07-31"})
    run_due(at=datetime.now(UTC))
    (held,) = town.get("/api/held-bills").json()["items"]
    assert held["account"] == "A-1"
    assert held["checks"][0]["code"]
    number = made(town, f"held-bills/{held['id']}/release", None)["number"]
    assert town.get(f"/api/bills/{number}").json()["total"]["amount"] == "302.60"
    assert town.get("/api/held-bills").json()["items"] == []
    gone = send(town, "POST", f"held-bills/{held['id']}/discard", {"reason": "late"})
    assert (gone.status_code, gone.json()["code"]) == (404, "HeldBillUnknown")


def test_a_meter_is_hung_up_read_and_exchanged(town: Client) -> None:
    register = {"channel": "R1", "flow": "import", "unit": "kWh", "dials": 5, "decimals": 1}
    meters = [
        made(town, "meters", {"serial": serial, "make": "Aster", "commodity": "electricity",
                              "registers": [register]})["id"]
        for serial in ("M-1", "M-2")
    ]  # fmt: skip
    hung = {"usage_point": NMI, "installed_at": "2024-07-01T00:00:00+10:00",
            "readings": {"R1": "1000"}}  # fmt: skip
    made(town, f"meters/{meters[0]}/installation", hung)
    taken = send(town, "POST", f"meters/{meters[0]}/installation", hung)
    assert (taken.status_code, taken.json()["code"]) == (409, "MeterAlreadyInstalled")
    exchange = {"new_meter": meters[1], "exchanged_at": "2024-07-15T00:00:00+10:00",
                "final_readings": {"R1": "1100.5"}, "first_readings": {"R1": "0"}}  # fmt: skip
    made(town, f"meters/{meters[0]}/exchange", exchange)
    found = town.get(f"/api/meters?usage_point={NMI}&fields=serial&sort=-serial").json()["items"]
    assert [one["serial"] for one in found] == ["M-2", "M-1"]
    old = town.get(f"/api/meters/{meters[0]}").json()
    assert old["installations"][0]["removed_at"] == "2024-07-14T14:00:00Z"
    shown = town.get(f"/api/meters/{meters[0]}/readings").json()["items"]
    assert [one["shown"] for one in shown] == ["1100.5", "1000.0"]
    now = town.get("/api/usage-data").json()["items"][0]
    assert [(one["meter"], one["shown"]) for one in now["registers"]] == [("Aster M-2", "0.0")]


def test_a_tariff_is_told_in_words_and_withdrawn(town: Client) -> None:
    (one,) = town.get("/api/tariffs?search=flat").json()["items"]
    (version,) = one["versions"]
    told = town.get(f"/api/tariffs/versions/{version['id']}/explanation").json()
    assert "0.20" in str(told["paragraphs"])
    assert town.get(f"/api/tariffs/versions/{version['id']}").json()["document"]["code"] == "FLAT"
    bad = send(town, "POST", "tariffs/versions", tariff() | {"currency": "XXY"})
    assert bad.status_code == 422
    path = f"tariffs/versions/{version['id']}/withdrawal"
    done_by_two(town, path, {"reason": "never used"})
    assert town.get(f"/api/tariffs/versions/{version['id']}").json()["state"] == "withdrawn"
    again = send(town, "POST", path, {"reason": "again"}).json()["id"]
    second = logged_in("other@utility.example", roles=(Role.BILLING_OFFICER,))
    assert send(second, "POST", f"approvals/{again}/approval", None).status_code == 409


def test_the_trail_tells_what_was_done(town: Client) -> None:
    lines = town.get("/api/audit?action=customers.&limit=2").json()
    assert [one["action"] for one in lines["items"]] == [
        "customers.open_account", "customers.add_usage_point",
    ]  # fmt: skip
    rest = town.get(f"/api/audit?action=customers.&after={lines['next']}").json()
    assert [one["action"] for one in rest["items"]] == ["customers.add_service_location"]
    assert town.get("/api/deliveries").json() == {"items": [], "next": None}
    missing = send(town, "POST", "deliveries/1/retry")
    assert (missing.status_code, missing.json()["code"]) == (409, "DeliveryNotParked")
